"""How long a function on AWS takes from its start to its first answer, beside a bare app.

    python -m bench.cold_start [--full]

Every start is a process of its own, on a core of its own, that has nothing but what a function's
zip holds (`scripts/build_functions.py`, with this machine's builds of the libraries) and reads a
table of ministack, which was filled before. Measured is the time from the beginning of the import
of `app.entrypoints.lambdas.SURFACE` to its first answer to an event as a Function URL sends it: a
pay request of a lightning address, the page to sign in, what a charge point said; for *perform* a
question about a wallet, for *sweep* one sweep. Python's own start is in no figure.

The bare app (`bench/cold_starts/bare.py`) is Litestar with one route that reads one item of the
same table through PynamoDB, behind Mangum, with the libraries that these three need and no others.
It starts before each surface of a round; `SURFACE_vs_bare` is the median of the rounds' ratios.
Both sides are compiled to bytecode before they are deployed.

`lnurl_zip_mb` is the zip of the lnurl function: for arm64 where `make setup-infra` has fetched its
libraries, else for this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import io
import json
import logging
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.entrypoints.demo import MINISTACK
from app.entrypoints.embedded import embedded_tables
from bench.cold_starts.stage import KEYS, Stage, staged

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "scripts"))
import build_functions  # noqa: E402

ONCE = HERE / "cold_starts" / "once.py"
BARE = HERE / "cold_starts" / "bare.py"
NEEDED_BARE = ("litestar", "mangum", "pynamodb")
ZIPS = {
    "lnurl": "lnurl.zip",
    "portal": "portal.zip",
    "internal": "functions.zip",
    "perform": "functions.zip",
    "sweep": "functions.zip",
}
PYTHON = os.path.realpath(sys.executable)  # the one below .venv: no libraries of its own
WARM_UPS = 1


def _body(answer: Any) -> str:
    return str(answer["body"]) if answer["statusCode"] in (200, 201) else ""


ANSWERED: Mapping[str, Callable[[Any], bool]] = {
    "bare": lambda answer: "hello" in _body(answer),
    "lnurl": lambda answer: "callback" in _body(answer),
    "portal": lambda answer: "<form" in _body(answer),
    "internal": lambda answer: '"saved":true' in _body(answer),
    "perform": lambda answer: isinstance(answer["value"], int),
    "sweep": lambda answer: answer == {},
}
"""Whether it is the right answer, and no refusal."""


@dataclass(frozen=True, slots=True)
class Start:
    """One cold start."""

    import_s: float
    first_request_s: float

    @property
    def both_s(self) -> float:
        """From the start of the import to the answer."""
        return self.import_s + self.first_request_s


# --- what the functions have ---------------------------------------------------------------------


def unpacked(folder: Path) -> dict[str, Path]:
    """The folder of each surface's zip, and of the bare app, with this machine's libraries."""
    version = _here()
    libraries = folder / "libraries"
    build_functions.libraries(libraries, version, ())
    with contextlib.redirect_stdout(io.StringIO()):
        built = build_functions.build(folder / "built", libraries, version, level=0)
    for name in set(ZIPS.values()):
        with zipfile.ZipFile(built / name) as archive:
            archive.extractall(folder / name)
    lock = ("--constraint", str(build_functions.LOCK))
    command = [str(build_functions.UV), "pip", "install", "--quiet", "--only-binary", ":all:"]
    target = ("--python-version", version, "--target", str(folder / "bare"))
    subprocess.run([*command, *target, *lock, *NEEDED_BARE], check=True)
    shutil.copy(BARE, folder / "bare")
    build_functions.compile_all(folder / "bare", version)
    return {surface: folder / name for surface, name in ZIPS.items()} | {"bare": folder / "bare"}


def _here() -> str:
    return ".".join(map(str, sys.version_info[:2]))


def lnurl_zip_mb(folder: Path) -> float:
    """For arm64 if its libraries are there."""
    libraries = build_functions.LIBRARIES
    found = libraries if libraries.exists() else folder / "libraries"
    with contextlib.redirect_stdout(io.StringIO()):
        version = build_functions.VERSION if found == libraries else _here()
        built = build_functions.build(folder / "deployed", found, version)
    return round((built / ZIPS["lnurl"]).stat().st_size / 1e6, 2)


# --- starting ------------------------------------------------------------------------------------


def start(surface: str, folder: Path, stage: Stage) -> Start:
    """A fresh process; raises ``RuntimeError`` unless it answers as it should."""
    module = "bare" if surface == "bare" else f"app.entrypoints.lambdas.{surface}"
    done = subprocess.run(
        [PYTHON, "-I", "-S", str(ONCE), str(folder), module],
        input=json.dumps(stage.events[surface]),
        env=stage.environment_of(surface),
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{surface}: {done.stderr[-2000:]}")
    told = json.loads(done.stdout.splitlines()[-1])
    if not ANSWERED[surface](told["answer"]):
        raise RuntimeError(f"{surface}: {told['answer']}")
    return Start(told["import_s"], told["first_request_s"])


def rounds(folders: Mapping[str, Path], stage: Stage, count: int) -> dict[str, list[Start]]:
    """Each surface so many times, the bare app before each of them, so that both see the same
    machine."""
    found: dict[str, list[Start]] = {
        name: [] for surface in ZIPS for name in (surface, _beside(surface))
    }
    for number in range(WARM_UPS + count):
        for surface in ZIPS:
            bare = start("bare", folders["bare"], stage)
            once = start(surface, folders[surface], stage)
            if number >= WARM_UPS:
                found[_beside(surface)].append(bare)
                found[surface].append(once)
    return found


def _beside(surface: str) -> str:
    return f"bare beside {surface}"


def result(found: Mapping[str, list[Start]]) -> dict[str, float]:
    """Medians."""
    told: dict[str, float] = {}
    for surface in ZIPS:
        pairs = list(zip(found[surface], found[_beside(surface)], strict=True))
        ratios = [ours.both_s / bare.both_s for ours, bare in pairs]
        told[f"{surface}_vs_bare"] = round(statistics.median(ratios), 2)
    every = {
        **{name: found[name] for name in ZIPS},
        "bare": [one for surface in ZIPS for one in found[_beside(surface)]],
    }
    for name, starts in every.items():
        told[f"{name}_import_ms"] = _median_ms([one.import_s for one in starts])
        told[f"{name}_first_request_ms"] = _median_ms([one.first_request_s for one in starts])
    return told


def _median_ms(seconds: Sequence[float]) -> float:
    return round(statistics.median(seconds) * 1000, 1)


async def measure(count: int) -> dict[str, float]:
    with tempfile.TemporaryDirectory(prefix="strom-bench-") as scratch:
        folder = Path(scratch)
        folders = unpacked(folder)
        async with embedded_tables(str(MINISTACK)) as endpoint:
            stage = await staged(endpoint, folder)
            cores = sorted(os.sched_getaffinity(0))
            os.sched_setaffinity(0, {cores[0]})  # the table takes the others
            found = await asyncio.to_thread(rounds, folders, stage, count)
        return result(found) | {"lnurl_zip_mb": lnurl_zip_mb(folder), "rounds": count}


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--full", action="store_true", help="25 rounds instead of 7")
    asked = arguments.parse_args()
    logging.basicConfig(level=logging.ERROR)
    os.environ.update(KEYS)
    print(json.dumps(asyncio.run(measure(25 if asked.full else 7))))


if __name__ == "__main__":
    main()
