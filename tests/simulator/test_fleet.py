"""Many at once."""

import asyncio

import pytest

from app.simulator import Fleet, FleetPlan, SimulatorSettings
from app.simulator.fleet import FleetControl, FleetLife, FleetState, run_fleet
from app.simulator.fleet.times import Histogram
from tests.simulator.central import PASSWORD, Central
from tests.simulator.csms import Csms


async def test_a_fleet_comes_online_and_lives(central: Central) -> None:
    life = FleetLife(idle_s=0.1, parked_s=0.2, id_tag="CARD")
    fleet = Fleet(
        central.url,
        "CP",
        PASSWORD,
        count=20,
        settings=SimulatorSettings(speed=3600),
        life=life,
        start_within_s=0.2,
        seed=1,
    )
    async with fleet:
        await central.until(lambda: len(central.received("StopTransaction")) >= 20)
        assert fleet.registered == 20
        assert sorted(central.peers)[0] == "CP-00001"
        assert fleet.statuses().total() == 20


@pytest.mark.parametrize("csms", ["ocpp1.6", "ocpp2.0.1"], indirect=True)
async def test_a_plan_is_carried_out_over_processes(csms: Csms) -> None:
    """A third charges, all lose the line once, nothing is lost."""
    plan = FleetPlan(
        csms.url,
        count=30,
        processes=2,
        ocpp=csms.subprotocol.removeprefix("ocpp"),
        connect_within_s=0.5,
        duration_s=3,
        charging_share=1 / 3,
        meter_values_per_s=40,
        storms_at_s=(1,),
        storm_within_s=0.5,
    )
    states: list[FleetState] = []
    report = await asyncio.to_thread(run_fleet, plan, tell=states.append)
    assert (report.chargers, report.connected) == (30, 30)
    assert (report.unanswered, report.lost_messages, report.trouble) == (0, 0, ())
    assert len(report.storm_s) == 1
    assert len(csms.requests) == 60, "each connected twice"
    assert states[-1].statuses == {"Charging": 10, "Available": 20}
    action = "MeterValues" if plan.ocpp == "1.6" else "TransactionEvent"
    assert report.answers.by_action[action].count > 40
    assert 0 < report.answers.total.quantile_ms(0.5) <= report.answers.total.quantile_ms(0.99)
    assert "30 of 30 chargers connected" in "\n".join(report.lines())


@pytest.mark.parametrize("csms", ["ocpp1.6"], indirect=True)
async def test_a_plan_without_an_end_is_stopped(csms: Csms) -> None:
    """Each charger has its own password; what is never answered is lost, and said so."""
    csms.answers["MeterValues"] = lambda _: None
    plan = FleetPlan(
        csms.url,
        credentials=(("A", "first"), ("B", "second")),
        duration_s=None,
        connect_within_s=0.1,
        meter_values_per_s=20,
        answer_timeout_s=0.5,
        drain_s=0.5,
    )
    control = FleetControl()
    running = asyncio.create_task(asyncio.to_thread(run_fleet, plan, control=control))
    await csms.until(lambda: len(csms.received("MeterValues")) >= 2)
    control.storm()
    await csms.until(lambda: len(csms.requests) == 4, 20)
    control.stop()
    report = await running
    assert report.lost_messages >= 2
    assert len(report.storm_s) == 1
    first, second, *_ = (request.headers["Authorization"] for request in csms.requests)
    assert first != second


def test_shares_are_even_and_complete() -> None:
    shares = FleetPlan("ws://x", count=10, processes=3, meter_values_per_s=10).shares()
    assert [(share.first, share.size) for share in shares] == [(1, 4), (5, 3), (8, 3)]
    assert sum(share.meter_values_per_s for share in shares) == pytest.approx(10)


def test_quantiles_are_close() -> None:
    histogram = Histogram()
    for number in range(1, 1001):
        histogram.add(number / 1000)
    assert histogram.quantile_ms(0.5) == pytest.approx(500, rel=0.05)
    assert histogram.quantile_ms(0.99) == pytest.approx(990, rel=0.05)
    assert histogram.slowest_ms == 1000
