"""TransactionEvents: where they begin and end, how they are numbered, what waits offline."""

import pytest

from app.simulator import SimulatedCharger
from tests.simulator.conftest import NewDevice
from tests.simulator.csms import Csms

TOKEN = {"idToken": "STROM1", "type": "Central"}


async def start(csms: Csms, remote_id: int = 7) -> dict:
    answer: dict = await csms.ask(
        "RequestStartTransaction", {"evseId": 1, "remoteStartId": remote_id, "idToken": TOKEN}
    )
    return answer


async def test_a_whole_charge(device: SimulatedCharger, csms: Csms) -> None:
    boot = csms.received("BootNotification")[0]
    assert (boot["reason"], boot["chargingStation"]["vendorName"]) == ("PowerUp", "Strom")
    device.plug_in()
    assert (await start(csms)) == {"status": "Accepted"}
    await device.wait_for(
        status="Charging", transaction_known=True, sent="TransactionEvent", times=3
    )
    running = device.transaction
    assert running
    assert (await csms.ask("RequestStopTransaction", {"transactionId": running.id})) == {
        "status": "Accepted"
    }
    await device.wait_for(nothing_waiting=True, status="Finishing")
    events = csms.received("TransactionEvent")
    first, last = events[0], events[-1]
    assert (first["eventType"], first["triggerReason"]) == ("Started", "RemoteStart")
    assert first["transactionInfo"]["remoteStartId"] == 7
    assert first["idToken"] == TOKEN
    assert first["meterValue"][0]["sampledValue"][0]["context"] == "Transaction.Begin"
    assert (last["eventType"], last["triggerReason"]) == ("Ended", "RemoteStop")
    assert last["transactionInfo"]["stoppedReason"] == "Remote"
    assert [event["seqNo"] for event in events] == list(range(len(events)))
    assert {event["transactionInfo"]["transactionId"] for event in events} == {running.id}
    assert not any("offline" in event for event in events)
    begin, end = (each["meterValue"][0]["sampledValue"][0]["value"] for each in (first, last))
    assert end > begin
    statuses = [each["connectorStatus"] for each in csms.received("StatusNotification")]
    assert statuses == ["Available", "Occupied"]


@pytest.mark.parametrize(
    ("start_point", "stop_point", "expected"),
    [
        (
            "EVConnected",
            "EVConnected",
            [
                ("Started", "CablePluggedIn", "EVConnected"),
                ("Updated", "RemoteStart", "EVConnected"),
                ("Updated", "ChargingStateChanged", "Charging"),
                ("Updated", "StopAuthorized", "EVConnected"),
                ("Ended", "EVCommunicationLost", "Idle"),
            ],
        ),
        (
            "Authorized",
            "Authorized",
            [
                ("Started", "RemoteStart", "EVConnected"),
                ("Updated", "ChargingStateChanged", "Charging"),
                ("Ended", "StopAuthorized", "EVConnected"),
            ],
        ),
        (
            "PowerPathClosed",
            "EVConnected",
            [
                ("Started", "RemoteStart", "Charging"),
                ("Updated", "StopAuthorized", "EVConnected"),
                ("Ended", "EVCommunicationLost", "Idle"),
            ],
        ),
    ],
)
async def test_start_and_stop_points(
    new_device: NewDevice,
    csms: Csms,
    start_point: str,
    stop_point: str,
    expected: list[tuple[str, str, str]],
) -> None:
    points = {"TxStartPoint": start_point, "TxStopPoint": stop_point}
    device = await new_device(configuration={**points, "MeterValueSampleInterval": "0"})
    device.plug_in()
    await device.wait_for(nothing_waiting=True)
    answer = await start(csms)
    assert ("transactionId" in answer) == (start_point == "EVConnected")
    await device.wait_for(status="Charging", transaction_known=True)
    device.press_stop()
    device.unplug()
    await device.wait_for(nothing_waiting=True)
    assert csms.events() == expected
    assert csms.received("TransactionEvent")[-1]["transactionInfo"]["stoppedReason"] == "Local"


async def test_an_authorisation_nobody_uses_ends(new_device: NewDevice, csms: Csms) -> None:
    device = await new_device(configuration={"TxStartPoint": "Authorized"})
    await start(csms)
    await device.wait_for(nothing_waiting=True, sent="TransactionEvent", times=2)
    assert csms.events() == [
        ("Started", "RemoteStart", "Idle"),
        ("Ended", "EVConnectTimeout", "Idle"),
    ]
    assert csms.received("TransactionEvent")[1]["transactionInfo"]["stoppedReason"] == "Timeout"


async def test_what_happened_offline_says_so(device: SimulatedCharger, csms: Csms) -> None:
    device.plug_in()
    await start(csms)
    await device.wait_for(status="Charging", transaction_known=True)
    online = len(csms.received("TransactionEvent"))
    device.go_offline()
    await device.wait_for(registered=False, register_wh=device.register_wh + 2000)
    device.unplug()
    device.come_back()
    await device.wait_for(nothing_waiting=True, registered=True)
    events = csms.received("TransactionEvent")
    assert events[-1]["eventType"] == "Ended"
    assert events[-1]["offline"] is True
    assert not any("offline" in event for event in events[:online])
    assert [event["seqNo"] for event in events] == sorted({event["seqNo"] for event in events})


async def test_a_refused_token_ends_it(device: SimulatedCharger, csms: Csms) -> None:
    csms.answers["TransactionEvent"] = lambda event: (
        {"idTokenInfo": {"status": "Blocked"}} if "idToken" in event else {}
    )
    device.plug_in()
    await start(csms)
    await device.wait_for(status="Finishing", nothing_waiting=True)
    last = csms.received("TransactionEvent")[-1]
    assert (last["eventType"], last["triggerReason"]) == ("Ended", "Deauthorized")
    assert last["transactionInfo"]["stoppedReason"] == "DeAuthorized"


async def test_its_status_can_be_asked(device: SimulatedCharger, csms: Csms) -> None:
    device.plug_in()
    await start(csms)
    await device.wait_for(status="Charging", transaction_known=True, nothing_waiting=True)
    running = device.transaction
    assert running
    asked = {"transactionId": running.id}
    assert (await csms.ask("GetTransactionStatus", asked))["ongoingIndicator"] is True
    assert (await csms.ask("UnlockConnector", {"evseId": 1, "connectorId": 1})) == {
        "status": "OngoingAuthorizedTransaction"
    }
    await csms.ask("TriggerMessage", {"requestedMessage": "TransactionEvent", "evse": {"id": 1}})
    await csms.until(lambda: ("Updated", "Trigger", "Charging") in csms.events())
    device.press_stop()
    await device.wait_for(nothing_waiting=True)
    assert (await csms.ask("GetTransactionStatus", asked))["ongoingIndicator"] is False


async def test_a_pausing_car_is_told(device: SimulatedCharger, csms: Csms) -> None:
    device.plug_in()
    await start(csms)
    await device.wait_for(status="Charging", transaction_known=True)
    device.car_pauses()
    await csms.until(lambda: ("Updated", "ChargingStateChanged", "SuspendedEV") in csms.events())


async def test_a_reset_can_wait(device: SimulatedCharger, csms: Csms) -> None:
    device.plug_in()
    await start(csms)
    await device.wait_for(status="Charging", transaction_known=True)
    assert (await csms.ask("Reset", {"type": "OnIdle"}))["status"] == "Scheduled"
    device.press_stop()
    await csms.until(lambda: len(csms.received("BootNotification")) == 2)
    assert csms.received("BootNotification")[1]["reason"] == "ScheduledReset"
    await device.wait_for(registered=True)
    device.unplug()
    device.plug_in()
    await start(csms)
    await device.wait_for(status="Charging", transaction_known=True)
    assert (await csms.ask("Reset", {"type": "Immediate"}))["status"] == "Accepted"
    await csms.until(lambda: len(csms.received("BootNotification")) == 3)
    ended = [each for each in csms.received("TransactionEvent") if each["eventType"] == "Ended"]
    assert ended[-1]["transactionInfo"]["stoppedReason"] == "ImmediateReset"


async def test_who_swiped_first_is_named_when_the_cable_begins_it(
    new_device: NewDevice, csms: Csms
) -> None:
    device = await new_device(configuration={"TxStartPoint": "EVConnected"})
    device.swipe("CARD")
    await device.wait_for(status="Preparing")
    device.plug_in()
    await device.wait_for(status="Charging", nothing_waiting=True)
    first = csms.received("TransactionEvent")[0]
    assert first["triggerReason"] == "CablePluggedIn"
    assert first["idToken"] == {"idToken": "CARD", "type": "ISO14443"}


async def test_a_car_may_come_back(new_device: NewDevice, csms: Csms) -> None:
    keys = {"StopTransactionOnEVSideDisconnect": "false", "MeterValueSampleInterval": "0"}
    device = await new_device(configuration=keys)
    device.plug_in()
    await start(csms)
    await device.wait_for(status="Charging", transaction_known=True)
    device.unplug()
    device.plug_in()
    await device.wait_for(status="Charging", nothing_waiting=True)
    assert csms.events() == [
        ("Started", "RemoteStart", "Charging"),
        ("Updated", "EVCommunicationLost", "Idle"),
        ("Updated", "CablePluggedIn", "EVConnected"),
        ("Updated", "ChargingStateChanged", "Charging"),
    ]


async def test_a_token_refused_before_the_cable_comes_ends_it(
    new_device: NewDevice, csms: Csms
) -> None:
    csms.answers["TransactionEvent"] = lambda event: (
        {"idTokenInfo": {"status": "Blocked"}} if "idToken" in event else {}
    )
    device = await new_device(configuration={"TxStartPoint": "Authorized"})
    await start(csms)
    await device.wait_for(status="Available", sent="TransactionEvent", times=2)
    await device.wait_for(nothing_waiting=True)
    assert csms.events() == [
        ("Started", "RemoteStart", "Idle"),
        ("Ended", "Deauthorized", "Idle"),
    ]
