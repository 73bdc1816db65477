"""What is deployed to AWS: `python scripts/build_functions.py [FOLDER]` (default ``build/aws``).

``functions.zip`` holds the Lambda functions: Strom, and those of its libraries that they need, for
Python 3.12 on arm64, without Docker; ``portal.zip`` the same with what makes documents, and
``lnurl.zip`` without what only owners and wallets' backends need. ``image`` is the folder that the
image of edges and worker is built from. The same files give the same bytes.

Only the standard library, and uv, which set-up has brought.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UV = ROOT / ".venv" / "bin" / "uv"
LOCK = ROOT / "requirements" / "base.txt"
LIBRARIES = ROOT / ".aws-libraries"
BUILT = ROOT / "build" / "aws"
ARM64 = ("--python-version", "3.12", "--python-platform", "aarch64-manylinux_2_28")
IMAGE = ("Dockerfile", ".dockerignore", "requirements/base.txt", "pyproject.toml", "README.md",
         "LICENSE", "app")  # fmt: skip
LEFT_OUT = frozenset(
    {
        # servers and sockets: Lambda is the server, the edge has the sockets
        "uvicorn", "uvloop", "websockets",
        # the edge's frames
        "ocpp", "jsonschema", "jsonschema-rs", "jsonschema-specifications", "referencing",
        "rpds-py", "attrs",
        # the command line
        "click", "rich", "rich-click", "pygments", "markdown-it-py", "mdurl", "colorama",
        # made-up examples in descriptions of APIs
        "faker", "polyfactory",
        # only botocore of these is used, by PynamoDB and to sign
        "boto3", "s3transfer",
        # what the library lnurl needs, of which only bech32 is used
        "lnurl", "bip32", "pycryptodomex",
        # cffi's compiler, at build time only
        "pycparser",
        # certificates of our own where nothing stands in front; on AWS something does
        "acme", "josepy", "pyopenssl", "pyrfc3339",
        # of Google's own services, which the exporter of traces names and does not load
        "googleapis-common-protos",
    }
)  # fmt: skip
SERVICES = frozenset({"dynamodb"})
"""Of botocore's descriptions, 30 MB."""
NOT_SHIPPED = re.compile(
    r"(^|/)(__pycache__|tests?|bin|include|share)(/|$)|\.(pyc|pyi|pyx|pxd|c|h|cpp)$"
    r"|\.dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json|entry_points\.txt)$"
)
NOT_IN_FUNCTIONS = re.compile(r"^app/(simulator|ocpp_edge)/")
DOCUMENTS = re.compile(r"^(reportlab|pillow|PIL|charset_normalizer)([./-]|$)")
"""What makes receipts, 28 MB unpacked: pages alone do."""
NOT_FOR_DRIVERS = re.compile(
    DOCUMENTS.pattern + r"|^(nostr_sdk|argon2(_cffi)?|_argon2_cffi_bindings|argon2_cffi_bindings"
    r"|segno)([./-]|$)"
    r"|^app/(acme_client|backups|certificates|migrations|portal|tenants)/"
    r"|^app/wallets/(lnbits|lnd|nwc|sandbox)"
)
"""What owners' pages and wallets' backends are made of: a driver's wallet asks for none of it."""
ZIPS = {"functions.zip": DOCUMENTS, "lnurl.zip": NOT_FOR_DRIVERS, "portal.zip": None}
"""Each with what it goes without."""
FIRST_DAY = (1980, 1, 1, 0, 0, 0)
LARGEST_MB = 250
"""Unpacked; AWS takes no more."""


def libraries(folder: Path = LIBRARIES, target: Iterable[str] = ARM64) -> None:
    """Install what functions need into a folder, for their machine, and leave out the rest."""
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        wanted = Path(scratch) / "wanted.txt"
        wanted.write_text("".join(requirements_without(LOCK.read_text(), LEFT_OUT)))
        command = [
            str(UV), "pip", "install", "--quiet", "--target", str(folder), *target,
            "--only-binary", ":all:", "--no-deps", "--require-hashes", "-r", str(wanted),
        ]  # fmt: skip
        subprocess.run(command, cwd=ROOT, check=True)
    for path in sorted(folder.rglob("*"), reverse=True):
        name = path.relative_to(folder).as_posix()
        if not is_shipped(name):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def requirements_without(lock: str, left_out: Iterable[str]) -> Iterator[str]:
    """The lock's entries (each with its hashes) but those of some packages."""
    names = set(left_out)
    for entry in re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE):
        if entry.split("==")[0] not in names:
            yield entry


def is_shipped(name: str) -> bool:
    """Whether a library's file or folder is needed to run it."""
    service = re.match(r"botocore/data/([^/.]+)/", name + "/")
    if service and service[1] not in SERVICES:
        return False
    return NOT_SHIPPED.search(name) is None


def build(folder: Path = BUILT, found: Path = LIBRARIES, *, level: int = 6) -> Path:
    """Write the zips and the image's folder; returns where."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in IMAGE:
        copy(ROOT / name, folder / "image" / name)
    content = [*files(found, found), *files(ROOT / "app", ROOT)]
    for name, without in ZIPS.items():
        packed = folder / name
        wanted = [each for each in content if not (without and without.match(each[0]))]
        size = pack(packed, wanted, level)
        if size > LARGEST_MB * 1_000_000:
            raise SystemExit(f"{name}: {size / 1e6:.0f} MB unpacked, AWS takes {LARGEST_MB}")
        print(f"{packed}: {packed.stat().st_size / 1e6:.1f} MB, {size / 1e6:.1f} MB unpacked")
    return folder


def files(folder: Path, base: Path) -> Iterator[tuple[str, Path]]:
    """Every file to be packed, under the name that it will have."""
    for path in folder.rglob("*"):
        name = path.relative_to(base).as_posix()
        if path.is_file() and is_shipped(name) and not NOT_IN_FUNCTIONS.match(name):
            yield name, path


def pack(packed: Path, content: Iterable[tuple[str, Path]], level: int = 6) -> int:
    """A zip in order of names, without times or owners of this machine; its bytes unpacked."""
    size = 0
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, path in sorted(content):
            entry = zipfile.ZipInfo(name, FIRST_DAY)
            entry.external_attr = (0o755 if path.suffix == ".so" else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            data = path.read_bytes()
            archive.writestr(entry, data, compresslevel=level)
            size += len(data)
    return size


def copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    else:
        shutil.copyfile(source, target)


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else BUILT)
