"""Many deaths, some lanes at once; what went wrong is told with the point it went wrong at."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field

from tests.chaos.lane import Lane

Opens = Callable[[], AbstractAsyncContextManager[Lane]]
Deaths = tuple[str, ...]
Plays = Callable[..., Awaitable[list[str]]]
"""A journey on a lane, with its deaths."""


@dataclass
class Covered:
    """What a run of deaths came to."""

    died: list[Deaths] = field(default_factory=list)
    missed: list[Deaths] = field(default_factory=list)
    """The journey went another way and never passed the point."""
    wrong: dict[Deaths, str] = field(default_factory=dict)

    @property
    def tried(self) -> int:
        return len(self.died) + len(self.missed) + len(self.wrong)

    def __str__(self) -> str:
        text = f"{len(self.died)} of {self.tried} kill points died at"
        return text + (f", wrong: {sorted(self.wrong)}" if self.wrong else "")


async def die_at(
    wanted: Sequence[Deaths], opens: Opens, lanes: int, plays: Plays = Lane.charges_once
) -> Covered:
    """A journey for each; a lane that has gone wrong is not used again."""
    covered, waiting = Covered(), list(wanted)

    async def drive() -> None:
        while waiting:
            try:
                async with opens() as lane:
                    while waiting and await _dies(lane, waiting.pop(0), covered, plays):
                        pass
            except Exception:  # its opening, or its last words: the audit, the log
                covered.wrong[("at an end of a lane",)] = traceback.format_exc()
                return

    async with asyncio.TaskGroup() as group:
        for _ in range(min(lanes, len(waiting))):
            group.create_task(drive())
    return covered


async def _dies(lane: Lane, deaths: Deaths, covered: Covered, plays: Plays) -> bool:
    try:
        await plays(lane, *deaths)
    except Exception:
        log = "\n".join(lane.strom.log.splitlines()[-30:])
        covered.wrong[deaths] = f"{deaths}\n{traceback.format_exc()}\n{log}"
        return False
    reached = len(lane.strom.deaths) == len(deaths)
    (covered.died if reached else covered.missed).append(deaths)
    return True
