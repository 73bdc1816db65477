"""Counts what is used, by part: units of the table, requests, billed seconds."""

from __future__ import annotations

import contextlib
import logging
import math
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from contextvars import ContextVar
from dataclasses import dataclass, field
from statistics import median

from bench.hurried import SPAN, HurriedLoop
from bench.units import Units

PART: ContextVar[str] = ContextVar("PART", default="set up")
BESIDE = "beside the sessions"
SANDBOX = "sandbox wallet"
CORE_SHARE = 512 / 1769
"""Of a core, at 512 MB."""


@dataclass(slots=True)
class Part:
    """What one kind of call has used."""

    units: Units = field(default_factory=Units)
    requests: Counter[str] = field(default_factory=Counter)
    calls: list[float] = field(default_factory=list)
    """Each one's billed seconds."""

    @property
    def billed_s(self) -> float:
        """Of all calls; the median counts, because whatever disturbs only makes slower."""
        return math.ceil(median(self.calls) * 1000) / 1000 * len(self.calls) if self.calls else 0


class Meter(logging.Handler):
    """Counts everything, by part."""

    def __init__(self, loop: HurriedLoop) -> None:
        super().__init__()
        self._loop = loop
        self.parts: dict[str, Part] = defaultdict(Part)
        self.bus: dict[str, int] = defaultdict(int)
        self.performs = self.app_calls = self.seals = self.log_bytes = 0
        self.is_on = False

    def counted(self, units: Units, request: str, pk: str, keys: str) -> None:
        """From the hook."""
        self.seals += pk.endswith("#SEALS") and request == "PutItem"
        part = PART.get()
        if pk.endswith("#SANDBOX"):
            part = SANDBOX
        elif pk.startswith("DUE#"):
            part = BESIDE
        if self.is_on:
            self.parts[part].units.add(units)
            self.parts[part].requests[f"{request} {keys} {units.writes}w {units.reads}r"] += 1

    @contextlib.asynccontextmanager
    async def call(self, part: str) -> AsyncIterator[None]:
        """One Lambda call; its time is waiting, or computing on a slower core."""
        span = self._loop.span()
        tokens = PART.set(part), SPAN.set(span)
        try:
            yield
        finally:
            PART.reset(tokens[0])
            SPAN.reset(tokens[1])
            waited_s = span.in_threads_s + self._loop.skipped_s - span.skipped_before
            computed_s = min(
                max(self._loop.time() - span.began - waited_s, 0),
                time.thread_time() - span.computed_before,
            )
            if self.is_on:
                self.parts[part].calls.append(waited_s + computed_s / CORE_SHARE)

    def emit(self, record: logging.LogRecord) -> None:
        """What CloudWatch would take in."""
        if self.is_on:
            self.log_bytes += len(self.format(record))
