"""Many frames: `make fuzz FRAMES=1000000`, half from a seed and half guided by coverage."""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import logging
import subprocess
import sys
import tempfile
import time

from tests.ocpp_edge.fuzz.runs import PROTOCOLS, from_seed, verdict


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--frames", type=int, default=1_000_000)
    arguments.add_argument("--seed", type=int, default=int(time.time()))
    asked = arguments.parse_args()
    logging.disable(logging.CRITICAL)
    guided = asked.frames // 2 if importlib.util.find_spec("atheris") else 0
    if not guided:
        print("atheris is not here: all frames are from the seed")
    each = -(-(asked.frames - guided) // len(PROTOCOLS))
    wrongs: list[str] = []
    print(f"seed {asked.seed}")
    for protocol in PROTOCOLS:
        wrongs += _from_seed(protocol, asked.seed, each)
    if guided and not _guided(guided):
        wrongs.append("the coverage-guided fuzzer has found something, see above")
    for wrong in wrongs:
        print(wrong)
    print(f"{len(wrongs)} found in {asked.frames} frames")
    return bool(wrongs)


def _from_seed(protocol: str, seed: int, count: int) -> list[str]:
    began = time.monotonic()
    found, grown_mib = asyncio.run(from_seed(protocol, seed, count))
    print(
        f"{protocol}: {found.frames} frames, {found.calls} calls, {found.refused} refused,"
        f" slowest {found.slowest_s * 1000:.1f} ms, memory grew {grown_mib:.1f} MiB,"
        f" {time.monotonic() - began:.0f} s",
        flush=True,
    )
    return verdict(found, grown_mib)


def _guided(count: int) -> bool:
    with tempfile.TemporaryDirectory(prefix="strom-fuzz-") as folder:
        command = [sys.executable, "-m", "tests.ocpp_edge.fuzz.guided", f"-runs={count}", folder]
        return subprocess.run(command).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
