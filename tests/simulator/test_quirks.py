"""Bad behaviour on demand: each quirk shows itself on the wire, and only when it is asked for."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any

import pytest
from click.testing import CliRunner

from app.simulator import SimulatedCharger
from app.simulator.cli import simulate
from app.simulator.manners.catalogue import QUIRKS, UnknownQuirk, chosen
from app.simulator.manners.payloads import WRONG_WH
from tests.simulator.conftest import NewDevice
from tests.simulator.csms import Csms

OLD = pytest.mark.parametrize("csms", ["ocpp1.6"], indirect=True)
NEW = pytest.mark.parametrize("csms", ["ocpp2.0.1"], indirect=True)
BOTH = pytest.mark.parametrize("csms", ["ocpp1.6", "ocpp2.0.1"], indirect=True)


@pytest.fixture(autouse=True)
async def _wrong_on_purpose(csms: Csms) -> AsyncIterator[None]:
    yield
    csms.complaints.clear()


async def charges(device: SimulatedCharger, csms: Csms) -> None:
    """A whole charge, started by a card."""
    device.plug_in()
    device.swipe("TAG")
    await device.wait_for(status="Charging", transaction_known=True)
    sample = "MeterValues" if csms.subprotocol == "ocpp1.6" else "TransactionEvent"
    await device.wait_for(received=f"{sample}.conf", times=4, register_wh=2_000)
    device.press_stop()
    await device.wait_for(nothing_waiting=True)


def values(csms: Csms) -> list[dict[str, Any]]:
    """Everything that was sampled."""
    return [
        sampled
        for action in ("MeterValues", "TransactionEvent")
        for payload in csms.received(action)
        for value in payload.get("meterValue", [])
        for sampled in value["sampledValue"]
    ]


def path(csms: Csms) -> str:
    return csms.requests[0].path


# --- the handshake ---


@BOTH
@pytest.mark.parametrize(
    ("quirk", "shows"),
    [
        ("trailing-slash", lambda csms: path(csms) == "/ocpp/CP1/"),
        ("percent-encoded-id", lambda csms: path(csms) == "/ocpp/%43%50%31"),
        ("id-twice", lambda csms: path(csms) == "/ocpp/CP1/CP1"),
        ("absolute-path", lambda csms: path(csms) == f"http://127.0.0.1:{csms.port}/ocpp/CP1"),
        (
            "no-subprotocol",
            lambda csms: "Sec-WebSocket-Protocol" not in csms.requests[0].headers,
        ),
        (
            "odd-subprotocol",
            lambda csms: (
                csms.requests[0].headers["Sec-WebSocket-Protocol"] == csms.subprotocol.upper()
            ),
        ),
    ],
)
async def test_an_odd_handshake(
    new_device: NewDevice, csms: Csms, quirk: str, shows: Callable[[Csms], bool]
) -> None:
    await new_device(misbehaves=chosen(quirk))
    assert shows(csms)


async def test_no_connection_header(new_device: NewDevice, csms: Csms) -> None:
    """A proper server refuses it, and says why."""
    device = await new_device(misbehaves=chosen("no-connection-header"), waits=False)
    await device.wait_for(event="cannot connect")
    assert "Connection" not in str(csms.requests)


async def test_a_probe_comes_first(
    new_device: NewDevice, csms: Csms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.simulator.manners.mischief.PROBE_S", 0.1)
    await new_device(misbehaves=chosen("probe"))
    offered = [request.headers["Sec-WebSocket-Protocol"] for request in csms.requests]
    assert offered == ["ocpp1.6", "ocpp2.0.1"]


# --- time ---


@BOTH
async def test_local_time(new_device: NewDevice, csms: Csms) -> None:
    await new_device(misbehaves=chosen("local-time"))
    moment = csms.received("StatusNotification")[0]["timestamp"]
    assert datetime.fromisoformat(moment).tzinfo is None


@BOTH
async def test_a_short_offset(new_device: NewDevice, csms: Csms) -> None:
    await new_device(misbehaves=chosen("short-offset"))
    assert csms.received("StatusNotification")[0]["timestamp"].endswith("+02")


@BOTH
async def test_a_clock_in_1970(new_device: NewDevice, csms: Csms) -> None:
    accepted = csms._answer("BootNotification")({})
    answers = iter([{**accepted, "status": "Pending", "interval": 1}])
    csms.answers["BootNotification"] = lambda _: next(answers, accepted)
    device = await new_device(
        misbehaves=chosen("clock-1970"), waits=False, configuration={"TxStartPoint": "EVConnected"}
    )
    device.plug_in()
    device.station.transactions.begin(device.station.connectors[1], "TAG")
    await device.wait_for(nothing_waiting=True, registered=True)
    device.press_stop()
    await device.wait_for(nothing_waiting=True)
    told = [
        payload["timestamp"]
        for action in ("StartTransaction", "StopTransaction", "TransactionEvent")
        for payload in csms.received(action)
    ]
    assert told[0].startswith("1970-01-01T")
    assert not told[-1].startswith("1970")


# --- transactions ---


@OLD
@pytest.mark.parametrize(
    ("quirk", "right"),
    [
        ("transaction-id-zero", lambda number: number == 0),
        ("transaction-id-negative", lambda number: number == -1),
        ("transaction-id-random", lambda number: number != 701),
    ],
)
async def test_odd_transaction_ids(
    new_device: NewDevice, csms: Csms, quirk: str, right: Callable[[int], bool]
) -> None:
    device = await new_device(misbehaves=chosen(quirk))
    await charges(device, csms)
    assert all(right(payload["transactionId"]) for payload in csms.received("MeterValues"))
    assert csms.received("StopTransaction")[0]["transactionId"] == 701


@BOTH
async def test_stop_of_an_unknown_transaction(new_device: NewDevice, csms: Csms) -> None:
    await new_device(misbehaves=chosen("stop-unknown"))
    action = "StopTransaction" if csms.subprotocol == "ocpp1.6" else "TransactionEvent"
    await csms.until(lambda: bool(csms.received(action)))
    assert "4711" in str(csms.received(action)[0])


@BOTH
async def test_replay_with_new_ids(new_device: NewDevice, csms: Csms) -> None:
    device = await new_device(misbehaves=chosen("replay"))
    await charges(device, csms)
    known = len(csms.calls)
    device.go_offline()
    await device.wait_for(registered=False)
    device.come_back()
    await device.wait_for(registered=True)
    await device.wait_for(nothing_waiting=True)
    action = "StopTransaction" if csms.subprotocol == "ocpp1.6" else "TransactionEvent"
    await csms.until(lambda: csms.calls[-1][0] == action and len(csms.calls) > known)
    assert csms.calls[-1][1] in [payload for _, payload in csms.calls[:known]]
    ids = [frame[1] for text in csms.texts if (frame := json.loads(text))[0] == 2]
    assert len(ids) == len(set(ids))


@BOTH
async def test_a_duplicate_start(new_device: NewDevice, csms: Csms) -> None:
    device = await new_device(misbehaves=chosen("duplicate-start"))
    await charges(device, csms)
    if csms.subprotocol == "ocpp1.6":
        first, second = csms.received("StartTransaction")
    else:
        first, second = csms.received("TransactionEvent")[:2]
        assert second["eventType"] == "Started"
    assert {**first, "timestamp": ""} == {**second, "timestamp": ""}


@NEW
async def test_seq_no_is_always_0(new_device: NewDevice, csms: Csms) -> None:
    device = await new_device(misbehaves=chosen("seq-no-zero"))
    await charges(device, csms)
    assert {event["seqNo"] for event in csms.received("TransactionEvent")} == {0}


@NEW
async def test_out_of_order(new_device: NewDevice, csms: Csms) -> None:
    device = await new_device(misbehaves=chosen("out-of-order"))
    device.plug_in()
    device.swipe("TAG")
    await device.wait_for(status="Charging", transaction_known=True)
    device.go_offline()
    await device.wait_for(registered=False, register_wh=device.register_wh + 5_000)
    device.press_stop()
    device.come_back()
    await device.wait_for(nothing_waiting=True)
    numbers = [event["seqNo"] for event in csms.received("TransactionEvent")]
    assert numbers != sorted(numbers)
    assert sorted(numbers) == list(range(len(numbers)))


@BOTH
async def test_late_meter_values(new_device: NewDevice, csms: Csms) -> None:
    device = await new_device(misbehaves=chosen("late-meter-values"))
    await charges(device, csms)
    await csms.until(lambda: csms.calls[-1][0] in ("MeterValues", "StatusNotification"))
    told = [name for name, _ in csms.calls if name != "StatusNotification"]
    assert told[-1] == "MeterValues"


@BOTH
async def test_two_characters_too_many(new_device: NewDevice, csms: Csms) -> None:
    device = await new_device(misbehaves=chosen("long-id-tag"))
    await charges(device, csms)
    asked = csms.received("Authorize")[0]
    tag = asked.get("idTag") or asked["idToken"]["idToken"]
    assert tag == "TAG00"


@OLD
async def test_finishing_blocks(new_device: NewDevice, csms: Csms) -> None:
    device = await new_device(misbehaves=chosen("finishing-blocks"), restarts_when_finishing=True)
    await charges(device, csms)
    start = {"connectorId": 1, "idTag": "TAG"}
    assert (await csms.ask("RemoteStartTransaction", start))["status"] == "Rejected"
    device.unplug()
    assert (await csms.ask("RemoteStartTransaction", start))["status"] == "Accepted"


# --- meters ---


@BOTH
async def test_energy_without_a_name(new_device: NewDevice, csms: Csms) -> None:
    device = await new_device(misbehaves=chosen("no-measurand"))
    await charges(device, csms)
    assert any(value.keys() == {"value"} for value in values(csms))


@BOTH
async def test_energy_in_kwh_beside_wh(new_device: NewDevice, csms: Csms) -> None:
    device = await new_device(misbehaves=chosen("kwh"))
    await charges(device, csms)
    first, second = values(csms)[:2]
    units = [(each.get("unitOfMeasure") or each)["unit"] for each in (first, second)]
    assert units == ["kWh", "Wh"]
    assert round(float(first["value"]) * 1000) == float(second["value"])


@BOTH
async def test_one_measurand_in_two_contexts(new_device: NewDevice, csms: Csms) -> None:
    device = await new_device(misbehaves=chosen("duplicate-contexts"))
    await charges(device, csms)
    action = "MeterValues" if csms.subprotocol == "ocpp1.6" else "TransactionEvent"
    sampled = csms.received(action)[-1]["meterValue"][0]["sampledValue"]
    assert sampled[0]["measurand"] == sampled[1]["measurand"]
    assert sampled[0]["context"] != sampled[1]["context"]


@OLD
async def test_a_register_that_starts_again(new_device: NewDevice, csms: Csms) -> None:
    device = await new_device(misbehaves=chosen("register-reset"))
    device.plug_in()
    device.swipe("TAG")
    await device.wait_for(status="Charging", transaction_known=True, sent="MeterValues")
    device.press_stop()
    await device.wait_for(nothing_waiting=True)
    assert csms.received("StartTransaction")[0]["meterStart"] == 1000
    assert float(values(csms)[0]["value"]) < 1000


@BOTH
async def test_registers_that_cannot_be_right(new_device: NewDevice, csms: Csms) -> None:
    device = await new_device(misbehaves=chosen("wrong-register"))
    await charges(device, csms)
    energies = [
        float(value["value"])
        for value in values(csms)
        if value["measurand"] == "Energy.Active.Import.Register"
    ]
    middle = energies if csms.subprotocol == "ocpp1.6" else energies[1:-1]
    assert all(each == WRONG_WH or int(each) % 3 for each in middle)
    if csms.subprotocol == "ocpp1.6":
        assert csms.received("StopTransaction")[0]["meterStop"] == WRONG_WH
    else:
        assert energies[-1] == WRONG_WH


@OLD
async def test_numbers_of_the_wrong_kind(new_device: NewDevice, csms: Csms) -> None:
    device = await new_device(misbehaves=chosen("meter-stop-float,numeric-values"))
    await charges(device, csms)
    (stop,) = [text for text in csms.texts if "StopTransaction" in text]
    assert f'"meterStop":{float(csms.received("StopTransaction")[0]["meterStop"])}' in stop
    assert all(isinstance(value["value"], float) for value in values(csms))


# --- the line ---


@BOTH
@pytest.mark.parametrize("quirk", ["two-sockets", "half-open"])
async def test_a_second_line_before_the_first_is_closed(
    new_device: NewDevice, csms: Csms, quirk: str
) -> None:
    device = await new_device(misbehaves=chosen(quirk))
    await csms.until(lambda: len(csms.connections) == 2)
    await device.wait_for(registered=True)
    device.plug_in()
    await device.wait_for(received="StatusNotification.conf", times=2, status="Preparing")
    first, _ = csms.connections
    assert first.close_code is None, "nobody has closed it"
    pong = await first.ping()
    if quirk == "two-sockets":
        await asyncio.wait_for(pong, 5)
    else:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(pong, 0.3)


async def test_never_a_pong(new_device: NewDevice, csms: Csms) -> None:
    await new_device(misbehaves=chosen("no-pong"))
    pong = await csms.connections[0].ping()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(pong, 0.3)
    assert (await csms.ask("GetLocalListVersion"))["versionNumber"] == 0


async def test_two_questions_at_once(new_device: NewDevice, csms: Csms) -> None:
    csms.answers["StatusNotification"] = lambda _: None
    await new_device(misbehaves=chosen("two-in-flight"), waits=False)
    await csms.until(lambda: len(csms.received("Heartbeat")) >= 2)
    assert csms.received("StatusNotification"), "asked, unanswered, and yet it asked again"


@BOTH
async def test_answers_after_a_while(new_device: NewDevice, csms: Csms) -> None:
    await new_device(misbehaves=chosen("slow-answers"), answer_delay_s=0.4)
    asking = asyncio.create_task(csms.ask("ClearCache"))
    await asyncio.sleep(0.2)
    assert not asking.done()
    assert (await asking)["status"] == "Rejected"


@BOTH
async def test_never_an_answer(new_device: NewDevice, csms: Csms) -> None:
    await new_device(misbehaves=chosen("never-answers"))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await csms.ask("ClearCache")


# --- frames ---


@BOTH
@pytest.mark.parametrize(
    ("quirk", "expected"),
    [
        ("short-call-error", ["NotSupported", "not today"]),
        ("unknown-error-code", ["ChargerIsSulking", "not today", {}]),
    ],
)
async def test_odd_errors(
    new_device: NewDevice, csms: Csms, quirk: str, expected: list[Any]
) -> None:
    await new_device(misbehaves=chosen(quirk))
    assert (await csms.ask("DataTransfer", {"vendorId": "Strom"}))[2:] == expected


@BOTH
async def test_odd_payloads(new_device: NewDevice, csms: Csms) -> None:
    device = await new_device(misbehaves=chosen("nulls,unknown-enums,extra-fields"))
    await charges(device, csms)
    status = csms.received("StatusNotification")[0]
    assert status["info"] is None
    assert status["vendorCode"] == 7
    action, field = (
        ("StopTransaction", "reason")
        if csms.subprotocol == "ocpp1.6"
        else ("TransactionEvent", "triggerReason")
    )
    assert csms.received(action)[0][field] == "DriverBored"


async def test_odd_frames(new_device: NewDevice, csms: Csms) -> None:
    await new_device(misbehaves=chosen("bom,trailing-nul"))
    assert all(text.startswith("\ufeff[") and text.endswith("]\x00") for text in csms.texts)


@BOTH
async def test_boots_whenever_it_is_probed(new_device: NewDevice, csms: Csms) -> None:
    await new_device(misbehaves=chosen("boot-loop"))
    for boots in (2, 3):
        if csms.subprotocol == "ocpp1.6":
            await csms.ask("GetConfiguration")
        else:
            await csms.ask("GetBaseReport", {"requestId": 1, "reportBase": "FullInventory"})
        await csms.until(lambda n=boots: len(csms.received("BootNotification")) == n)  # type: ignore[misc]
        known = len(csms.received("StatusNotification"))
        await csms.until(lambda n=known: len(csms.received("StatusNotification")) > n)  # type: ignore[misc]


# --- choosing them ---


def test_they_are_listed() -> None:
    shown = CliRunner().invoke(simulate, ["--misbehave", "help"])
    assert shown.exit_code == 0
    assert all(name in shown.output for name in QUIRKS)


def test_a_misspelt_one_is_named() -> None:
    with pytest.raises(UnknownQuirk, match="did you mean local-time"):
        chosen("kwh,lokal-time")
    shown = CliRunner().invoke(simulate, ["--misbehave", "lokal-time", "ws://x", "--id", "y"])
    assert shown.exit_code == 2
    assert "local-time" in shown.output
