"""A car comes, charges and leaves."""

from ocpp.v16 import call

from app.simulator import Battery, SimulatedCharger
from tests.simulator.central import Central
from tests.simulator.conftest import NewCharger


async def test_boots_and_tells_every_status(charger: SimulatedCharger, central: Central) -> None:
    assert central.actions()[:3] == ["BootNotification", "StatusNotification", "StatusNotification"]
    assert [status["connectorId"] for status in central.received("StatusNotification")] == [0, 1]
    assert charger.status == "Available"


async def test_a_whole_charge(charger: SimulatedCharger, central: Central) -> None:
    """Plug in, remote start, energy, remote stop, unplug: each status, every Wh told."""
    charger.plug_in()
    await charger.wait_for(status="Preparing")
    assert await central.start("TAG1") == "Accepted"
    await charger.wait_for(status="Charging", transaction_known=True)
    await charger.wait_for(register_wh=6_000)

    assert charger.transaction
    assert await central.stop(charger.transaction.id) == "Accepted"
    await charger.wait_for(status="Finishing", nothing_waiting=True)
    charger.unplug()
    await charger.wait_for(status="Available")
    await charger.wait_for(received="StatusNotification.conf", times=6)

    (start,) = central.received("StartTransaction")
    (stop,) = central.received("StopTransaction")
    assert start["idTag"] == "TAG1"
    assert start["meterStart"] == 1_000
    assert stop["transactionId"] == 701
    assert stop["reason"] == "Remote"
    assert stop["meterStop"] == charger.register_wh >= 6_000
    assert charger.statuses() == [
        "Available",
        "Preparing",
        "Charging",
        "Finishing",
        "Available",
    ]


async def test_readings_rise_and_name_their_transaction(
    charger: SimulatedCharger, central: Central
) -> None:
    charger.plug_in()
    await central.start()
    await charger.wait_for(sent="MeterValues", times=4)
    readings = central.received("MeterValues")
    registers = [int(item["meterValue"][0]["sampledValue"][0]["value"]) for item in readings]
    assert registers == sorted(registers)
    assert {item["transactionId"] for item in readings} == {701}
    shown = {value["measurand"] for value in readings[-1]["meterValue"][0]["sampledValue"]}
    assert shown == {"Energy.Active.Import.Register", "Power.Active.Import", "SoC"}


async def test_a_start_before_the_cable_waits_for_it(
    charger: SimulatedCharger, central: Central
) -> None:
    assert await central.start() == "Accepted"
    await charger.wait_for(status="Preparing")
    assert charger.transaction is None
    charger.plug_in()
    await charger.wait_for(status="Charging")


async def test_a_full_car_suspends_having_taken_exactly_what_it_needed(
    charger: SimulatedCharger, central: Central
) -> None:
    charger.plug_in(battery=Battery(needs_wh=2_345))
    await central.start()
    await charger.wait_for(status="SuspendedEV")
    assert charger.register_wh == 3_345


async def test_energy_by_hand(new_charger: NewCharger, central: Central) -> None:
    """With time standing still a test delivers what it likes, to the Wh."""
    charger = await new_charger(speed=0)
    charger.plug_in()
    await central.start()
    await charger.wait_for(status="Charging", transaction_known=True)
    charger.deliver(1_500)
    charger.press_stop()
    await charger.wait_for(nothing_waiting=True)
    assert central.received("StopTransaction")[0]["meterStop"] == 2_500
    assert central.received("StopTransaction")[0]["reason"] == "Local"


async def test_a_card_starts_too(charger: SimulatedCharger, central: Central) -> None:
    charger.plug_in()
    charger.swipe("CARD")
    await charger.wait_for(status="Charging", transaction_known=True)
    assert central.received("Authorize") == [{"idTag": "CARD"}]


async def test_two_connectors_charge_apart(new_charger: NewCharger, central: Central) -> None:
    charger = await new_charger(connectors=2)
    charger.plug_in(2)
    assert await central.start(connector=None) == "Accepted"
    await charger.wait_for(status="Charging", connector=2)
    assert charger.status_of(1) == "Available"
    assert await central.start(connector=2) == "Rejected"
    assert await central.start(connector=1) == "Accepted"
    assert await central.start(connector=3) == "Rejected"


async def test_a_profile_limits_and_suspends(charger: SimulatedCharger, central: Central) -> None:
    charger.plug_in()
    profile = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": {
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [
                {"startPeriod": 0, "limit": 6.0},
                {"startPeriod": 1, "limit": 0.0},
            ],
        },
    }
    await central.ask(call.RemoteStartTransaction("TAG1", 1, profile))
    await charger.wait_for(status="Charging")
    assert charger.station.metering.reading(charger.station.connectors[1]).offered_w == 4140 * 3600
    await charger.wait_for(status="SuspendedEVSE")
