"""A charge point of 2.0.1 on a real socket: negotiation, a whole charge, commands, deadlines."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app import operations as op
from app.command_bus.in_process import InProcessBus
from app.edge_messages import (
    Booted,
    Command,
    CommandOutcome,
    ConfigurationReport,
    Connected,
    ConnectorStatus,
    Deadline,
    MessageResult,
    Readings,
    Setting,
    TransactionStarted,
    TransactionStopped,
)
from app.ocpp_edge import Edge
from app.ocpp_edge.v201.memory import request_id
from tests.ocpp_edge.conftest import Plug, until
from tests.ocpp_edge.harness import CHARGE_POINT, TENANT, Bay, FakeApp, RawCharger
from tests.ocpp_edge.v201.harness import NAME, NUMBER, event, is_right
from tests.ocpp_edge.v201.test_commands import part, variable

V201 = ("ocpp2.0.1", "ocpp1.6")
BOOT = {"reason": "PowerUp", "chargingStation": {"model": "M", "vendorName": "V"}}


def now(**fields: Any) -> dict[str, Any]:
    """An event of this moment."""
    kind = fields.pop("kind")
    payload = event(kind, **fields)
    moment = datetime.now(UTC).isoformat()
    for dated in (payload, *payload.get("meterValue", ())):
        dated["timestamp"] = moment
    return payload


async def answers(charger: RawCharger, action: str, **payload: Any) -> dict[str, Any]:
    """The next call is this one, and right to the letter; answer it."""
    call = await charger.hears()
    assert (call[0], call[2]) == (2, action)
    assert is_right(f"{action}Request", call[3])
    assert is_right(f"{action}Response", payload)
    await charger.sends(json.dumps([3, call[1], payload]))
    asked: dict[str, Any] = call[3]
    return asked


def command(operation: op.ChargerOperation, name: str = "owner.1") -> Command:
    return Command(name, TENANT, CHARGE_POINT, operation, epoch=1)


@pytest.mark.parametrize(
    ("offers", "agreed"),
    [
        (["ocpp1.6", "ocpp2.0.1"], "ocpp2.0.1"),
        (["ocpp2.1", "ocpp2.0.1"], "ocpp2.1"),
        (["OCPP2.0.1"], "OCPP2.0.1"),
    ],
)
async def test_the_newest_that_both_speak_is_agreed_on(
    app: FakeApp, plug: Plug, offers: list[str], agreed: str
) -> None:
    async with plug(subprotocols=offers) as charger:
        assert charger.socket.subprotocol == agreed
        answer = await charger.asks("BootNotification", BOOT)
        assert (answer[0], answer[2]["status"]) == (3, "Accepted")
    assert [asked.protocol for asked in app.connects] == [agreed.lower()]
    assert app.heard(Booted) == [Booted("V", "M", reason="PowerUp")]


async def test_a_whole_charge(edge: Edge, app: FakeApp, bus: InProcessBus, plug: Plug) -> None:
    app.results[TransactionStarted] = MessageResult(saved=True, transaction_id=NUMBER)
    async with plug(subprotocols=V201) as charger:
        await charger.asks("BootNotification", BOOT)
        await bus.send("edge", command(op.Start(1, "our-tag"), "start.s1"))
        asked = await answers(charger, "RequestStartTransaction", status="Accepted")
        assert asked["remoteStartId"] == request_id("start.s1")
        begun = now(kind="Started", evse=1, token="our-tag", wh=1000, chargingState="Charging")
        answer = await charger.asks("TransactionEvent", begun, "2")
        assert answer == [3, "2", {"idTokenInfo": {"status": "Accepted"}}]
        assert await charger.asks("TransactionEvent", now(kind="Updated", wh=1500), "3") == [
            3,
            "3",
            {},
        ]
        await bus.send("edge", command(op.Stop(NUMBER, NAME), "stop.s1"))
        asked = await answers(charger, "RequestStopTransaction", status="Accepted")
        assert asked == {"transactionId": NAME}
        ended = now(kind="Ended", wh=2000, stoppedReason="Remote")
        assert await charger.asks("TransactionEvent", ended, "4") == [3, "4", {}]
        await until(lambda: len(app.outcomes) == 2)
    [started] = app.heard(TransactionStarted)
    assert (started.id_tag, started.meter_wh, started.transaction_id) == ("our-tag", 1000, NUMBER)
    [readings] = app.heard(Readings)
    assert (readings.transaction_id, readings.readings[0].energy_wh) == (NUMBER, 1500)
    [stopped] = app.heard(TransactionStopped)
    assert (stopped.meter_wh, stopped.reason, stopped.reference) == (2000, "Remote", NAME)
    assert [one.status for one in app.heard(ConnectorStatus)] == ["Charging", "Finishing"]
    assert app.outcomes == [("start.s1", 1, "accepted"), ("stop.s1", 1, "accepted")]


async def test_the_baseline_is_set_in_variables(app: FakeApp, plug: Plug) -> None:
    app.grant = Connected(
        TENANT,
        CHARGE_POINT,
        1,
        300,
        configuration=(Setting("TxCtrlr.TxStopPoint", "Authorized"), Setting("A.B", "1")),
    )
    async with plug(subprotocols=V201) as charger:
        await charger.asks("BootNotification", BOOT)
        for word in ("Accepted", "UnknownComponent"):
            call = await charger.hears()
            [data] = call[3]["setVariableData"]
            result = {"attributeStatus": word, **data}
            del result["attributeValue"]
            await charger.sends(json.dumps([3, call[1], {"setVariableResult": [result]}]))
        await until(lambda: app.heard(ConfigurationReport))
    assert app.heard(ConfigurationReport) == [
        ConfigurationReport({"TxCtrlr.TxStopPoint": "Accepted", "A.B": "NotSupported"})
    ]


async def test_a_report_concludes_the_command_that_asked_for_it(
    app: FakeApp, bus: InProcessBus, plug: Plug
) -> None:
    async with plug(subprotocols=V201) as charger:
        await charger.asks("Heartbeat", {})
        await bus.send("edge", command(op.GetConfiguration()))
        asked = await answers(charger, "GetBaseReport", status="Accepted")
        first = part(asked["requestId"], variable("A.B", "1"), more=True)
        await charger.asks("NotifyReport", first, "2")
        assert app.outcomes == []
        last = part(asked["requestId"], variable("C.D", "2"), more=False)
        await charger.asks("NotifyReport", last, "3")
        await until(lambda: app.outcomes)
    [outcome] = app.heard(CommandOutcome)
    assert (outcome.id, outcome.outcome) == ("owner.1", "accepted")
    assert outcome.result == {"A.B": "1", "C.D": "2"}


async def test_an_end_that_cannot_be_saved_is_answered_when_it_can(
    app: FakeApp, plug: Plug
) -> None:
    app.saves = False
    ended = now(kind="Ended", wh=1)
    async with plug(subprotocols=V201) as charger:
        await charger.sends(json.dumps([2, "1", "TransactionEvent", ended]))
        await until(lambda: app.answered)
        app.saves = True
        assert await charger.asks("TransactionEvent", ended, "2") == [3, "2", {}]


# --- deadlines, in a time that the test moves ------------------------------------------------


def stop_of(bay: Bay) -> list[str]:
    return [call[3]["transactionId"] for call in bay.calls("RequestStopTransaction")]


async def test_the_edge_stops_by_the_name_also_after_a_restart() -> None:
    bay = Bay(protocol="ocpp2.0.1")
    ends = bay.clock.at + timedelta(seconds=60)
    grant = Connected(TENANT, CHARGE_POINT, 2, 300, deadlines=(Deadline(7, 1, ends, None, "tx"),))
    bay.connects(grant)
    bay.says("Heartbeat")
    await bay.passes(61)
    assert stop_of(bay)[0] == "tx"


async def test_after_a_restart_the_edge_knows_from_the_app_where_a_transaction_runs() -> None:
    bay = Bay(protocol="ocpp2.0.1")
    ends = bay.clock.at + timedelta(seconds=600)
    deadline = Deadline(NUMBER, 3, ends, None, NAME)
    bay.connects(Connected(TENANT, CHARGE_POINT, 2, 300, deadlines=(deadline,)))
    bay.says("TransactionEvent", **event("Updated", chargingState="SuspendedEV"))
    await bay.settles()
    [said] = bay.app.heard(ConnectorStatus)
    assert (said.connector, said.status) == (3, "SuspendedEV")


async def test_the_edge_stops_when_the_register_has_reached_the_limit() -> None:
    bay = Bay(protocol="ocpp2.0.1")
    limit = Deadline(NUMBER, 1, None, 2000)
    saved = MessageResult(saved=True, transaction_id=NUMBER, deadlines=(limit,))
    bay.app.results[TransactionStarted] = saved
    bay.says("TransactionEvent", **event("Started", evse=1, token="t", wh=1000))
    await bay.settles()
    bay.says("TransactionEvent", **event("Updated", wh=1999))
    await bay.settles()
    assert stop_of(bay) == []
    bay.says("TransactionEvent", **event("Updated", wh=2000))
    await bay.settles()
    assert stop_of(bay) == [NAME]
    bay.says("TransactionEvent", **event("Ended", wh=2001))
    await bay.passes(300)
    assert stop_of(bay) == []
    assert bay.counters["defects"] == 0


async def test_a_transaction_with_the_name_of_an_ended_one_is_stopped_on_time_too() -> None:
    bay = Bay(protocol="ocpp2.0.1")
    limit = Deadline(NUMBER, 1, None, 2000)
    bay.app.results[TransactionStarted] = MessageResult(
        saved=True, transaction_id=NUMBER, deadlines=(limit,)
    )
    for minute in (0, 10):
        bay.clock.at += timedelta(minutes=minute)
        seconds = minute * 60.0
        begun = event("Started", evse=1, token=f"t{minute}", wh=1000, seconds=seconds)
        bay.says("TransactionEvent", **begun)
        await bay.settles()
        bay.says("TransactionEvent", **event("Updated", wh=2000, seconds=seconds + 10))
        await bay.settles()
        [call] = bay.calls("RequestStopTransaction")
        assert call[3] == {"transactionId": NAME}
        bay.answers(call, status="Accepted")
        bay.says("TransactionEvent", **event("Ended", wh=2001, seconds=seconds + 20))
        await bay.settles()


def test_an_edge_with_only_one_point_six_has_loaded_nothing_of_two() -> None:
    bay = Bay()
    assert bay.dialects._languages == {}
    bay.protocol = "ocpp2.0.1"
    bay.connects()
    language = bay.dialects._languages["ocpp2.0.1"]
    assert language.schemas._loaded == {}
