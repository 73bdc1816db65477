"""The flow over the table in memory, with performers that do what a test says."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.charging import effects as ef
from app.charging.ports import Item
from app.charging.session import Session
from app.flow import Again, Done, Flow, FlowSettings, Performed
from app.records.effects import EffectRef, Opening, OwedEffect
from app.records.sessions import Sessions
from app.storage.memory import Faults, MemoryTables
from tests.charging.sessions import NOON, quote

TENANT = "tenant000001"
SESSION = "abcdefgh23456789"


@dataclass
class HandClock:
    """A clock that stands until it is moved."""

    time: datetime = NOON

    def now(self) -> datetime:
        return self.time

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(0)

    def pass_s(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@dataclass
class SeededChance:
    """The same randomness every time."""

    source: random.Random = field(default_factory=lambda: random.Random(1))

    def token_bytes(self, count: int) -> bytes:
        return self.source.randbytes(count)

    def below(self, limit: int) -> int:
        return self.source.randrange(limit)


@dataclass
class Heard:
    """Notices that were given, and effects that were queued."""

    versions: list[int] = field(default_factory=list)
    queued: list[EffectRef] = field(default_factory=list)

    async def session_changed(
        self,
        tenant: str,
        before: Session,
        session: Session,
        version: int,
        watchers: Sequence[Item] | None,
    ) -> None:
        self.versions.append(version)

    async def put(self, ref: EffectRef) -> None:
        self.queued.append(ref)


Act = Callable[[OwedEffect, Session | None], Awaitable[Performed]]


@dataclass
class World:
    """One flow and all that stands around it."""

    faults: Faults = field(default_factory=Faults)
    clock: HandClock = field(default_factory=HandClock)
    heard: Heard = field(default_factory=Heard)
    done: list[OwedEffect] = field(default_factory=list)
    acts: dict[type[ef.Effect], Act] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.tables = MemoryTables(self.faults)
        self.flow = self.restarted()

    def restarted(self) -> Flow:
        """A new process over the same table."""
        sessions = Sessions(self.tables)
        flow = Flow(
            self.tables,
            sessions,
            self.clock,
            SeededChance(),
            self.heard,
            self.heard,
            FlowSettings(),
        )
        kinds = (ef.StartCharging, ef.StopCharging, ef.PayRefund, ef.AwaitPayment, ef.SealSession)
        flow.performers = dict.fromkeys(kinds, self._perform)
        return flow

    async def _perform(self, owed: OwedEffect, session: Session | None) -> Performed:
        self.done.append(owed)
        act = self.acts.get(type(owed.effect))
        if act is not None:
            return await act(owed, session)
        return Again(30) if isinstance(owed.effect, ef.StartCharging | ef.StopCharging) else Done()

    async def stored(self, session_id: str = SESSION) -> Session:
        found = await self.flow.sessions.find(TENANT, session_id)
        assert found is not None
        return found.session


def opening(connector: int = 1) -> Opening:
    """At connector 1 of CP1, half a sat for a Wh."""
    return Opening("CP1", connector, quote())
