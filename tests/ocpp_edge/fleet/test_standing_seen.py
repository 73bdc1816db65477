"""A car stands after its charge while the app is out of reach: what it pays was seen, and told in
its order."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from app.charge_points.messages import status
from app.charging.errors import Unavailable
from app.charging.session import Phase
from tests.charging.test_standing import parking_quote
from tests.flow.system import SESSION
from tests.ocpp_edge.fleet.two_edges import Box, Places, places

GRACE_S = 300
ENERGY_MSAT = 500_000
A_SECOND_MSAT = 1000


@dataclass
class Standing:
    """A kWh was charged, and the car stands there."""

    here: Places
    box: Box

    async def passes(self, seconds: float) -> None:
        self.here.world.clock.pass_s(seconds)
        await asyncio.sleep(0)

    async def leaves(self) -> None:
        """The line is gone; the edge sees it."""
        self.box.socket.transport.abort()
        edge = self.here.edges["edge-1"]
        async with asyncio.timeout(5):
            while edge.connected:
                await asyncio.sleep(0.005)

    async def comes_back(self) -> None:
        self.box = await self.here.plug(self.here.edges["edge-1"])
        await self.box.says("Heartbeat")

    async def goes_on_standing(self) -> None:
        """For as long as retries need several times over."""
        await asyncio.sleep(0.5)
        assert (await self.here.world.stored()).phase is Phase.FINISHING

    async def has_paid_for(self, seconds: float) -> None:
        async with asyncio.timeout(5):
            while (session := await self.here.world.stored()).phase is not Phase.ENDED:
                await asyncio.sleep(0.01)
        parked_s = (session.balances.charged - ENERGY_MSAT) / A_SECOND_MSAT
        assert parked_s == pytest.approx(seconds - GRACE_S, abs=5)


@pytest.fixture
async def car() -> AsyncIterator[Standing]:
    async with places() as here:
        world = here.world
        box = await here.plug(await here.edge("edge-1"))
        await world.pay(quote=parking_quote())
        started = await box.starts(SESSION.upper(), world.at())
        await box.status("Charging")
        world.clock.pass_s(600)
        await box.stops(started["transactionId"], world.at(), 2000)
        await box.status("Finishing")
        assert (await world.stored()).phase is Phase.FINISHING
        yield Standing(here, box)
        here.line.cut.clear()


async def test_that_it_has_left_is_told_before_that_nobody_can_see_it(car: Standing) -> None:
    car.here.line.cut = {"messages"}
    await car.passes(400)
    await car.box.status("Available")
    await car.passes(600)
    await car.leaves()
    await car.goes_on_standing()
    car.here.line.cut = set()
    await car.has_paid_for(400)


async def test_and_before_the_charge_point_is_let_in_anew(car: Standing) -> None:
    car.here.line.cut = {"messages", "disconnect"}
    await car.passes(400)
    await car.box.status("Available")
    await car.passes(600)
    await car.leaves()
    await car.passes(60)
    await car.comes_back()
    await car.goes_on_standing()
    car.here.line.cut = set()
    await car.has_paid_for(400)


async def test_who_comes_next_before_anybody_hears_of_it_is_somebody_else(car: Standing) -> None:
    car.here.line.cut = {"messages"}
    await car.passes(400)
    for status_ in ("Available", "Preparing", "Available", "Preparing"):
        await car.box.status(status_)
        await car.passes(300)
    car.here.line.cut = set()
    await car.has_paid_for(400)


async def test_until_it_is_back_nobody_saw_it(car: Standing) -> None:
    car.here.line.cut = {"disconnect"}
    await car.passes(400)
    await car.leaves()
    await car.passes(600)
    await car.comes_back()
    await car.has_paid_for(400)


async def test_what_cannot_be_saved_keeps_nobody_standing(
    car: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The app answers, and does not take what was said, again and again."""

    async def changed(*_: object) -> None:
        raise Unavailable("not this")

    monkeypatch.setattr(status, "changed", changed)
    await car.passes(400)
    await car.box.status("Available")
    await car.passes(600)
    await car.leaves()
    await car.has_paid_for(1000)
