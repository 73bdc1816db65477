"""Make the environments of this folder: `python scripts/setup_env.py PART...` (see PARTS).

Only the standard library: it runs before anything is installed. Each part is stamped with the hash
of what it was made from, so a second call does nothing. Parts that need something of the machine
(Java, Chromium) never fail the set-up: they leave the reason in `.stamps/PART.skipped`, which the
tests show when they skip.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import build_functions

ROOT = Path(__file__).resolve().parent.parent
STAMPS = ROOT / ".stamps"
VENV = ROOT / ".venv"
UV = VENV / "bin" / "uv"
UV_VERSION = "uv>=0.7,<1"
NWC_LOCK = ROOT / "requirements" / "nwc-sdk"
NWC_FOLDER = ROOT / ".nwc-sdk"
EM_LOCK = ROOT / "requirements" / "em-simulator"
EM_FOLDER = ROOT / ".em-simulator"
CDK_LOCK = ROOT / "requirements" / "aws-cdk"
CDK_FOLDER = ROOT / ".aws-cdk"
OCPPSIM_VERSION = "0.3.0"
OCPPSIM_FOLDER = ROOT / ".ocppsim"
CADDY_FOLDER = ROOT / ".caddy"
PEBBLE_FOLDER = ROOT / ".pebble"
CHROMIUM_PACKAGES = ["chromium", "fonts-dejavu-core"]
DYNAMODB_POM = ROOT / "tests" / "dynamodb_local" / "pom.xml"
DYNAMODB_LAUNCHER = ROOT / "tests" / "dynamodb_local" / "LoopbackServer.java"
DYNAMODB_FOLDER = ROOT / ".dynamodb-local"


class SkippedError(Exception):
    """The machine lacks something a part needs; the reason is for people."""


def run(*command: str | Path, cwd: Path = ROOT) -> None:
    subprocess.run([str(part) for part in command], cwd=cwd, check=True)


def digest(*inputs: Path | str) -> str:
    state = hashlib.sha256(sys.version.encode())
    for item in inputs:
        state.update(item.read_bytes() if isinstance(item, Path) else item.encode())
    return state.hexdigest()


def requirements(name: str) -> Path:
    return ROOT / "requirements" / f"{name}.txt"


def is_stamped(part: str, wanted: str) -> bool:
    stamp = STAMPS / part
    return stamp.exists() and stamp.read_text() == wanted


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """Let one set-up run at a time in this folder."""
    STAMPS.mkdir(exist_ok=True)
    with (STAMPS / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


# --- the parts ----------------------------------------------------------------


def virtual_environment() -> None:
    """Create `.venv` with uv in it, whatever state it was in."""
    if not (VENV / "bin" / "python").exists():
        run(sys.executable, "-m", "venv", VENV)
    if not UV.exists():
        run(VENV / "bin" / "python", "-m", "pip", "install", "--quiet", UV_VERSION)


def install(environment: Path, *arguments: str | Path) -> None:
    run(UV, "pip", "install", "--quiet", "--python", environment / "bin" / "python", *arguments)


def base() -> None:
    virtual_environment()
    install(VENV, "--require-hashes", "-r", requirements("base"))
    install(VENV, "--no-deps", "--editable", ".")


def dev() -> None:
    virtual_environment()
    install(VENV, "--require-hashes", "-r", requirements("dev"))
    install(VENV, "--no-deps", "--editable", ".")


def infra() -> None:
    virtual_environment()
    install(VENV, "--require-hashes", "-r", requirements("infra"))


def aws_libraries() -> None:
    """What Lambda functions need, for their machine: see scripts/build_functions.py."""
    virtual_environment()
    build_functions.libraries()


def fuzz() -> None:
    """The coverage-guided fuzzer, beside Strom: it watches Strom's own code."""
    virtual_environment()
    try:
        install(VENV, "--only-binary", ":all:", "--require-hashes", "-r", requirements("fuzz"))
    except subprocess.CalledProcessError as error:
        raise SkippedError("there is no atheris for this machine") from error


def own_environment(name: str) -> None:
    """An environment beside Strom's, for a program whose pins contradict ours."""
    virtual_environment()
    folder = ROOT / f".{name}"
    run(UV, "venv", "--quiet", "--clear", "--python", sys.executable, folder)
    install(folder, "--require-hashes", "-r", requirements(name))


def lnbits() -> None:
    own_environment("lnbits")


def ministack() -> None:
    own_environment("ministack")


def dynamodb_local() -> None:
    """DynamoDB Local and what it needs, from Maven Central. Its licence forbids shipping it."""
    for tool in ("java", "javac", "mvn"):
        if shutil.which(tool) is None:
            raise SkippedError(f"DynamoDB Local needs {tool}, which this machine has not")
    shutil.rmtree(DYNAMODB_FOLDER, ignore_errors=True)
    try:
        run(
            "mvn", "--batch-mode", "--quiet", "--file", DYNAMODB_POM,
            "dependency:copy-dependencies", f"-DoutputDirectory={DYNAMODB_FOLDER}",
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        raise SkippedError("DynamoDB Local could not be had from Maven Central") from error
    try:
        run("javac", "-cp", f"{DYNAMODB_FOLDER}/*", "-d", DYNAMODB_FOLDER, DYNAMODB_LAUNCHER)
    except subprocess.CalledProcessError as error:
        raise SkippedError("DynamoDB Local needs a newer Java than this machine has") from error


def of_npm(folder: Path, lock: Path, what: str) -> None:
    """What a lock names, in a folder of its own; npm checks its hashes."""
    for tool in ("node", "npm"):
        if shutil.which(tool) is None:
            raise SkippedError(f"{what} needs {tool}, which is not here")
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(lock, folder)
    try:
        run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent", cwd=folder)
    except subprocess.CalledProcessError as error:
        raise SkippedError(f"npm could not install {what}") from error


def nwc_sdk() -> None:
    """A wallet service by others (NIP-47), to test our client against."""
    of_npm(NWC_FOLDER, NWC_LOCK, "the wallet service by others")


def em_simulator() -> None:
    """A charge point simulator by others (OCPP 1.6), to test our edge against."""
    of_npm(EM_FOLDER, EM_LOCK, "the charge point simulator by others")


def aws_cdk() -> None:
    """The command line that brings templates to AWS; to write them needs it not."""
    of_npm(CDK_FOLDER, CDK_LOCK, "the CDK's command line")


def ocppsim() -> None:
    """Another one (1.6, 2.0.1, 2.1), built from its crate with the versions of its own lock."""
    if shutil.which("cargo") is None:
        raise SkippedError("ocppsim needs cargo, which is not here")
    try:
        run(
            "cargo", "install", "ocppsim", "--version", f"={OCPPSIM_VERSION}", "--locked",
            "--debug", "--quiet", "--no-track", "--force", "--root", OCPPSIM_FOLDER,
        )  # fmt: skip
    except subprocess.CalledProcessError as error:
        raise SkippedError("cargo could not build ocppsim") from error


def of_debian(name: str, folder: Path) -> None:
    """One of Debian's packages, unpacked here, which needs no root."""
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise SkippedError(f"{name} comes as a Debian package, and {tool} is not here")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        run("apt-get", "download", "--quiet=2", name, cwd=folder)
        for package in folder.glob("*.deb"):
            run("dpkg", "-x", package, folder)
    except subprocess.CalledProcessError as error:
        raise SkippedError(f"apt-get could not download {name}") from error


def caddy() -> None:
    """The proxy of the installation at home."""
    of_debian("caddy", CADDY_FOLDER)


def pebble() -> None:
    """Let's Encrypt's own server for tests, and its little DNS."""
    of_debian("pebble", PEBBLE_FOLDER)


def chromium() -> None:
    """A browser for the tests of the pages: Debian's, when we may install it."""
    if any(shutil.which(name) for name in ("chromium", "chromium-browser", "google-chrome")):
        return
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise SkippedError("no Chromium found, and only root with apt-get may install one")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    log = STAMPS / "chromium.log"
    with log.open("w") as output:
        for command in (
            ["apt-get", "update"],
            ["apt-get", "install", "-y", "--no-install-recommends", *CHROMIUM_PACKAGES],
        ):
            done = subprocess.run(command, env=environment, stdout=output, stderr=output)
    if done.returncode != 0:
        raise SkippedError("apt-get could not install chromium (see .stamps/chromium.log)")


# name -> (how it is made, what it is made from)
PARTS: dict[str, tuple[Callable[[], None], list[Path | str]]] = {
    "base": (base, [requirements("base"), ROOT / "pyproject.toml", UV_VERSION]),
    "dev": (dev, [requirements("dev"), ROOT / "pyproject.toml", UV_VERSION]),
    "infra": (infra, [requirements("infra")]),
    "aws-libraries": (
        aws_libraries,
        [requirements("base"), ROOT / "scripts" / "build_functions.py"],
    ),
    "aws-cdk": (aws_cdk, [CDK_LOCK / "package-lock.json"]),
    "fuzz": (fuzz, [requirements("fuzz")]),
    "lnbits": (lnbits, [requirements("lnbits")]),
    "ministack": (ministack, [requirements("ministack")]),
    "dynamodb-local": (dynamodb_local, [DYNAMODB_POM, DYNAMODB_LAUNCHER]),
    "nwc-sdk": (nwc_sdk, [NWC_LOCK / "package-lock.json"]),
    "em-simulator": (em_simulator, [EM_LOCK / "package-lock.json"]),
    "ocppsim": (ocppsim, [OCPPSIM_VERSION]),
    "caddy": (caddy, ["1"]),
    "pebble": (pebble, ["1"]),
    "chromium": (chromium, ["1"]),
}
# What must exist for a stamp to be believed.
EVIDENCE = {
    "base": UV, "dev": VENV / "bin" / "pytest", "infra": UV,
    "lnbits": ROOT / ".lnbits", "ministack": ROOT / ".ministack",
    "dynamodb-local": DYNAMODB_FOLDER / "LoopbackServer.class", "fuzz": UV,
    "aws-libraries": build_functions.LIBRARIES, "aws-cdk": CDK_FOLDER / "node_modules",
    "nwc-sdk": NWC_FOLDER / "node_modules", "em-simulator": EM_FOLDER / "node_modules",
    "ocppsim": OCPPSIM_FOLDER / "bin" / "ocppsim", "caddy": CADDY_FOLDER / "usr/bin/caddy",
    "pebble": PEBBLE_FOLDER / "usr/bin/pebble",
}  # fmt: skip


def make(part: str) -> None:
    how, sources = PARTS[part]
    wanted = digest(*sources)
    evidence = EVIDENCE.get(part)
    if is_stamped(part, wanted) and (evidence is None or evidence.exists()):
        return
    skipped = STAMPS / f"{part}.skipped"
    started = time.monotonic()
    print(f"set-up: {part} ...", flush=True)
    try:
        how()
    except SkippedError as reason:
        # Not stamped: the next call tries again, as the machine may have changed.
        skipped.write_text(str(reason))
        print(f"set-up: {part} skipped: {reason}", flush=True)
        return
    skipped.unlink(missing_ok=True)
    (STAMPS / part).write_text(wanted)
    print(f"set-up: {part} took {time.monotonic() - started:.1f} s", flush=True)


def main(parts: list[str]) -> int:
    unknown = [part for part in parts if part not in PARTS]
    if unknown or not parts:
        print(f"usage: setup_env.py PART...; parts: {', '.join(PARTS)}", file=sys.stderr)
        return 2
    if not (3, 11) <= sys.version_info < (3, 13):
        # coincurve, which BOLT11 signatures need, has no wheel for 3.13
        print("Strom needs Python 3.11 or 3.12: `make PYTHON=python3.12 ...`", file=sys.stderr)
        return 1
    with alone():
        for part in parts:
            try:
                make(part)
            except subprocess.CalledProcessError as error:
                print(f"set-up: {part} failed: {error}", file=sys.stderr)
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
