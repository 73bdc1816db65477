"""Wherever a charge point lets its transactions begin and end, the app hears of one charge."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator

import pytest

from app.edge_messages import Readings, TransactionStarted, TransactionStopped
from app.ocpp_edge import Edge
from app.simulator import SimulatedCharger, SimulatorSettings
from tests.ocpp_edge.conftest import until
from tests.ocpp_edge.harness import FakeApp

POINTS = ("EVConnected", "Authorized", "PowerPathClosed", "EVConnected,Authorized")


@pytest.fixture(params=itertools.product(POINTS, POINTS), ids="-".join)
async def charger(edge: Edge, request: pytest.FixtureRequest) -> AsyncIterator[SimulatedCharger]:
    begins, ends = request.param
    settings = SimulatorSettings(
        ocpp="2.0.1",
        speed=0,
        first_reconnect_s=0.05,
        configuration={"TxStartPoint": begins, "TxStopPoint": ends},
    )
    url = f"ws://127.0.0.1:{edge.port}/ocpp"
    async with SimulatedCharger(url, "cp-1", "secret", settings=settings) as charger:
        await charger.wait_for(registered=True)
        yield charger


@pytest.mark.parametrize("plugged_first", [True, False])
@pytest.mark.parametrize("offline", [True, False])
async def test_one_charge_is_one_transaction(
    charger: SimulatedCharger, app: FakeApp, plugged_first: bool, offline: bool
) -> None:
    if plugged_first:
        charger.plug_in()
    charger.swipe("CARD")
    if not plugged_first:
        await charger.wait_for(status="Preparing")
        charger.plug_in()
    await charger.wait_for(status="Charging", transaction_known=True)
    charger.deliver(1_500)
    await charger.wait_for(nothing_waiting=True)
    if offline:
        charger.go_offline()
        await charger.wait_for(registered=False)
    charger.deliver(500)
    charger.press_stop()
    charger.unplug()
    charger.come_back()
    await charger.wait_for(registered=True, nothing_waiting=True)
    await until(lambda: app.heard(TransactionStopped))

    [started], [stopped] = app.heard(TransactionStarted), app.heard(TransactionStopped)
    assert (started.id_tag, started.meter_wh) == ("CARD", 1_000)
    assert (stopped.meter_wh, stopped.reference) == (3_000, started.reference)
    assert stopped.reason == "Local"
    seen = [reading.energy_wh for told in app.heard(Readings) for reading in told.readings]
    assert 2_500 in seen
