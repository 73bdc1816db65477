"""A charge point that two serve, over real sockets: whose is what, and in which order."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from app.edge_messages import UpstreamState, UpstreamTold, UpstreamTransaction
from tests.ocpp_edge.conftest import until
from tests.ocpp_edge.harness import NOON
from tests.ocpp_edge.upstream.central import (
    ACCEPTED,
    INVALID,
    OURS,
    PASSWORD,
    THEIRS,
    Central,
    OwnersApp,
    granted,
)
from tests.ocpp_edge.upstream.conftest import Plug

REJECTED = {"status": "Rejected"}


# --- money: what is paid for here is never touched -------------------------------------------


async def test_the_backend_never_stops_what_is_paid_for(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    app.report_as = "GUEST"
    app.grant = granted(central, report_id_tag="GUEST")
    async with plug() as box:
        await box.boots()
        ours = (await box.starts(OURS))["transactionId"]
        await central.hears("StartTransaction")
        [told] = central.payloads("StartTransaction")
        assert told["idTag"] == "GUEST"
        for number in (central.first_number, ours, 0, -1):
            answer = await central.asks("RemoteStopTransaction", {"transactionId": number})
            assert answer[2] == REJECTED
        assert not box.was_asked("RemoteStopTransaction")


async def test_a_backend_that_gives_one_number_twice_stops_its_own_alone(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    app.report_as = "GUEST"
    central.answers["StartTransaction"] = {**ACCEPTED, "transactionId": 42}
    app.grant = granted(central, report_id_tag="GUEST")
    async with plug() as box:
        await box.boots()
        await box.starts(OURS)
        theirs = (await box.starts(THEIRS, 2))["transactionId"]
        await central.hears("StartTransaction", times=2)
        answer = await central.asks("RemoteStopTransaction", {"transactionId": 42})
        assert answer[2] == {"status": "Accepted"}
        assert box.was_asked("RemoteStopTransaction") == [{"transactionId": theirs}]


@pytest.mark.parametrize(
    ("action", "payload"),
    [
        ("RemoteStartTransaction", {"idTag": "X", "connectorId": 1}),
        ("RemoteStartTransaction", {"idTag": "X"}),
        ("Reset", {"type": "Hard"}),
        ("ChangeAvailability", {"connectorId": 1, "type": "Inoperative"}),
        ("ChangeAvailability", {"connectorId": 0, "type": "Inoperative"}),
        ("DataTransfer", {"vendorId": "com.example", "messageId": "stop"}),
    ],
)
async def test_the_backend_may_not_touch_a_connector_that_a_payer_holds(
    app: OwnersApp, central: Central, plug: Plug, action: str, payload: dict[str, Any]
) -> None:
    app.held = {1}
    app.grant = granted(central)
    async with plug() as box:
        await box.boots()
        await central.hears("BootNotification")
        assert (await central.asks(action, payload))[2] == REJECTED
        assert not box.was_asked(action)
        app.held = set()
        assert (await central.asks(action, payload))[2] == {"status": "Accepted"}
        assert len(box.was_asked(action)) == 1


LIMIT: dict[str, Any] = {
    "chargingProfileId": 1,
    "stackLevel": 0,
    "chargingProfilePurpose": "TxProfile",
    "chargingProfileKind": "Absolute",
    "chargingSchedule": {
        "chargingRateUnit": "A",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 0}],
    },
}


@pytest.mark.parametrize("purpose", ["ChargePointMaxProfile", "TxDefaultProfile", "TxProfile"])
async def test_no_limit_of_the_backends_is_in_force_for_who_pays_next(
    app: OwnersApp, central: Central, plug: Plug, purpose: str
) -> None:
    app.grant = granted(central)
    limit = {**LIMIT, "chargingProfilePurpose": purpose}
    async with plug() as box:
        await box.boots()
        await central.hears("BootNotification")
        for connector in (0, 1):
            wanted = {"connectorId": connector, "csChargingProfiles": limit}
            assert (await central.asks("SetChargingProfile", wanted))[2] == REJECTED
        if purpose != "TxProfile":
            start = {"idTag": THEIRS, "connectorId": 1, "chargingProfile": limit}
            assert (await central.asks("RemoteStartTransaction", start))[2] == REJECTED
        assert not box.asked


async def test_the_backend_limits_its_own_charge_and_clears_that_limit_alone(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    app.grant = granted(central)
    async with plug() as box:
        await box.boots()
        await central.hears("BootNotification")
        ours = (await box.starts(THEIRS))["transactionId"]
        own = {**LIMIT, "transactionId": central.first_number}
        elsewhere = {"connectorId": 2, "csChargingProfiles": own}
        assert (await central.asks("SetChargingProfile", elsewhere))[2] == REJECTED
        wanted = {"connectorId": 1, "csChargingProfiles": own}
        assert (await central.asks("SetChargingProfile", wanted))[2] == {"status": "Accepted"}
        sent = box.was_asked("SetChargingProfile")[0]["csChargingProfiles"]
        assert sent["transactionId"] == ours
        assert sent["chargingProfileId"] != 1, "it could replace a limit of its owner's"
        everything = await central.asks("ClearChargingProfile", {})
        assert everything[2] == {"status": "Unknown"}
        assert (await central.asks("ClearChargingProfile", {"id": 1}))[2] == {"status": "Accepted"}
        assert box.was_asked("ClearChargingProfile") == [{"id": sent["chargingProfileId"]}]


async def test_no_word_of_the_app_is_a_no(app: OwnersApp, central: Central, plug: Plug) -> None:
    app.grant = granted(central)
    async with plug() as box:
        await box.boots()
        await central.hears("BootNotification")
        app.goes_down()
        assert (await central.asks("Reset", {"type": "Hard"}))[2] == REJECTED
        assert not box.was_asked("Reset")


async def test_a_paid_session_is_not_told_where_the_owner_does_not_want_it(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    app.grant = granted(central)
    async with plug() as box:
        await box.boots()
        await box.says("Authorize", idTag=OURS)
        number = (await box.starts(OURS))["transactionId"]
        await box.meters(number, 1500)
        await box.meters(None, 1600)
        await box.stops(number, idTag=OURS)
        await box.reports(1, "Available")
        await central.hears("StatusNotification")
        assert set(central.actions()) == {"BootNotification", "StatusNotification"}
        assert OURS not in json.dumps(central.heard)


async def test_no_odd_spelling_tells_who_pays(app: OwnersApp, central: Central, plug: Plug) -> None:
    app.report_as = "GUEST"
    app.grant = granted(central, report_id_tag="GUEST")
    async with plug() as box:
        await box.boots()
        start: dict[str, Any] = {"IDTAG": OURS, "connectorid": 1, "meterStart": "0", "note": OURS}
        number = await box.says("StartTransaction", timestamp="2026-03-01T12:00:00Z", **start)
        end: dict[str, Any] = {"idtag": OURS, "timestamp": "2026-03-01T12:30:00Z", "meterstop": 5}
        await box.says("StopTransaction", transactionid=number["transactionId"], **end)
        await central.hears("StartTransaction", "StopTransaction")
        assert OURS not in json.dumps(central.heard)


async def test_the_baseline_and_passwords_are_not_the_backends_to_change(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    app.grant = granted(central)
    async with plug() as box:
        await box.boots()
        await central.hears("BootNotification")
        for key in ("MeterValueSampleInterval", "metervaluesampleinterval", "AuthorizationKey"):
            answer = await central.asks("ChangeConfiguration", {"key": key, "value": "1"})
            assert answer[2] == REJECTED
        assert not box.was_asked("ChangeConfiguration")
        answer = await central.asks("ChangeConfiguration", {"key": "LightIntensity", "value": "1"})
        assert answer[2] == {"status": "Accepted"}
        for action in ("CertificateSigned", "InstallCertificate"):
            payload = {"certificateChain": "x"}
            if action == "InstallCertificate":
                payload = {"certificateType": "CentralSystemRootCertificate", "certificate": "x"}
            assert (await central.asks(action, payload))[2] == REJECTED


async def test_the_backend_does_not_read_passwords(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    app.grant = granted(central)
    async with plug() as box:
        secret = {"key": "AuthorizationKey", "readonly": False, "value": "topsecret"}
        plain = {"key": "NumberOfConnectors", "readonly": True, "value": "2"}
        box.answers["GetConfiguration"] = {"configurationKey": [secret, plain]}
        await box.boots()
        await central.hears("BootNotification")
        answer = (await central.asks("GetConfiguration", {}))[2]
        assert answer["configurationKey"][1] == plain
        assert "topsecret" not in json.dumps(answer)


# --- the backend's own transactions ------------------------------------------------------------


async def test_the_backend_decides_over_its_cards(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    app.grant = granted(central)
    central.answers["Authorize"] = lambda said: ACCEPTED if said["idTag"] == THEIRS else INVALID
    async with plug() as box:
        await box.boots()
        await central.hears("BootNotification")
        assert await box.says("Authorize", idTag=THEIRS) == ACCEPTED
        assert await box.says("Authorize", idTag="nobody") == INVALID
        assert await box.says("Authorize", idTag=OURS) == ACCEPTED
        assert central.payloads("Authorize") == [{"idTag": THEIRS}, {"idTag": "nobody"}]


async def test_each_knows_a_transaction_by_its_own_number(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    app.grant = granted(central)
    async with plug() as box:
        await box.boots()
        await central.hears("BootNotification")
        answer = await box.starts(THEIRS)
        ours, theirs = answer["transactionId"], central.first_number
        assert answer["idTagInfo"] == {"status": "Accepted"}
        assert ours != theirs
        await box.meters(ours, 1500)
        await central.hears("MeterValues")
        assert central.payloads("MeterValues")[0]["transactionId"] == theirs
        stop = await central.asks("RemoteStopTransaction", {"transactionId": theirs})
        assert stop[2] == {"status": "Accepted"}
        assert box.was_asked("RemoteStopTransaction") == [{"transactionId": ours}]
        await box.stops(ours, idTag=THEIRS, reason="Remote")
        await central.hears("StopTransaction")
        [told] = central.payloads("StopTransaction")
        assert (told["transactionId"], told["meterStop"], told["idTag"]) == (theirs, 4000, THEIRS)
        await until(lambda: UpstreamTold(ours, is_end=True) in app.heard(UpstreamTold))
        assert app.heard(UpstreamTold)[0] == UpstreamTold(ours, theirs)
        again = await central.asks("RemoteStopTransaction", {"transactionId": theirs})
        assert again[2] == REJECTED


async def test_what_the_backend_refuses_is_answered_so_and_stopped(
    app: OwnersApp, central: Central, plug: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ocpp_edge.upstream.transactions.GRACE_S", 0)
    app.grant = granted(central)
    blocked = {"idTagInfo": {"status": "Blocked"}, "transactionId": 9}
    central.answers["StartTransaction"] = blocked
    async with plug() as box:
        await box.boots()
        await central.hears("BootNotification")
        answer = await box.starts(THEIRS)
        assert answer["idTagInfo"] == {"status": "Blocked"}
        await until(lambda: box.was_asked("RemoteStopTransaction"))
        assert box.was_asked("RemoteStopTransaction")[0] == {
            "transactionId": answer["transactionId"]
        }


async def test_a_start_that_is_told_twice_reaches_the_backend_once(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    app.grant = granted(central)
    async with plug() as box:
        await box.boots()
        await central.hears("BootNotification")
        first, again = await box.starts(THEIRS), await box.starts(THEIRS)
        assert first == again
        assert len(central.payloads("StartTransaction")) == 1
        number = first["transactionId"]
        await box.stops(number)
        await box.stops(number)
        await box.reports(1, "Available")
        await central.hears("StatusNotification")
        assert len(central.payloads("StopTransaction")) == 1


async def test_a_remote_start_of_the_backends_is_its_own(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    app.grant = granted(central)
    async with plug() as box:
        await box.boots()
        await central.hears("BootNotification")
        answer = await central.asks("RemoteStartTransaction", {"idTag": THEIRS, "connectorId": 1})
        assert answer[2] == {"status": "Accepted"}
        assert box.was_asked("RemoteStartTransaction") == [{"idTag": THEIRS, "connectorId": 1}]
        await box.starts(THEIRS)
        assert central.payloads("StartTransaction")[0]["idTag"] == THEIRS


async def test_a_call_right_behind_the_answer_to_a_boot_is_taken(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    trigger = [2, "at-once", "TriggerMessage", {"requestedMessage": "Heartbeat"}]
    central.behind["BootNotification"] = json.dumps(trigger)
    app.grant = granted(central)
    async with plug() as box:
        await box.boots()
        await until(lambda: "at-once" in central.told)
        assert central.told["at-once"][2] == {"status": "Accepted"}


# --- how it connects ---------------------------------------------------------------------------


async def test_it_connects_as_the_charge_point(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    app.grant = granted(central)
    async with plug() as box:
        await box.boots()
        await box.reports(0, "Available")
        await box.reports(1, "Available")
        await central.hears("BootNotification", "StatusNotification")
        assert central.paths == ["/ocpp/BOX"]
        assert central.credentials == [f"BOX:{PASSWORD}"]
        [boot] = central.payloads("BootNotification")
        assert (boot["chargePointVendor"], boot["chargePointModel"]) == ("Ven", "Mod")
    await until(lambda: central.sockets[0].state.name == "CLOSED")


async def test_a_mirror_sees_and_does_nothing(app: OwnersApp, central: Central, plug: Plug) -> None:
    app.report_as = "STROM"
    app.grant = granted(central, mode="mirror")
    async with plug() as box:
        await box.boots()
        number = (await box.starts(OURS))["transactionId"]
        await box.meters(number, 1500)
        await box.stops(number, idTag=OURS)
        await box.reports(1, "Finishing")
        await central.hears("StopTransaction", "StatusNotification")
        wanted = ("StartTransaction", "MeterValues", "StopTransaction")
        assert tuple(central.actions(*wanted)) == wanted
        assert OURS not in json.dumps(central.heard)
        for action, payload in (
            ("RemoteStartTransaction", {"idTag": "X"}),
            ("ChangeConfiguration", {"key": "LightIntensity", "value": "1"}),
            ("Reset", {"type": "Soft"}),
        ):
            assert (await central.asks(action, payload))[2] == REJECTED
        refused = await central.asks("UpdateFirmware", {"location": "x", "retrieveDate": "x"})
        assert refused[0] == 4
        trigger = {"requestedMessage": "StatusNotification"}
        assert (await central.asks("TriggerMessage", trigger))[2] == {"status": "Accepted"}
        assert [action for action, _ in box.asked] == ["TriggerMessage"]


async def test_nothing_else_is_told_before_the_backend_has_accepted(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    boots = 0

    def pending(_: dict[str, Any]) -> dict[str, Any]:
        nonlocal boots
        boots += 1
        status = "Accepted" if boots > 2 else "Pending"
        return {"status": status, "interval": 1, "currentTime": "2026-03-01T12:00:00Z"}

    central.answers["BootNotification"] = pending
    app.grant = granted(central)
    async with plug() as box:
        await box.boots()
        await box.reports(1, "Available")
        await central.hears("StatusNotification")
        assert central.actions()[:4] == ["BootNotification"] * 3 + ["StatusNotification"]


async def test_another_edge_tells_what_the_first_one_could_not(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    whole = UpstreamTransaction(701, 1, THEIRS, 1000, NOON, True, None, NOON, 4000, "PowerLoss")
    begun = UpstreamTransaction(702, 2, "04FF", 2000, NOON, foreign=True, upstream_id=88)
    app.grant = granted(central, transactions=(whole, begun))
    async with plug() as box:
        await box.boots()
        await central.hears("StartTransaction", "StopTransaction")
        [start] = central.payloads("StartTransaction")
        assert (start["idTag"], start["meterStart"]) == (THEIRS, 1000)
        [stop] = central.payloads("StopTransaction")
        assert (stop["transactionId"], stop["reason"]) == (central.first_number, "PowerLoss")
        await box.stops(702)
        await central.hears("StopTransaction", times=2)
        assert central.payloads("StopTransaction")[1]["transactionId"] == 88


async def test_how_the_link_does_is_told(app: OwnersApp, central: Central, plug: Plug) -> None:
    await central.stops()
    app.grant = granted(central)
    async with plug() as box:
        await box.boots()
        await until(lambda: app.heard(UpstreamState))
        down = app.heard(UpstreamState)[-1]
        assert (down.connected, down.error) == (False, "it cannot be reached")
        await central.starts()
        await until(lambda: app.heard(UpstreamState)[-1].connected)
        assert app.heard(UpstreamState)[-1].error == ""


async def test_without_an_upstream_there_is_no_link(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    app.grant = replace_upstream(granted(central))
    async with plug() as box:
        await box.boots()
        await box.reports(1, "Available")
        await asyncio.sleep(0.05)
        assert not central.paths


def replace_upstream(grant: Any) -> Any:
    names = [name for name in grant.__struct_fields__ if name != "upstream"]
    return type(grant)(**{name: getattr(grant, name) for name in names})
