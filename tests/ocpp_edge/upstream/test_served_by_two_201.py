"""Two that serve a charge point of OCPP 2.0.1 or 2.1: whose is what, and in which order."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.edge_messages import TransactionStarted, UpstreamTold, UpstreamTransaction
from app.ocpp_edge.v201.memory import transaction_id
from tests.ocpp_edge.conftest import until
from tests.ocpp_edge.harness import NOON
from tests.ocpp_edge.upstream.central import OURS, THEIRS, Central, OwnersApp, granted
from tests.ocpp_edge.upstream.conftest import Plug
from tests.ocpp_edge.upstream.events import CARD, PAID, REFUSED, TAKEN, Station, event, reading

REJECTED = {"status": "Rejected"}
NUMBER = transaction_id("tx-1")


@pytest.fixture(params=["ocpp2.0.1", "ocpp2.1"])
async def version(request: pytest.FixtureRequest, central: Central) -> str:
    spoken: str = request.param
    await central.speaks(spoken)
    central.answers |= {
        "TransactionEvent": lambda said: TAKEN if "idToken" in said else {},
        "Authorize": TAKEN,
    }
    return spoken


@pytest.fixture
async def station(
    app: OwnersApp, central: Central, plug: Plug, version: str
) -> AsyncIterator[Station]:
    """Shared, and the link is up."""
    app.grant = granted(central)
    async with plug(version) as box:
        station = Station(box)
        await station.boots()
        await central.hears("BootNotification")
        yield station


def events(central: Central) -> list[dict[str, Any]]:
    return central.payloads("TransactionEvent")


def told(central: Central) -> list[tuple[str, int]]:
    return [(said["eventType"], said["seqNo"]) for said in events(central)]


# --- the backend's own transactions ------------------------------------------------------------


async def test_the_backend_decides_over_its_cards(station: Station, central: Central) -> None:
    central.answers["Authorize"] = lambda said: TAKEN if said["idToken"] == CARD else REFUSED
    box = station.box
    assert await box.says("Authorize", idToken=CARD) == TAKEN
    nobody = {"idToken": "nobody", "type": "Central"}
    assert await box.says("Authorize", idToken=nobody) == REFUSED
    assert (await box.says("Authorize", idToken=PAID)) == TAKEN
    assert central.payloads("Authorize") == [{"idToken": CARD}, {"idToken": nobody}]


async def test_its_charge_is_told_whole_and_its_answers_reach_the_charge_point(
    station: Station, central: Central, app: OwnersApp
) -> None:
    message = {"format": "UTF8", "content": "Thank you"}
    group = {"idToken": "FLEET", "type": "Central"}

    def answer(said: dict[str, Any]) -> dict[str, Any]:
        if said["eventType"] == "Started":
            return {"idTokenInfo": {"status": "Accepted", "groupIdToken": group}}
        if said["eventType"] == "Ended":
            return {"totalCost": 4.2, "updatedPersonalMessage": message}
        return {"totalCost": 1.5}

    central.answers["TransactionEvent"] = answer
    begun = await station.begins(CARD)
    assert begun == {"idTokenInfo": {"status": "Accepted", "groupIdToken": group}}
    assert await station.meters(1500) == {"totalCost": 1.5}
    ended = await station.ends(idToken=CARD, triggerReason="StopAuthorized")
    assert ended["totalCost"] == 4.2
    assert ended["updatedPersonalMessage"] == message
    assert told(central) == [("Started", 0), ("Updated", 1), ("Ended", 2)]
    assert events(central)[0]["idToken"] == CARD
    await until(lambda: UpstreamTold(NUMBER, is_end=True) in app.heard(UpstreamTold))
    assert app.heard(UpstreamTold)[0] == UpstreamTold(NUMBER, NUMBER)


async def test_what_is_not_right_to_the_letter_is_not_passed_on(
    station: Station, central: Central
) -> None:
    central.answers["TransactionEvent"] = {
        "totalCost": "a lot",
        "idTokenInfo": {"status": "Accepted", "evil": 1},
    }
    assert await station.begins(CARD) == TAKEN
    assert await station.meters(1500) == {}


async def test_what_the_backend_refuses_is_answered_so_and_stopped(
    station: Station, central: Central, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ocpp_edge.upstream.transactions.GRACE_S", 0)
    central.answers["TransactionEvent"] = {"idTokenInfo": {"status": "Blocked"}}
    assert (await station.begins(CARD))["idTokenInfo"]["status"] == "Blocked"
    await until(lambda: station.box.was_asked("RequestStopTransaction"))
    assert station.box.was_asked("RequestStopTransaction")[0] == {"transactionId": "tx-1"}


async def test_an_answer_without_a_word_on_the_card_is_as_it_said_before(
    station: Station, central: Central
) -> None:
    central.answers["TransactionEvent"] = {}
    assert await station.box.says("Authorize", idToken=CARD) == TAKEN
    assert (await station.begins(CARD))["idTokenInfo"]["status"] == "Accepted"
    other = Station(station.box, "tx-2", 2)
    unknown = {"idToken": "0BADCAFE", "type": "ISO14443"}
    assert (await other.begins(unknown))["idTokenInfo"]["status"] == "Invalid"


async def test_what_began_with_the_cable_is_told_once_it_is_somebodys(
    station: Station, central: Central
) -> None:
    await station.begins(triggerReason="CablePluggedIn")
    await station.tells("Updated", triggerReason="ChargingStateChanged")
    await station.reports()
    await central.hears("StatusNotification")
    assert not events(central)
    assert await station.tells("Updated", idToken=CARD, triggerReason="Authorized") == TAKEN
    await station.ends()
    await central.hears("TransactionEvent", times=4)
    assert told(central) == [("Started", 0), ("Updated", 1), ("Updated", 2), ("Ended", 3)]


async def test_what_ends_for_nobody_is_nobodys_and_told(station: Station, central: Central) -> None:
    await station.begins(triggerReason="CablePluggedIn")
    await station.ends(triggerReason="EVDeparted")
    await central.hears("TransactionEvent", times=2)
    assert told(central) == [("Started", 0), ("Ended", 1)]


async def test_its_own_events_again_are_told_once(station: Station, central: Central) -> None:
    box, started = station.box, event("Started", 0, idToken=CARD)
    first = await box.says("TransactionEvent", **started)
    assert await box.says("TransactionEvent", **started) == first
    ended = event("Ended", 1)
    await box.says("TransactionEvent", **ended)
    await box.says("TransactionEvent", **ended)
    await station.reports()
    await central.hears("StatusNotification")
    assert told(central) == [("Started", 0), ("Ended", 1)]


async def test_an_end_that_comes_before_its_start_is_told_behind_it(
    station: Station, central: Central
) -> None:
    box = station.box
    await box.says("TransactionEvent", **event("Ended", 2, offline=True))
    await box.says("TransactionEvent", **event("Started", 0, idToken=CARD, offline=True))
    await central.hears("TransactionEvent", times=2)
    assert told(central) == [("Started", 0), ("Ended", 2)]


async def test_another_card_in_the_middle_is_the_backends_to_judge(
    station: Station, central: Central
) -> None:
    group = {"idTokenInfo": {"status": "ConcurrentTx"}}
    other = {"idToken": "04FFFFFF", "type": "ISO14443"}
    central.answers["TransactionEvent"] = lambda said: (
        group if said.get("idToken") == other else TAKEN
    )
    await station.begins(CARD)
    assert await station.tells("Updated", idToken=other, triggerReason="StopAuthorized") == group
    assert events(central)[1]["idToken"] == other


async def test_its_remote_start_is_its_own_also_where_the_card_is_left_out(
    station: Station, central: Central, app: OwnersApp
) -> None:
    start = {"idToken": CARD, "remoteStartId": 77, "evseId": 1}
    answer = await central.asks("RequestStartTransaction", start)
    assert answer[2] == {"status": "Accepted"}
    assert station.box.was_asked("RequestStartTransaction") == [start]
    await station.begins(triggerReason="RemoteStart", info={"remoteStartId": 77})
    await central.hears("TransactionEvent")
    assert events(central)[0]["idToken"] == CARD
    [said] = app.heard(TransactionStarted)
    assert (said.id_tag, said.upstream) == (THEIRS, True)
    stop = await central.asks("RequestStopTransaction", {"transactionId": "tx-1"})
    assert stop[2] == {"status": "Accepted"}
    assert station.box.was_asked("RequestStopTransaction") == [{"transactionId": "tx-1"}]
    await station.ends(triggerReason="RemoteStop")
    await central.hears("TransactionEvent", times=2)
    again = await central.asks("RequestStopTransaction", {"transactionId": "tx-1"})
    assert again[2] == REJECTED


# --- money: what is paid for here is never touched ---------------------------------------------


async def test_the_backend_never_stops_what_is_paid_for(
    app: OwnersApp, central: Central, plug: Plug, version: str
) -> None:
    app.report_as = "GUEST"
    app.grant = granted(central, report_id_tag="GUEST")
    async with plug(version) as box:
        station = Station(box)
        await station.boots()
        central.answers["TransactionEvent"] = {**REFUSED, "totalCost": 9.9}
        info = {"remoteStartId": 123}
        assert await station.begins(PAID, info=info, reservationId=5) == TAKEN
        assert await station.meters(1500) == {}
        await station.tells("Updated", idToken=CARD, triggerReason="StopAuthorized")
        await central.hears("TransactionEvent", times=3)
        first = events(central)[0]
        assert first["idToken"] == {"idToken": "GUEST", "type": "Central"}
        assert "reservationId" not in first
        for name in ("tx-1", "", "GUEST", str(NUMBER)):
            answer = await central.asks("RequestStopTransaction", {"transactionId": name})
            assert answer[2] == REJECTED
        assert not box.was_asked("RequestStopTransaction")
        assert await station.ends(idToken=PAID) == TAKEN
        await central.hears("TransactionEvent", times=4)
        said = json.dumps(central.heard)
        for secret in (OURS, THEIRS, "remoteStartId"):
            assert secret not in said


async def test_a_paid_session_is_not_told_where_the_owner_does_not_want_it(
    station: Station, central: Central
) -> None:
    box = station.box
    await station.begins(triggerReason="CablePluggedIn")
    await station.tells("Updated", idToken=PAID, triggerReason="RemoteStart")
    await station.meters(1500)
    await box.says("MeterValues", evseId=1, meterValue=reading(1600))
    await station.ends(idToken=PAID)
    await station.reports()
    await central.hears("StatusNotification")
    assert set(central.actions()) == {"BootNotification", "StatusNotification"}


PROFILE = {
    "id": 7,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxProfile",
    "chargingProfileKind": "Relative",
    "chargingSchedule": [
        {
            "id": 1,
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 6}],
        }
    ],
}


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("RequestStartTransaction", {"idToken": CARD, "remoteStartId": 1, "evseId": 1}),
        ("RequestStartTransaction", {"idToken": CARD, "remoteStartId": 1}),
        ("Reset", {"type": "Immediate"}),
        ("Reset", {"type": "OnIdle", "evseId": 1}),
        ("ChangeAvailability", {"operationalStatus": "Inoperative", "evse": {"id": 1}}),
        ("ChangeAvailability", {"operationalStatus": "Inoperative"}),
        ("DataTransfer", {"vendorId": "com.example", "messageId": "stop"}),
        ("ClearCache", {}),
        (
            "ReserveNow",
            {
                "id": 3,
                "evseId": 1,
                "idToken": CARD,
                "expiryDateTime": "2026-03-01T13:00:00Z",
            },
        ),
    ],
)
async def test_the_backend_may_not_touch_an_evse_that_a_payer_holds(
    station: Station, app: OwnersApp, central: Central, action: str, payload: dict[str, Any]
) -> None:
    app.held = {1}
    assert (await central.asks(action, payload))[2] == REJECTED
    assert not station.box.was_asked(action)
    app.held = set()
    assert (await central.asks(action, payload))[2] == {"status": "Accepted"}
    assert len(station.box.was_asked(action)) == 1


@pytest.mark.parametrize(
    ("action", "payload", "refusal"),
    [
        ("SetNetworkProfile", None, REJECTED),
        ("InstallCertificate", None, REJECTED),
        ("CertificateSigned", {"certificateChain": "x"}, REJECTED),
        ("SetMonitoringBase", {"monitoringBase": "All"}, REJECTED),
        ("CancelReservation", {"reservationId": 9}, REJECTED),
        ("TriggerMessage", {"requestedMessage": "SignChargingStationCertificate"}, REJECTED),
    ],
)
async def test_what_makes_the_charge_point_ours_stays_ours(
    station: Station,
    central: Central,
    action: str,
    payload: dict[str, Any] | None,
    refusal: dict[str, Any],
) -> None:
    if action == "SetNetworkProfile":
        data = {
            "ocppVersion": "OCPP20",
            "ocppTransport": "JSON",
            "ocppCsmsUrl": "wss://evil.example",
            "messageTimeout": 30,
            "securityProfile": 1,
            "ocppInterface": "Wired0",
        }
        payload = {"configurationSlot": 1, "connectionData": data}
    if action == "InstallCertificate":
        payload = {"certificateType": "CSMSRootCertificate", "certificate": "x"}
    assert payload is not None
    assert (await central.asks(action, payload))[2] == refusal
    assert not station.box.was_asked(action)


async def test_of_variables_ours_are_rejected_and_the_others_set(
    app: OwnersApp, central: Central, plug: Plug, version: str
) -> None:
    app.grant = granted(central, kept_keys=("SampledDataCtrlr.TxUpdatedInterval",))
    async with plug(version) as box:
        station = Station(box)
        await station.boots()
        await central.hears("BootNotification")
        names = [
            ("SampledDataCtrlr", "TxUpdatedInterval"),
            ("DisplayCtrlr", "Language"),
            ("SecurityCtrlr", "BasicAuthPassword"),
            ("OCPPCommCtrlr", "NetworkConfigurationPriority"),
            ("AuthCtrlr", "MasterPassGroupId"),
            ("TxCtrlr", "TxStartPoint"),
        ]
        wanted = [
            {"attributeValue": "1", "component": {"name": c}, "variable": {"name": v}}
            for c, v in names
        ]
        light = {"component": {"name": "DisplayCtrlr"}, "variable": {"name": "Language"}}
        done = {"attributeStatus": "Accepted", **light}
        box.answers["SetVariables"] = {"setVariableResult": [done]}
        answer = await central.asks("SetVariables", {"setVariableData": wanted})
        assert box.was_asked("SetVariables") == [{"setVariableData": [wanted[1]]}]
        results = {
            r["variable"]["name"]: r["attributeStatus"] for r in answer[2]["setVariableResult"]
        }
        assert results == {name: "Rejected" for _, name in names} | {"Language": "Accepted"}
        ours = {"setVariableData": [wanted[0]]}
        refused = (await central.asks("SetVariables", ours))[2]["setVariableResult"]
        assert [each["attributeStatus"] for each in refused] == ["Rejected"]
        assert len(box.was_asked("SetVariables")) == 1


async def test_the_backend_does_not_read_passwords(station: Station, central: Central) -> None:
    secret = {"component": {"name": "X"}, "variable": {"name": "BasicAuthPassword"}}
    result = {**secret, "attributeStatus": "Accepted", "attributeValue": "topsecret"}
    station.box.answers["GetVariables"] = {"getVariableResult": [result]}
    read = await central.asks("GetVariables", {"getVariableData": [secret]})
    assert read[0] == 3
    assert "topsecret" not in json.dumps(read)


async def test_a_report_that_it_asked_for_comes_under_its_own_number(
    station: Station, central: Central
) -> None:
    asked = {"requestId": 4, "reportBase": "FullInventory"}
    assert (await central.asks("GetBaseReport", asked))[2] == {"status": "Accepted"}
    [sent] = station.box.was_asked("GetBaseReport")
    assert sent["requestId"] != 4
    entry = {
        "component": {"name": "SecurityCtrlr"},
        "variable": {"name": "BasicAuthPassword"},
        "variableAttribute": [{"value": "topsecret"}],
    }
    head: dict[str, Any] = {
        "generatedAt": "2026-03-01T12:00:00Z",
        "seqNo": 0,
        "reportData": [entry],
    }
    await station.box.says("NotifyReport", requestId=99, **head)
    await station.box.says("NotifyReport", requestId=sent["requestId"], **head)
    await central.hears("NotifyReport")
    [told] = central.payloads("NotifyReport")
    assert told["requestId"] == 4
    assert "topsecret" not in json.dumps(told)


# --- limits of power: of its own charges alone -------------------------------------------------


@pytest.mark.parametrize("purpose", ["TxDefaultProfile", "ChargingStationMaxProfile", "TxProfile"])
async def test_no_limit_of_its_is_in_force_for_who_pays_next(
    station: Station, central: Central, purpose: str
) -> None:
    wanted = {"evseId": 0, "chargingProfile": {**PROFILE, "chargingProfilePurpose": purpose}}
    assert (await central.asks("SetChargingProfile", wanted))[2] == REJECTED
    assert not station.box.was_asked("SetChargingProfile")


async def test_it_limits_its_own_charge_and_clears_that_limit_alone(
    station: Station, central: Central
) -> None:
    await station.begins(CARD)
    own = {**PROFILE, "transactionId": "tx-1"}
    elsewhere = {"evseId": 2, "chargingProfile": own}
    assert (await central.asks("SetChargingProfile", elsewhere))[2] == REJECTED
    wanted = {"evseId": 1, "chargingProfile": own}
    assert (await central.asks("SetChargingProfile", wanted))[2] == {"status": "Accepted"}
    [sent] = station.box.was_asked("SetChargingProfile")
    assert sent["chargingProfile"]["id"] != 7, "it could replace a limit of its owner's"
    all_of_them = await central.asks("ClearChargingProfile", {})
    assert all_of_them[2] == {"status": "Unknown"}
    clear = {"chargingProfileId": 7}
    assert (await central.asks("ClearChargingProfile", clear))[2] == {"status": "Accepted"}
    [cleared] = station.box.was_asked("ClearChargingProfile")
    assert cleared == {"chargingProfileId": sent["chargingProfile"]["id"]}


async def test_a_start_of_its_own_may_bring_a_limit_for_that_charge(
    station: Station, central: Central
) -> None:
    start = {"idToken": CARD, "remoteStartId": 1, "evseId": 1}
    forever = {**PROFILE, "chargingProfilePurpose": "TxDefaultProfile"}
    refused = await central.asks("RequestStartTransaction", {**start, "chargingProfile": forever})
    assert refused[2] == REJECTED
    taken = await central.asks("RequestStartTransaction", {**start, "chargingProfile": PROFILE})
    assert taken[2] == {"status": "Accepted"}


async def test_it_hears_what_became_of_its_reservation_alone(
    station: Station, central: Central
) -> None:
    until_one = {"expiryDateTime": "2026-03-01T13:00:00Z", "idToken": CARD}
    answer = await central.asks("ReserveNow", {"id": 3, "evseId": 1, **until_one})
    assert answer[2] == {"status": "Accepted"}
    for number in (4, 3):
        ended: dict[str, Any] = {"reservationId": number, "reservationUpdateStatus": "Expired"}
        await station.box.says("ReservationStatusUpdate", **ended)
    await central.hears("ReservationStatusUpdate")
    assert [r["reservationId"] for r in central.payloads("ReservationStatusUpdate")] == [3]
    assert (await central.asks("CancelReservation", {"reservationId": 3}))[2] == {
        "status": "Accepted"
    }


# --- it only looks on, or is down --------------------------------------------------------------


async def test_a_mirror_sees_and_does_nothing(
    app: OwnersApp, central: Central, plug: Plug, version: str
) -> None:
    app.report_as = "STROM"
    app.grant = granted(central, mode="mirror")
    async with plug(version) as box:
        station = Station(box)
        await station.boots()
        await station.begins(PAID)
        await station.ends()
        stranger = Station(box, "tx-2")
        assert (await stranger.begins(CARD))["idTokenInfo"]["status"] == "Invalid"
        await stranger.ends()
        await station.reports()
        await central.hears("StatusNotification")
        assert told(central) == [("Started", 0), ("Ended", 1)]
        assert events(central)[0]["idToken"]["idToken"] == "STROM"
        assert OURS not in json.dumps(central.heard)
        start = {"idToken": CARD, "remoteStartId": 1}
        assert (await central.asks("RequestStartTransaction", start))[2] == REJECTED
        assert (await central.asks("Reset", {"type": "OnIdle"}))[2] == REJECTED
        assert [action for action, _ in box.asked] == []


async def test_while_it_is_down_charges_go_on_and_are_told_in_order(
    app: OwnersApp, central: Central, plug: Plug, version: str
) -> None:
    await central.stops()
    app.grant = granted(central, when_down="accept")
    async with plug(version) as box:
        await Station(box).boots()
        assert await box.says("Authorize", idToken=CARD) == TAKEN
        for charge in range(3):
            station = Station(box, f"tx-{charge}")
            assert await station.begins(CARD) == TAKEN
            await station.meters(1500)
            await station.meters(1600)
            await station.ends()
        await central.starts()
        await central.hears("TransactionEvent", times=12)
        names = [said["transactionInfo"]["transactionId"] for said in events(central)]
        assert names == [f"tx-{charge}" for charge in range(3) for _ in range(4)]
        assert [said["seqNo"] for said in events(central)] == [0, 1, 2, 3] * 3
        await until(lambda: len([t for t in app.heard(UpstreamTold) if t.is_end]) == 3)


async def test_while_it_is_down_the_owner_may_want_its_cards_refused(
    app: OwnersApp, central: Central, plug: Plug, version: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ocpp_edge.upstream.transactions.GRACE_S", 0)
    await central.stops()
    app.grant = granted(central, when_down="refuse")
    async with plug(version) as box:
        station = Station(box)
        await station.boots()
        assert await box.says("Authorize", idToken=CARD) == REFUSED
        assert await station.begins(CARD) == REFUSED
        await until(lambda: box.was_asked("RequestStopTransaction"))
        await station.ends()
        await central.starts()
        await central.hears("TransactionEvent", times=2)


async def test_a_backend_that_never_answers_keeps_nobody_waiting(
    station: Station, central: Central, app: OwnersApp
) -> None:
    central.answers |= {"Authorize": None, "TransactionEvent": None}
    assert await station.box.says("Authorize", seconds=2, idToken=CARD) == REFUSED
    assert (await station.begins(CARD, seconds=2)) == REFUSED
    for wh in range(1000, 1005):
        assert await station.meters(wh, seconds=0.4) == {}
    assert await station.ends(seconds=0.4) == {}


async def test_late_events_are_told_in_the_order_of_their_numbers(
    app: OwnersApp, central: Central, plug: Plug, version: str
) -> None:
    await central.stops()
    app.grant = granted(central, when_down="accept")
    async with plug(version) as box:
        await Station(box).boots()
        await box.says("TransactionEvent", **event("Started", 0, idToken=CARD))
        for number in (3, 1, 2):
            await box.says("TransactionEvent", **event("Updated", number, offline=True))
        await box.says("TransactionEvent", **event("Ended", 4))
        await central.starts()
        await central.hears("TransactionEvent", times=5)
        assert [said["seqNo"] for said in events(central)] == [0, 1, 2, 3, 4]


async def test_another_edge_tells_what_the_first_one_could_not(
    app: OwnersApp, central: Central, plug: Plug, version: str
) -> None:
    whole = UpstreamTransaction(
        transaction_id=NUMBER,
        connector=1,
        id_tag=THEIRS,
        meter_wh=1000,
        at=NOON,
        foreign=True,
        stopped_at=NOON,
        meter_stop_wh=4000,
        stop_reason="EVDisconnected",
        reference="tx-1",
        sequence=0,
        stop_sequence=9,
    )
    begun = UpstreamTransaction(
        transaction_id=transaction_id("tx-2"),
        connector=2,
        id_tag="04FF0001",
        meter_wh=2000,
        at=NOON,
        foreign=True,
        upstream_id=transaction_id("tx-2"),
        reference="tx-2",
    )
    app.grant = granted(central, transactions=(whole, begun))
    async with plug(version) as box:
        await Station(box).boots()
        await central.hears("TransactionEvent", times=2)
        start, end = events(central)
        assert (start["idToken"]["idToken"], start["seqNo"]) == (THEIRS, 0)
        assert (end["seqNo"], end["transactionInfo"]["stoppedReason"]) == (9, "EVDisconnected")
        stop = await central.asks("RequestStopTransaction", {"transactionId": "tx-2"})
        assert stop[2] == {"status": "Accepted"}
        await box.says("TransactionEvent", **event("Ended", 5, "tx-2"))
        await central.hears("TransactionEvent", times=3)
        assert events(central)[2]["seqNo"] == 5


async def test_after_a_firmware_update_nothing_is_told_in_the_old_version(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    """What another version left is told in the words of the one that is spoken now."""
    await central.stops()
    app.grant = granted(central, when_down="accept")
    async with plug("ocpp1.6") as box:
        await box.boots()
        number = (await box.starts(THEIRS))["transactionId"]
        await box.stops(number)
    owed = UpstreamTransaction(number, 1, THEIRS, 1000, NOON, True, None, NOON, 4000, "Local")
    app.grant = granted(central, when_down="accept", transactions=(owed,))
    central.subprotocol = "ocpp2.0.1"
    async with plug("ocpp2.0.1") as box:
        await Station(box).boots()
        await central.starts()
        await central.hears("TransactionEvent", times=2)
        assert set(central.actions()) <= {"BootNotification", "TransactionEvent"}
        names = {said["transactionInfo"]["transactionId"] for said in events(central)}
        assert names == {str(number)}
