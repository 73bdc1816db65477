"""What the central system asks that neither starts nor stops a charge."""

from typing import Any

import pytest
from ocpp.v16 import call

from app.simulator import SimulatedCharger
from tests.simulator.central import Central
from tests.simulator.conftest import NewCharger


async def test_configuration_is_read(charger: SimulatedCharger, central: Central) -> None:
    answer = await central.ask(call.GetConfiguration(key=["NumberOfConnectors", "Colour"]))
    assert answer.configuration_key == [
        {"key": "NumberOfConnectors", "readonly": True, "value": "1"}
    ]
    assert answer.unknown_key == ["Colour"]
    everything = await central.ask(call.GetConfiguration())
    assert len(everything.configuration_key) > 20


@pytest.mark.parametrize(
    ("key", "value", "status"),
    [
        ("MeterValueSampleInterval", "5", "Accepted"),
        ("MeterValueSampleInterval", "soon", "Rejected"),
        ("MeterValuesSampledData", "Energy.Active.Import.Register,Voltage", "Accepted"),
        ("MeterValuesSampledData", "Temperature", "Rejected"),
        ("NumberOfConnectors", "2", "Rejected"),
        ("AuthorizeRemoteTxRequests", "perhaps", "Rejected"),
        ("Colour", "red", "NotSupported"),
    ],
)
async def test_configuration_is_changed(
    charger: SimulatedCharger, central: Central, key: str, value: str, status: str
) -> None:
    assert await central.configure(key, value) == status


async def test_measurands_follow_the_configuration(
    charger: SimulatedCharger, central: Central
) -> None:
    await central.configure("MeterValuesSampledData", "Current.Import,Voltage,Power.Offered")
    await central.configure("StopTxnSampledData", "Energy.Active.Import.Register")
    charger.plug_in()
    await central.start()
    await charger.wait_for(sent="MeterValues", transaction_known=True)
    charger.press_stop()
    await charger.wait_for(nothing_waiting=True)
    values = central.received("MeterValues")[0]["meterValue"][0]["sampledValue"]
    assert [value["unit"] for value in values] == ["A", "V", "W"]
    final = central.received("StopTransaction")[0]["transactionData"][0]["sampledValue"]
    assert final[0]["context"] == "Transaction.End"


async def test_unlocking_ends_the_transaction(charger: SimulatedCharger, central: Central) -> None:
    charger.plug_in()
    await central.start()
    await charger.wait_for(status="Charging", transaction_known=True)
    assert (await central.ask(call.UnlockConnector(1))).status == "Unlocked"
    await charger.wait_for(status="Finishing", nothing_waiting=True)
    assert central.received("StopTransaction")[0]["reason"] == "UnlockCommand"


async def test_unlocking_can_fail(charger: SimulatedCharger, central: Central) -> None:
    charger.lock_is_jammed()
    assert (await central.ask(call.UnlockConnector(1))).status == "UnlockFailed"
    assert (await central.ask(call.UnlockConnector(9))).status == "NotSupported"


async def test_out_of_service_and_back(new_charger: NewCharger, central: Central) -> None:
    """While somebody charges it waits for the end."""
    charger = await new_charger(connectors=2)
    charger.plug_in()
    await central.start()
    await charger.wait_for(status="Charging")
    assert (await central.ask(call.ChangeAvailability(0, "Inoperative"))).status == "Scheduled"
    await charger.wait_for(status="Unavailable", connector=2)
    assert charger.status == "Charging"
    charger.press_stop()
    await charger.wait_for(status="Unavailable")
    assert await central.start() == "Rejected"
    assert (await central.ask(call.ChangeAvailability(0, "Operative"))).status == "Accepted"
    await charger.wait_for(status="Available", connector=2)


async def test_messages_are_triggered(charger: SimulatedCharger, central: Central) -> None:
    async def trigger(message: str, connector: int | None = None) -> Any:
        return (await central.ask(call.TriggerMessage(message, connector))).status

    assert await trigger("Heartbeat") == "Accepted"
    await charger.wait_for(received="Heartbeat.conf")
    assert await trigger("StatusNotification", 1) == "Accepted"
    await charger.wait_for(received="StatusNotification.conf", times=3)
    assert await trigger("BootNotification") == "Accepted"
    await charger.wait_for(received="BootNotification.conf", times=2)
    assert await trigger("MeterValues", 1) == "Accepted"
    await charger.wait_for(received="MeterValues.conf")
    assert "transactionId" not in central.received("MeterValues")[0]
    assert await trigger("FirmwareStatusNotification") == "Accepted"
    assert await trigger("StatusNotification", 7) == "Rejected"


async def test_profiles_are_set_and_cleared(charger: SimulatedCharger, central: Central) -> None:
    schedule = {
        "chargingRateUnit": "W",
        "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 0.0}],
    }
    profile = {
        "chargingProfileId": 4,
        "stackLevel": 1,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": schedule,
    }
    assert (await central.ask(call.SetChargingProfile(0, profile))).status == "Accepted"
    charger.plug_in()
    await central.start()
    await charger.wait_for(status="SuspendedEVSE")
    cleared = call.ClearChargingProfile(charging_profile_purpose="TxDefaultProfile")
    assert (await central.ask(cleared)).status == "Accepted"
    await charger.wait_for(status="Charging")
    assert (await central.ask(cleared)).status == "Unknown"


async def test_the_rest_is_answered_truthfully(charger: SimulatedCharger, central: Central) -> None:
    assert (await central.ask(call.ClearCache())).status == "Rejected", "there is no cache"
    assert await central.configure("AuthorizationCacheEnabled", "true") == "Accepted"
    assert (await central.ask(call.ClearCache())).status == "Accepted"
    assert (await central.ask(call.DataTransfer("them"))).status == "UnknownVendorId"
    assert (await central.ask(call.DataTransfer("Strom", "Echo", "hi"))).data == "hi"
