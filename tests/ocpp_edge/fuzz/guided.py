"""The coverage-guided fuzzer: `python -m tests.ocpp_edge.fuzz.guided [libFuzzer's options] CORPUS`.

Inputs that reach new branches of `app.ocpp_edge` are kept and varied further (atheris, libFuzzer).
The first byte chooses the protocol and whether the rest is a frame itself, or the choices from
which the grammar makes one. libFuzzer watches memory (``-rss_limit_mb``) and time (``-timeout``).
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import sys
from pathlib import Path
from random import Random

import atheris

with atheris.instrument_imports(include=["app.ocpp_edge"]):
    from tests.ocpp_edge.fuzz.grammar import Frame, frame
    from tests.ocpp_edge.fuzz.runs import PROTOCOLS, corpus
    from tests.ocpp_edge.fuzz.target import SLOWEST_S, Target

DEFAULTS = (
    "-max_len=4096",
    "-len_control=10",
    "-rss_limit_mb=1024",
    "-timeout=10",
    "-print_final_stats=1",
)
INSTRUMENTED = 20
"""So many times slower is code whose branches are watched."""


class Choices(Random):
    """A ``Random`` that reads its choices from a fuzzer's input; at its end, always the first."""

    def __new__(cls, _data: bytes) -> Choices:
        return super().__new__(cls)

    def __init__(self, data: bytes) -> None:
        super().__init__(0)
        self._data = atheris.FuzzedDataProvider(data)

    def getrandbits(self, k: int) -> int:
        return int.from_bytes(self._data.ConsumeBytes(-(-k // 8)).ljust(-(-k // 8), b"\0")) % 2**k

    def random(self) -> float:
        return self.getrandbits(53) / 2**53


def _plant(folder: Path) -> None:
    """What earlier runs have kept, as frames themselves in every protocol."""
    for number, data in enumerate(corpus()):
        for protocol in range(len(PROTOCOLS)):
            first = bytes([protocol + len(PROTOCOLS)])
            (folder / f"kept-{number}-{protocol}").write_bytes(first + data)


def main() -> None:
    logging.disable(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    targets: dict[str, Target] = {}
    numbers = itertools.count()

    async def one(data: bytes) -> None:
        protocol = PROTOCOLS[data[0] % len(PROTOCOLS)]
        target = targets.get(protocol) or targets.setdefault(protocol, Target(protocol))
        if data[0] // len(PROTOCOLS) % 2:
            made = Frame(data[1:])
        else:
            made = frame(Choices(data[1:]), protocol, next(numbers))
        await target.throw([made])
        found = target.found
        assert not found.wrongs, found.wrongs[0]
        assert found.slowest_s < SLOWEST_S * INSTRUMENTED, found.slowest

    def test(data: bytes) -> None:
        if data:
            loop.run_until_complete(one(data))

    _plant(Path(sys.argv[-1]))
    atheris.Setup([sys.argv[0], *DEFAULTS, *sys.argv[1:]], test)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
