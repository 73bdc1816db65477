"""A charge point on the edge's inside, and what must hold whatever it says.

Nothing raises; a call is answered once, with its own id, and what is no call is not; the end of a
transaction is never refused; no frame takes long; and no memory is kept of what is over.
"""

from __future__ import annotations

import asyncio
import gc
import re
import time
import weakref
from collections import Counter, deque
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from app.edge_messages import (
    Authorize,
    Connected,
    Deadline,
    MessageBatch,
    MessageResult,
    MessageResults,
    TransactionStarted,
)
from app.ocpp_edge import frames
from app.ocpp_edge.charger import Charger
from app.ocpp_edge.meaning import meant
from tests.ocpp_edge.fuzz.grammar import Frame
from tests.ocpp_edge.harness import CHARGE_POINT, TENANT, Bay, FakeApp

AT_ONCE = 4
"""Frames before the app has its turn."""
LIFE = 2_000
"""Frames of one connection."""
SLOWEST_S = 0.25
"""Of processor time for one frame: no neighbour notices it."""
TURNS = 400
A_CALL = rb'\s*\[\s*2\s*,\s*(?:"[^"\\\x00-\x1f]{1,255}"|\d{1,18})\s*,\s*'
STOP = re.compile(A_CALL + rb'"\s*stoptransaction\s*"\s*[,\]]', re.IGNORECASE)
EVENT = re.compile(A_CALL + rb'"\s*transactionevent\s*"\s*,', re.IGNORECASE)
SAYS_ENDED = re.compile(rb'\s*\{\s*"eventtype"\s*:\s*"ended"', re.IGNORECASE)
STARTED = MessageResult(
    saved=True, transaction_id=7, deadlines=(Deadline(7, 1, None, 10_000),), next_readings_in_s=0
)


class YesApp(FakeApp):
    """Saves everything; starts some transactions, refuses some cards; keeps nothing."""

    def __init__(self) -> None:
        super().__init__(result=MessageResult(saved=True, next_readings_in_s=0))
        self.results = {
            TransactionStarted: STARTED,
            Authorize: MessageResult(saved=True, accepted=False),
        }
        self.told = 0

    async def messages(self, batch: MessageBatch) -> MessageResults:
        answer = await super().messages(batch)
        self.batches.clear()
        self.told += len(batch.messages)
        return answer


class Sent:
    """A socket that notes which ids were answered."""

    def __init__(self) -> None:
        self.answered: Counter[bytes] = Counter()
        self.errors = 0
        self.closed = False

    def send_frame(self, frame: bytes) -> None:
        message = orjson.loads(frame)
        if message[0] == 2:
            return
        self.errors += message[0] == 4
        self.answered[orjson.dumps(message[1])] += 1

    def close_soon(self, code: int, reason: str) -> None:
        self.closed = True


@dataclass
class Found:
    """What a run came to."""

    frames: int = 0
    calls: int = 0
    refused: int = 0
    slowest_s: float = 0.0
    slowest: bytes = b""
    wrongs: list[str] = field(default_factory=list)


class Target:
    """One edge, one charge point that comes again and again."""

    def __init__(self, protocol: str) -> None:
        self.bay = Bay(YesApp(), protocol, call_timeout_s=5.0)
        self.bay.drops()
        self.found = Found()
        self._epoch = 1
        self._recent: deque[bytes] = deque(maxlen=AT_ONCE)
        self._connect()

    async def throw(self, some: list[Frame]) -> None:
        """A few frames, then the app's answers."""
        owed: Counter[bytes] = Counter()
        self._sent.answered.clear()
        for one in some:
            owed.update(self._receive(one))
        for _ in range(TURNS):
            if self._sent.answered == owed:
                break
            await asyncio.sleep(0)
        if self._sent.answered != owed:
            missing, extra = owed - self._sent.answered, self._sent.answered - owed
            self._wrong(f"unanswered {dict(missing)}, answered for nothing {dict(extra)}", some)
        if self.bay.counters["defects"]:
            self._wrong("a defect was met", some)
            self.bay.counters["defects"] = 0
        self.bay.clock.at += timedelta(seconds=0.5)
        self.bay.alarms.ring()
        if self.found.frames % LIFE < len(some):
            await self.reconnect()

    def _receive(self, one: Frame) -> list[bytes]:
        """Take it; the ids that are to be answered."""
        message = meant(frames.read(one.data), self._charger.dialect, self._charger)
        self._charger.notes.is_puzzled = False
        errors = self._sent.errors
        owed: list[bytes] = []
        if isinstance(message, frames.Call):
            self.found.calls += 1
            owed = [orjson.dumps(message.id)]
        elif isinstance(message, frames.Malformed) and message.id is not None:
            owed = [orjson.dumps(message.id)]
        if one.sound_call is not None and owed != [orjson.dumps(one.sound_call)]:
            self._wrong("a call by the schemas is not read as one", [one])
        began = time.thread_time()
        try:
            self._charger.receive(one.data)
        except Exception as error:
            self._wrong(f"raised {error!r}", [one])
        took_s = time.thread_time() - began
        if self._sent.errors > errors and is_end(one.data, self.bay.protocol):
            self._wrong("an end was refused", [one])
        self.found.frames += 1
        if took_s > self.found.slowest_s:
            self.found.slowest_s, self.found.slowest = took_s, one.data[:500]
        return owed

    async def reconnect(self) -> None:
        """The connection ends; nothing of it may stay. Then the next."""
        self.found.refused += self._sent.errors
        old = weakref.ref(self._sent)
        self._charger.close()
        del self._charger, self._sent
        for _ in range(TURNS):
            await asyncio.sleep(0)
        self.bay.clock.at += timedelta(seconds=200)
        self.bay.alarms.ring()
        gc.collect()
        if old() is not None:
            self.found.wrongs.append("a connection that is over is still in memory")
        self._connect()

    def _connect(self) -> None:
        self._epoch += 1
        self._sent = Sent()
        grant = Connected(TENANT, CHARGE_POINT, self._epoch, 300)
        dialect = self.bay.dialects.of(self.bay.protocol)
        self._charger = Charger(grant, self._sent, dialect, self.bay.parts)
        self._charger.begin()

    def _wrong(self, what: str, some: list[Frame]) -> None:
        if len(self.found.wrongs) < 20:
            shown = " ".join(repr(one.data[:1500]) for one in some)
            self.found.wrongs.append(f"{self.bay.protocol}: {what}: {shown}")


def is_end(data: bytes, protocol: str) -> bool:
    """Whether a frame tells the end of a transaction for certain, whatever is wrong with it."""
    if protocol == "ocpp1.6":
        return STOP.match(data) is not None
    begun = EVENT.match(data)
    if begun is None:
        return False
    if SAYS_ENDED.match(data, begun.end()):
        return True
    try:
        _, _, _, payload, *_ = orjson.loads(data)
        told = {name.strip().lower(): value for name, value in payload.items()}
        return bool(payload.get("eventType", told["eventtype"]).strip().lower() == "ended")
    except (ValueError, AttributeError, KeyError):
        return False


def rss_mib() -> float:
    """What this process holds."""
    line: Any = next(
        line for line in Path("/proc/self/status").read_text().splitlines() if "VmRSS" in line
    )
    return int(line.split()[1]) / 1024
