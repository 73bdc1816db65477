"""What the central system asks in 2.0.1 besides charging."""

from datetime import timedelta
from typing import Any

import pytest

from app.simulator import SimulatedCharger
from app.simulator.core.pace import timestamp, utc_now
from tests.simulator.conftest import NewDevice
from tests.simulator.csms import Csms

TOKEN = {"idToken": "STROM1", "type": "Central"}
OTHER = {"idToken": "OTHER", "type": "ISO14443"}


def place(component: str, variable: str, **more: Any) -> dict[str, Any]:
    return {"component": {"name": component}, "variable": {"name": variable}, **more}


async def test_variables_are_read_and_written(device: SimulatedCharger, csms: Csms) -> None:
    wanted = [
        place("OCPPCommCtrlr", "HeartbeatInterval"),
        place("OCPPCommCtrlr", "Colour"),
        place("Paint", "Colour"),
        place("SecurityCtrlr", "BasicAuthPassword"),
        place("OCPPCommCtrlr", "HeartbeatInterval", attributeType="MaxSet"),
        {
            "component": {"name": "Connector", "evse": {"id": 1, "connectorId": 1}},
            "variable": {"name": "AvailabilityState"},
        },
    ]
    results = (await csms.ask("GetVariables", {"getVariableData": wanted}))["getVariableResult"]
    assert [(each["attributeStatus"], each.get("attributeValue")) for each in results] == [
        ("Accepted", "300"),
        ("UnknownVariable", None),
        ("UnknownComponent", None),
        ("Rejected", None),
        ("NotSupportedAttributeType", None),
        ("Accepted", "Available"),
    ]
    changes = [
        place("SampledDataCtrlr", "TxUpdatedInterval", attributeValue="5"),
        place("SampledDataCtrlr", "TxUpdatedInterval", attributeValue="often"),
        place("SampledDataCtrlr", "TxUpdatedMeasurands", attributeValue="Temperature"),
        place("TxCtrlr", "TxStartPoint", attributeValue="EVConnected,Authorized"),
        place("SmartChargingCtrlr", "RateUnit", attributeValue="W"),
        place("ClockCtrlr", "TimeZone", attributeValue="Europe/Berlin"),
    ]
    results = (await csms.ask("SetVariables", {"setVariableData": changes}))["setVariableResult"]
    assert [each["attributeStatus"] for each in results] == [
        "Accepted",
        "Rejected",
        "Rejected",
        "Accepted",
        "Rejected",
        "RebootRequired",
    ]
    assert device.configuration["MeterValueSampleInterval"] == "5"


async def test_a_new_password_holds_from_the_next_connection(
    device: SimulatedCharger, csms: Csms
) -> None:
    change = place("SecurityCtrlr", "BasicAuthPassword", attributeValue="0123456789abcdef")
    await csms.ask("SetVariables", {"setVariableData": [change]})
    await csms.until(lambda: len(csms.requests) == 2)
    first, second = (request.headers["Authorization"] for request in csms.requests)
    assert first != second
    assert "0123456789abcdef" not in str(device.log[-1])


async def test_the_base_report_comes_in_parts(device: SimulatedCharger, csms: Csms) -> None:
    asked = {"requestId": 3, "reportBase": "FullInventory"}
    assert (await csms.ask("GetBaseReport", asked))["status"] == "Accepted"
    await csms.until(lambda: any(not part["tbc"] for part in csms.received("NotifyReport")))
    parts = csms.received("NotifyReport")
    assert len(parts) > 2
    assert [part["seqNo"] for part in parts] == list(range(len(parts)))
    assert {part["requestId"] for part in parts} == {3}
    names = {each["component"]["name"] for part in parts for each in part["reportData"]}
    assert names >= {
        "OCPPCommCtrlr",
        "AuthCtrlr",
        "TxCtrlr",
        "SampledDataCtrlr",
        "AlignedDataCtrlr",
        "SecurityCtrlr",
        "ReservationCtrlr",
        "SmartChargingCtrlr",
        "LocalAuthListCtrlr",
        "ChargingStation",
        "EVSE",
        "Connector",
    }
    shown = [
        attribute
        for part in parts
        for each in part["reportData"]
        for attribute in each["variableAttribute"]
        if attribute["mutability"] == "WriteOnly"
    ]
    assert shown
    assert all("value" not in attribute for attribute in shown)


async def test_messages_are_triggered(device: SimulatedCharger, csms: Csms) -> None:
    async def trigger(message: str, evse: int | None = None) -> str:
        asked: dict[str, Any] = {"requestedMessage": message}
        if evse is not None:
            asked["evse"] = {"id": evse}
        return str((await csms.ask("TriggerMessage", asked))["status"])

    for message in (
        "BootNotification",
        "Heartbeat",
        "StatusNotification",
        "MeterValues",
        "FirmwareStatusNotification",
        "LogStatusNotification",
    ):
        before = len(csms.received(message))
        assert await trigger(message) == "Accepted"
        await csms.until(lambda m=message, n=before: len(csms.received(m)) == n + 1)  # type: ignore[misc]
    assert csms.received("BootNotification")[1]["reason"] == "Triggered"
    assert await trigger("TransactionEvent") == "Rejected", "there is none"
    assert await trigger("StatusNotification", 9) == "Rejected"
    assert await trigger("SignV2GCertificate") == "NotImplemented"


async def test_a_reservation_keeps_others_away(device: SimulatedCharger, csms: Csms) -> None:
    until = timestamp(utc_now() + timedelta(minutes=5))
    reserve = {"id": 4, "expiryDateTime": until, "idToken": TOKEN, "evseId": 1}
    assert (await csms.ask("ReserveNow", reserve))["status"] == "Accepted"
    await device.wait_for(status="Reserved")
    assert (await csms.ask("ReserveNow", {**reserve, "id": 5}))["status"] == "Occupied"
    asked = {"evseId": 1, "remoteStartId": 1, "idToken": OTHER}
    assert (await csms.ask("RequestStartTransaction", asked))["status"] == "Rejected"
    assert (await csms.ask("CancelReservation", {"reservationId": 9}))["status"] == "Rejected"
    device.plug_in()
    asked["idToken"] = TOKEN
    assert (await csms.ask("RequestStartTransaction", asked))["status"] == "Accepted"
    await device.wait_for(status="Charging", nothing_waiting=True)
    assert csms.received("TransactionEvent")[0]["reservationId"] == 4


async def test_a_reservation_expires(device: SimulatedCharger, csms: Csms) -> None:
    until = timestamp(utc_now() + timedelta(seconds=0.3))
    await csms.ask("ReserveNow", {"id": 4, "expiryDateTime": until, "idToken": TOKEN})
    await csms.until(lambda: bool(csms.received("ReservationStatusUpdate")))
    assert csms.received("ReservationStatusUpdate") == [
        {"reservationId": 4, "reservationUpdateStatus": "Expired"}
    ]
    await device.wait_for(status="Available")


async def test_a_start_may_bring_its_limit(device: SimulatedCharger, csms: Csms) -> None:
    period = {"startPeriod": 0, "limit": 3000}
    schedule = {"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": [period]}
    profile = {
        "id": 6,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": [schedule],
    }
    device.plug_in()
    asked = {"evseId": 1, "remoteStartId": 1, "idToken": TOKEN, "chargingProfile": profile}
    assert (await csms.ask("RequestStartTransaction", asked))["status"] == "Accepted"
    await device.wait_for(status="Charging")
    assert device.station.metering.offered_w(device.station.connectors[1]) == 3000


async def test_profiles_limit_and_are_reported(device: SimulatedCharger, csms: Csms) -> None:
    def profile(number: int, purpose: str, limit: float, level: int = 0) -> dict[str, Any]:
        period = {"startPeriod": 0, "limit": limit}
        schedule = {"id": 1, "chargingRateUnit": "W", "chargingSchedulePeriod": [period]}
        return {
            "id": number,
            "stackLevel": level,
            "chargingProfilePurpose": purpose,
            "chargingProfileKind": "Absolute",
            "chargingSchedule": [schedule],
        }

    async def set_profile(evse: int, wanted: dict[str, Any]) -> str:
        asked = {"evseId": evse, "chargingProfile": wanted}
        return str((await csms.ask("SetChargingProfile", asked))["status"])

    assert await set_profile(1, profile(1, "TxProfile", 3000)) == "Rejected", "no transaction"
    assert await set_profile(0, profile(2, "TxDefaultProfile", 6000)) == "Accepted"
    assert await set_profile(0, profile(3, "ChargingStationMaxProfile", 4000)) == "Accepted"
    assert await set_profile(1, profile(4, "ChargingStationMaxProfile", 4000)) == "Rejected"
    asked = {"evseId": 1, "duration": 600}
    composite = (await csms.ask("GetCompositeSchedule", asked))["schedule"]
    assert composite["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 4000.0}]
    wanted = {"requestId": 8, "chargingProfile": {}}
    assert (await csms.ask("GetChargingProfiles", wanted))["status"] == "Accepted"
    await csms.until(lambda: len(csms.received("ReportChargingProfiles")) == 2)
    purposes = [
        profile["chargingProfilePurpose"]
        for report in csms.received("ReportChargingProfiles")
        for profile in report["chargingProfile"]
    ]
    assert purposes == ["ChargingStationMaxProfile", "TxDefaultProfile"]
    criteria = {"chargingProfileCriteria": {"chargingProfilePurpose": "ChargingStationMaxProfile"}}
    assert (await csms.ask("ClearChargingProfile", criteria))["status"] == "Accepted"
    assert (await csms.ask("ClearChargingProfile", criteria))["status"] == "Unknown"
    composite = (await csms.ask("GetCompositeSchedule", asked))["schedule"]
    assert composite["chargingSchedulePeriod"] == [{"startPeriod": 0, "limit": 6000.0}]


async def test_the_local_list_lets_in_offline(device: SimulatedCharger, csms: Csms) -> None:
    entry = {"idToken": OTHER, "idTokenInfo": {"status": "Accepted"}}
    listed = {"versionNumber": 2, "updateType": "Full", "localAuthorizationList": [entry]}
    assert (await csms.ask("SendLocalList", listed))["status"] == "Accepted"
    older = {"versionNumber": 1, "updateType": "Differential"}
    assert (await csms.ask("SendLocalList", older))["status"] == "VersionMismatch"
    assert (await csms.ask("GetLocalListVersion"))["versionNumber"] == 2
    device.go_offline()
    await device.wait_for(registered=False)
    device.plug_in()
    device.swipe("STRANGER")
    await device.wait_for(event="STRANGER is not authorized")
    device.swipe("OTHER")
    await device.wait_for(status="Charging")
    device.come_back()
    await device.wait_for(nothing_waiting=True, registered=True)
    first = csms.received("TransactionEvent")[0]
    assert (first["offline"], first["idToken"]["idToken"]) == (True, "OTHER")


@pytest.mark.parametrize(
    ("action", "payload", "field", "value"),
    [
        ("ClearCache", {}, "status", "Rejected"),
        ("DataTransfer", {"vendorId": "them"}, "status", "UnknownVendorId"),
        ("CostUpdated", {"totalCost": 1.5, "transactionId": "x"}, "status", None),
        ("SetMonitoringBase", {"monitoringBase": "All"}, "status", "NotSupported"),
        ("GetDisplayMessages", {"requestId": 1}, "status", "Unknown"),
        ("ChangeAvailability", {"operationalStatus": "Inoperative"}, "status", "Accepted"),
        ("GetReport", {"requestId": 5}, "status", "Accepted"),
        ("GetInstalledCertificateIds", {}, "status", "NotFound"),
    ],
)
async def test_every_answer_is_to_the_letter(
    device: SimulatedCharger,
    csms: Csms,
    action: str,
    payload: dict[str, Any],
    field: str,
    value: str | None,
) -> None:
    assert (await csms.ask(action, payload)).get(field) == value


async def test_what_is_no_call_is_refused(device: SimulatedCharger, csms: Csms) -> None:
    assert (await csms.ask("Fly"))[2] == "NotImplemented"
    assert (await csms.ask("Reset", {}))[2] == "OccurrenceConstraintViolation"
    assert (await csms.ask("Reset", {"type": 3}))[2] == "TypeConstraintViolation"
    csms.errors.clear()


async def test_values_by_the_clock(new_device: NewDevice, csms: Csms) -> None:
    await new_device(configuration={"ClockAlignedDataInterval": "1"})
    await csms.until(lambda: len(csms.received("MeterValues")) >= 1)
    sampled = csms.received("MeterValues")[0]["meterValue"][0]["sampledValue"][0]
    assert sampled["context"] == "Sample.Clock"


@pytest.mark.parametrize("csms", ["ocpp2.1"], indirect=True)
async def test_it_speaks_2_1_too(new_device: NewDevice, csms: Csms) -> None:
    device = await new_device()
    device.plug_in()
    await csms.ask("RequestStartTransaction", {"evseId": 1, "remoteStartId": 1, "idToken": TOKEN})
    await device.wait_for(status="Charging", transaction_known=True)
