"""What a backend may have a charge point of OCPP 2.0.1 or 2.1 do: nothing that touches who pays."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.ocpp_edge.upstream.central import Central, OwnersApp, granted
from tests.ocpp_edge.upstream.conftest import Plug
from tests.ocpp_edge.upstream.events import CARD, Station

REJECTED = {"status": "Rejected"}
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
