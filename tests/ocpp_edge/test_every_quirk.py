"""Each bad manner of the simulated charger, at a real edge: a charge comes through all of them."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from app.edge_messages import (
    Authorize,
    MessageResult,
    Readings,
    TransactionStarted,
    TransactionStopped,
)
from app.ocpp_edge import Edge
from app.simulator import SimulatedCharger, SimulatorSettings
from app.simulator.manners.catalogue import QUIRKS
from app.simulator.manners.payloads import WRONG_WH
from tests.ocpp_edge.conftest import until
from tests.ocpp_edge.harness import FakeApp

CANNOT_SAY_ITS_VERSION = ("no-subprotocol",)
"""Whoever asks for nothing speaks 1.6."""


def cases() -> list[tuple[str, str]]:
    return [
        (version, quirk)
        for quirk in QUIRKS
        for version in ("1.6", "2.0.1")
        if version == "1.6" or quirk not in CANNOT_SAY_ITS_VERSION
    ]


@pytest.fixture
async def charger(
    edge: Edge, app: FakeApp, request: pytest.FixtureRequest
) -> AsyncIterator[SimulatedCharger]:
    version, quirk = request.param
    app.results[TransactionStarted] = MessageResult(saved=True, transaction_id=7)
    settings = SimulatorSettings(
        ocpp=version,
        misbehaves=frozenset({quirk}),
        speed=3600,
        timer_speed=10,
        least_sample_s=0.05,
        first_reconnect_s=0.05,
        reboot_s=0.05,
        answer_timeout_s=5,
        answer_delay_s=0.5,
        configuration={"TransactionMessageRetryInterval": "1"},
    )
    url = f"ws://127.0.0.1:{edge.port}/ocpp"
    async with SimulatedCharger(url, "cp-1", "secret", settings=settings) as charger:
        yield charger


@pytest.mark.parametrize("charger", cases(), ids="-".join, indirect=True)
async def test_a_charge_comes_through(charger: SimulatedCharger, app: FakeApp) -> None:
    await charger.wait_for(registered=True)
    charger.plug_in()
    charger.swipe("CARD")
    await charger.wait_for(status="Charging", transaction_known=True)
    await charger.wait_for(register_wh=3_000)
    charger.press_stop()
    stopped_wh = charger.register_wh
    await charger.wait_for(nothing_waiting=True, registered=True)
    await until(lambda: app.heard(TransactionStopped))

    assert app.heard(Authorize)[0].id_tag.upper() in ("CARD", "CARD00")
    starts, stops = app.heard(TransactionStarted), app.heard(TransactionStopped)
    assert len({start.timestamp for start in starts}) == 1
    is_wrong = "wrong-register" in charger.settings.misbehaves
    assert stops[-1].meter_wh == (WRONG_WH if is_wrong else stopped_wh)
    if not is_wrong and "register-reset" not in charger.settings.misbehaves:
        seen = [reading.energy_wh for told in app.heard(Readings) for reading in told.readings]
        assert all(1_000 <= energy_wh <= stopped_wh for energy_wh in seen), (
            "in Wh, whatever it says"
        )
    charger.unplug()
    await charger.wait_for(status="Available", nothing_waiting=True)
