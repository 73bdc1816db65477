"""Operations carried out at a charge point by others, over a real edge with an app that obeys."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app import operations as op
from app.command_bus.in_process import InProcessBus
from app.edge_messages import Booted, Command, CommandOutcome
from app.ocpp_edge import Edge, EdgeSettings
from tests.ocpp_edge.conftest import until
from tests.ocpp_edge.harness import CHARGE_POINT, TENANT, FakeApp, SeededChance, WallClock

PATIENCE_S = 20


@dataclass(frozen=True)
class Door:
    """The one charge point's."""

    base_url: str
    identity: str = CHARGE_POINT
    password: str = "a" * 40


class Operator:
    """Tells the one charge point of an edge what to do."""

    def __init__(self, app: FakeApp, bus: InProcessBus, port: int) -> None:
        self.app = app
        self.door = Door(f"ws://127.0.0.1:{port}/ocpp")
        self._bus = bus
        self._numbers = itertools.count(1)

    async def sees_it_boot(self) -> None:
        """Until it is there."""
        await until(lambda: self.app.heard(Booted), PATIENCE_S)

    async def has(self, operation: op.OwnerOperation) -> CommandOutcome:
        """Has it carried out; what came of it."""
        name = f"owner.{next(self._numbers)}"
        epoch = self.app.grant.epoch - 1
        await self._bus.send("edge", Command(name, TENANT, CHARGE_POINT, operation, epoch=epoch))
        await until(lambda: self._outcomes(name), PATIENCE_S)
        return self._outcomes(name)[0]

    def _outcomes(self, name: str) -> list[CommandOutcome]:
        return [each for each in self.app.heard(CommandOutcome) if each.id == name]


@asynccontextmanager
async def operating(*, call_timeout_s: float = 5.0) -> AsyncIterator[Operator]:
    """An edge of its own."""
    app, bus = FakeApp(), InProcessBus()
    settings = EdgeSettings(
        port=0, greeting_wait_s=0.2, call_timeout_s=call_timeout_s, close_timeout_s=0.5, drain_s=1.0
    )
    edge = Edge(settings, app, bus, WallClock(), SeededChance())
    await edge.start()
    try:
        yield Operator(app, bus, edge.port)
    finally:
        await edge.stop()


def in_a_word(done: CommandOutcome) -> str:
    """The outcome, and the first word of what the charge point answered."""
    return f"{done.outcome} {done.detail}".split(":")[0].strip()
