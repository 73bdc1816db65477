"""OCPP 1.6's other profiles: reservations, lists, limits, the whitepaper's configuration."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.simulator import SimulatedCharger
from app.simulator.core.pace import timestamp, utc_now
from tests.simulator.conftest import NewDevice
from tests.simulator.csms import Csms

pytestmark = pytest.mark.parametrize("csms", ["ocpp1.6"], indirect=True)


def soon(seconds: float = 300) -> str:
    return timestamp(utc_now() + timedelta(seconds=seconds))


def limit(
    number: int, watts: float, *, purpose: str = "TxDefaultProfile", level: int = 0, **more: Any
) -> dict[str, Any]:
    schedule = {
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": watts}],
        **more.pop("schedule", {}),
    }
    return {
        "chargingProfileId": number,
        "stackLevel": level,
        "chargingProfilePurpose": purpose,
        "chargingProfileKind": "Relative",
        "chargingSchedule": schedule,
        **more,
    }


async def set_limit(csms: Csms, connector: int, profile: dict[str, Any]) -> str:
    asked = {"connectorId": connector, "csChargingProfiles": profile}
    return str((await csms.ask("SetChargingProfile", asked))["status"])


async def test_a_reserved_connector_waits_for_its_tag(device: SimulatedCharger, csms: Csms) -> None:
    reserve = {"connectorId": 1, "expiryDate": soon(), "idTag": "MINE", "reservationId": 3}
    assert (await csms.ask("ReserveNow", reserve))["status"] == "Accepted"
    await device.wait_for(status="Reserved")
    start = {"connectorId": 1, "idTag": "OTHER"}
    assert (await csms.ask("RemoteStartTransaction", start))["status"] == "Rejected"
    device.swipe("OTHER")
    await device.wait_for(event="not for OTHER")
    device.plug_in()
    device.swipe("mine")
    await device.wait_for(status="Charging", transaction_known=True)
    assert csms.received("StartTransaction")[0]["reservationId"] == 3
    assert (await csms.ask("CancelReservation", {"reservationId": 3}))["status"] == "Rejected"


async def test_a_group_shares_a_reservation(device: SimulatedCharger, csms: Csms) -> None:
    entry = {"idTag": "CHILD", "idTagInfo": {"status": "Accepted", "parentIdTag": "FAMILY"}}
    listed = {"listVersion": 1, "updateType": "Full", "localAuthorizationList": [entry]}
    assert (await csms.ask("SendLocalList", listed))["status"] == "Accepted"
    reserve = {
        "connectorId": 0,
        "expiryDate": soon(),
        "idTag": "PARENT",
        "parentIdTag": "FAMILY",
        "reservationId": 3,
    }
    assert (await csms.ask("ReserveNow", reserve))["status"] == "Accepted"
    start = {"connectorId": 1, "idTag": "CHILD"}
    assert (await csms.ask("RemoteStartTransaction", start))["status"] == "Accepted"


async def test_who_breaks_loses_the_reservation(new_device: NewDevice, csms: Csms) -> None:
    device = await new_device(connectors=2)
    device.fault(1)
    device.plug_in(2)
    reserve = {"connectorId": 1, "expiryDate": soon(), "idTag": "MINE", "reservationId": 3}
    assert (await csms.ask("ReserveNow", reserve))["status"] == "Faulted"
    assert (await csms.ask("ReserveNow", {**reserve, "connectorId": 2}))["status"] == "Occupied"
    device.unplug(2)
    expires = {**reserve, "connectorId": 2, "expiryDate": soon(0.2)}
    assert (await csms.ask("ReserveNow", expires))["status"] == "Accepted"
    await device.wait_for(connector=2, status="Reserved")
    await device.wait_for(connector=2, status="Available")


async def test_the_list_and_the_cache_decide_offline(device: SimulatedCharger, csms: Csms) -> None:
    entries = [
        {"idTag": "GOOD", "idTagInfo": {"status": "Accepted"}},
        {"idTag": "BAD", "idTagInfo": {"status": "Blocked"}},
    ]
    listed = {"listVersion": 4, "updateType": "Full", "localAuthorizationList": entries}
    assert (await csms.ask("SendLocalList", listed))["status"] == "Accepted"
    gone = {
        "listVersion": 5,
        "updateType": "Differential",
        "localAuthorizationList": [{"idTag": "GONE"}],
    }
    assert (await csms.ask("SendLocalList", gone))["status"] == "Accepted"
    assert await csms.ask("GetLocalListVersion") == {"listVersion": 5}
    device.go_offline()
    await device.wait_for(registered=False)
    device.plug_in()
    for stranger in ("BAD", "UNKNOWN"):
        device.swipe(stranger)
        await device.wait_for(event=f"{stranger} is not authorized")
    device.swipe("GOOD")
    await device.wait_for(status="Charging")


async def test_levels_and_purposes_stack(device: SimulatedCharger, csms: Csms) -> None:
    assert await set_limit(csms, 0, limit(1, 8000)) == "Accepted"
    assert await set_limit(csms, 1, limit(2, 5000, level=3)) == "Accepted"
    assert await set_limit(csms, 1, limit(3, 1, level=99)) == "Rejected", "too high"
    device.plug_in()
    await csms.ask("RemoteStartTransaction", {"connectorId": 1, "idTag": "TAG"})
    await device.wait_for(status="Charging", transaction_known=True)
    place = device.station.connectors[1]
    assert device.station.metering.offered_w(place) == 5000
    own = limit(4, 7000, purpose="TxProfile", transactionId=device.transaction.id)  # type: ignore[union-attr]
    assert await set_limit(csms, 1, own) == "Accepted"
    assert device.station.metering.offered_w(place) == 7000
    station = limit(5, 2000, purpose="ChargePointMaxProfile")
    assert await set_limit(csms, 1, station) == "Rejected", "only for the whole charger"
    assert await set_limit(csms, 0, station) == "Accepted"
    assert device.station.metering.offered_w(place) == 2000
    assert (await csms.ask("ClearChargingProfile", {"id": 5}))["status"] == "Accepted"
    device.press_stop()
    assert [profile.id for profile in place.profiles] == [1, 2], "its own went with it"


async def test_a_composite_schedule_sees_what_is_to_come(
    device: SimulatedCharger, csms: Csms
) -> None:
    steps = {
        "chargingSchedulePeriod": [
            {"startPeriod": 0, "limit": 3000},
            {"startPeriod": 60, "limit": 9000},
        ],
        "duration": 120,
    }
    assert await set_limit(csms, 1, limit(1, 0, schedule=steps)) == "Accepted"
    answer = await csms.ask(
        "GetCompositeSchedule", {"connectorId": 1, "duration": 300, "chargingRateUnit": "W"}
    )
    assert answer["chargingSchedule"]["chargingSchedulePeriod"] == [
        {"startPeriod": 0, "limit": 3000.0},
        {"startPeriod": 60, "limit": 9000.0},
        {"startPeriod": 120, "limit": 11000.0},
    ]
    whole = await csms.ask("GetCompositeSchedule", {"connectorId": 0, "duration": 60})
    assert whole["chargingSchedule"]["chargingSchedulePeriod"][0]["limit"] == 11000.0
    refused = await csms.ask("GetCompositeSchedule", {"connectorId": 9, "duration": 60})
    assert refused == {"status": "Rejected"}


async def test_a_recurring_limit_comes_back_every_day(device: SimulatedCharger, csms: Csms) -> None:
    now = utc_now()
    began = (now - timedelta(days=3, hours=1)).replace(microsecond=0)
    nightly = limit(
        1,
        1400,
        chargingProfileKind="Recurring",
        recurrencyKind="Daily",
        schedule={"startSchedule": timestamp(began), "duration": 7200},
    )
    assert await set_limit(csms, 0, nightly) == "Accepted"
    (held,) = device.station.connectors[1].profiles
    circuit = device.station.metering.circuit

    def allowed(moment: datetime) -> int | None:
        return held.limit_w(moment, None, circuit)

    assert allowed(now) == 1400
    assert allowed(now + timedelta(hours=2)) is None
    assert allowed(now + timedelta(days=1)) == 1400
    edges = held.changes(now, now + timedelta(days=1), None)
    assert sorted(edges) == [began + timedelta(days=3, hours=2), began + timedelta(days=4)]


async def test_a_profile_is_valid_only_for_a_while(device: SimulatedCharger, csms: Csms) -> None:
    past = limit(1, 100, validTo=soon(-60))
    assert await set_limit(csms, 1, past) == "Accepted"
    device.plug_in()
    await csms.ask("RemoteStartTransaction", {"connectorId": 1, "idTag": "TAG"})
    await device.wait_for(status="Charging")
    assert device.station.metering.offered_w(device.station.connectors[1]) == 11_000


async def test_the_whitepapers_keys(device: SimulatedCharger, csms: Csms) -> None:
    async def change(key: str, value: str) -> str:
        answer = await csms.ask("ChangeConfiguration", {"key": key, "value": value})
        return str(answer["status"])

    assert await change("AuthorizationKey", "short") == "Rejected"
    assert await change("SecurityProfile", "3") == "Rejected", "it has no certificate"
    assert await change("SecurityProfile", "2") == "RebootRequired"
    assert await change("SecurityProfile", "1") == "Rejected", "never lowered"
    assert await change("CpoName", "Strom") == "Accepted"
    known = await csms.ask("GetConfiguration", {"key": ["AuthorizationKey"]})
    assert known["configurationKey"] == [{"key": "AuthorizationKey", "readonly": False}]
    assert await change("AuthorizationKey", "0123456789abcdef0123") == "Accepted"
    await csms.until(lambda: len(csms.requests) == 2)


async def test_all_commands_of_1_6_are_known(device: SimulatedCharger, csms: Csms) -> None:
    """Each is answered, if only that its payload is wrong."""
    commands = [
        "CancelReservation",
        "ChangeAvailability",
        "ChangeConfiguration",
        "ClearCache",
        "ClearChargingProfile",
        "DataTransfer",
        "GetCompositeSchedule",
        "GetConfiguration",
        "GetDiagnostics",
        "GetLocalListVersion",
        "RemoteStartTransaction",
        "RemoteStopTransaction",
        "ReserveNow",
        "Reset",
        "SendLocalList",
        "SetChargingProfile",
        "TriggerMessage",
        "UnlockConnector",
        "UpdateFirmware",
        "CertificateSigned",
        "DeleteCertificate",
        "ExtendedTriggerMessage",
        "GetInstalledCertificateIds",
        "GetLog",
        "InstallCertificate",
        "SignedUpdateFirmware",
    ]
    for command in commands:
        answer = await csms.ask(command)
        refused = isinstance(answer, list)
        assert not refused or answer[2] == "OccurenceConstraintViolation", (command, answer)
    for message in ("LogStatusNotification", "FirmwareStatusNotification"):
        asked = {"requestedMessage": message}
        assert (await csms.ask("ExtendedTriggerMessage", asked))["status"] == "Accepted"
    await csms.until(lambda: bool(csms.received("SignedFirmwareStatusNotification")))
    await csms.until(lambda: bool(csms.received("LogStatusNotification")))
