"""What is deployed to AWS: `python scripts/build_functions.py [FOLDER]` (default ``build/aws``).

``functions.zip`` holds the Lambda functions: Strom, and those of its libraries that they need, for
Python 3.12 on arm64, without Docker; ``portal.zip`` the same with what makes documents, and
``lnurl.zip`` without what only owners and wallets' backends need. ``image`` is the folder that the
image of edges and worker is built from. The same files give the same bytes.

Functions cannot write beside their code, so what is not compiled here is compiled anew at each
start, which takes as long again. A Python of the functions' own version is needed for that; without
one the zips hold source alone, and that is said.

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
VERSION = "3.12"
ARM64 = ("--python-platform", "aarch64-manylinux_2_28")
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
        # what the library lnurl needs, of which only bech32 is used; Litestar loads pydantic at
        # each start where it finds it
        "lnurl", "bip32", "pycryptodomex", "pydantic", "pydantic-core", "annotated-types",
        "typing-inspection",
        # proxies that nothing is sent through; httpcore loads it where it is
        "socksio",
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
    r"(^|/)(__pycache__|tests?|bin|include|share)(/|$)|\.(pyi|pyx|pxd|c|h|cpp)$"
    r"|\.dist-info/(RECORD|INSTALLER|REQUESTED|direct_url\.json|entry_points\.txt)$"
)
NOT_IN_FUNCTIONS = ("app/simulator", "app/ocpp_edge")
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


def libraries(
    folder: Path = LIBRARIES, version: str = VERSION, platform: Iterable[str] = ARM64
) -> None:
    """Install what functions need into a folder, for their machine, and leave out the rest.

    Compiled, and without its source: a traceback names file and line all the same.
    """
    shutil.rmtree(folder, ignore_errors=True)
    with tempfile.TemporaryDirectory() as scratch:
        wanted = Path(scratch) / "wanted.txt"
        wanted.write_text("".join(requirements_without(LOCK.read_text(), LEFT_OUT)))
        command = [
            str(UV), "pip", "install", "--quiet", "--target", str(folder),
            "--python-version", version, *platform, "--only-binary", ":all:",
            "--no-deps", "--require-hashes", "-r", str(wanted),
        ]  # fmt: skip
        subprocess.run(command, cwd=ROOT, check=True)
    for path in sorted(folder.rglob("*"), reverse=True):
        name = path.relative_to(folder).as_posix()
        if not is_shipped(name):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    compile_all(folder, version)


def compile_all(folder: Path, version: str) -> None:
    """Put bytecode in place of every module, if there is a Python of this version.

    It names no folder of this machine.
    """
    python = python_of(version)
    if python is None:
        print(f"no Python {version} here: the functions are not compiled, and start slowly")
        return
    command = [
        python, "-I", "-m", "compileall", "-q", "-b", "--invalidation-mode", "unchecked-hash",
        "-s", str(folder), "-p", "/var/task", str(folder),
    ]  # fmt: skip
    subprocess.run(command, check=True)
    for path in folder.rglob("*.py"):
        path.unlink()


def python_of(version: str) -> str | None:
    """A Python of this minor version that runs here."""
    asked = "import sys; print('.'.join(map(str, sys.version_info[:2])))"
    for python in (sys.executable, shutil.which(f"python{version}")):
        if python is not None:
            done = subprocess.run([python, "-I", "-c", asked], capture_output=True, text=True)
            if done.stdout.strip() == version:
                return python
    return None


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


def build(
    folder: Path = BUILT, found: Path = LIBRARIES, version: str = VERSION, *, level: int = 6
) -> Path:
    """Write the zips and the image's folder; returns where."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in IMAGE:
        copy(ROOT / name, folder / "image" / name)
    with tempfile.TemporaryDirectory() as scratch:
        write_zips(folder, found, Path(scratch), version, level)
    return folder


def write_zips(folder: Path, found: Path, scratch: Path, version: str, level: int) -> None:
    """Strom itself is compiled in a folder of its own first."""
    copy(ROOT / "app", scratch / "app")
    for name in NOT_IN_FUNCTIONS:
        shutil.rmtree(scratch / name)
    compile_all(scratch, version)
    content = [*files(found), *files(scratch)]
    for name, without in ZIPS.items():
        packed = folder / name
        wanted = [each for each in content if not (without and without.match(each[0]))]
        size = pack(packed, wanted, level)
        if size > LARGEST_MB * 1_000_000:
            raise SystemExit(f"{name}: {size / 1e6:.0f} MB unpacked, AWS takes {LARGEST_MB}")
        print(f"{packed}: {packed.stat().st_size / 1e6:.1f} MB, {size / 1e6:.1f} MB unpacked")


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Every file to be packed, under the name that it will have."""
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and is_shipped(name):
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
