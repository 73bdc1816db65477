"""Starts that come to nothing, faults, and answers that never come."""

import asyncio

import pytest

from app.simulator import SimulatedCharger
from tests.simulator.central import Central
from tests.simulator.conftest import NewCharger


async def test_refuses_a_start(charger: SimulatedCharger, central: Central) -> None:
    charger.plug_in()
    charger.refuse_starts()
    assert await central.start() == "Rejected"
    assert charger.status == "Preparing"
    charger.refuse_starts(False)
    assert await central.start() == "Accepted"


async def test_the_cable_does_not_lock(charger: SimulatedCharger, central: Central) -> None:
    """The start is accepted, then the connector says why there is no transaction."""
    charger.plug_in()
    charger.cable_does_not_lock()
    assert await central.start() == "Accepted"
    await charger.wait_for(status="Faulted", received="StatusNotification.conf", times=4)
    assert central.received("StatusNotification")[-1]["errorCode"] == "ConnectorLockFailure"
    charger.unplug()
    await charger.wait_for(status="Available")
    assert central.received("StartTransaction") == []


async def test_nobody_plugs_in(charger: SimulatedCharger, central: Central) -> None:
    assert await central.start() == "Accepted"
    await charger.wait_for(status="Preparing")
    await charger.wait_for(status="Available", received="StatusNotification.conf", times=4)
    assert central.received("StartTransaction") == []


async def test_a_second_start_is_refused(charger: SimulatedCharger, central: Central) -> None:
    assert await central.start("TAG1") == "Accepted"
    assert await central.start("TAG2") == "Rejected"
    charger.plug_in()
    await charger.wait_for(status="Charging")
    assert await central.start("TAG2") == "Rejected"


async def test_no_start_until_the_last_car_has_left(
    charger: SimulatedCharger, central: Central
) -> None:
    charger.plug_in()
    await central.start()
    await charger.wait_for(status="Charging")
    charger.press_stop()
    assert charger.status == "Finishing"
    assert await central.start() == "Rejected"
    charger.unplug()
    assert await central.start() == "Accepted"


async def test_a_fault_mid_charge_stops_it(charger: SimulatedCharger, central: Central) -> None:
    charger.plug_in()
    await central.start()
    await charger.wait_for(status="Charging", transaction_known=True)
    charger.fault(error_code="GroundFailure")
    await charger.wait_for(nothing_waiting=True, received="StatusNotification.conf", times=5)
    assert central.received("StopTransaction")[0]["reason"] == "Other"
    assert central.received("StatusNotification")[-1]["errorCode"] == "GroundFailure"
    assert await central.start() == "Rejected"
    charger.clear_fault()
    assert charger.status == "Finishing"


async def test_unplugging_mid_charge_ends_it(charger: SimulatedCharger, central: Central) -> None:
    charger.plug_in()
    await central.start()
    await charger.wait_for(status="Charging", transaction_known=True)
    charger.unplug()
    await charger.wait_for(status="Available", nothing_waiting=True)
    assert central.received("StopTransaction")[0]["reason"] == "EVDisconnected"


async def test_it_can_wait_for_the_car_to_come_back(
    charger: SimulatedCharger, central: Central
) -> None:
    await central.configure("StopTransactionOnEVSideDisconnect", "false")
    charger.plug_in()
    await central.start()
    await charger.wait_for(status="Charging")
    charger.unplug()
    assert charger.status == "SuspendedEV"
    charger.plug_in()
    assert charger.status == "Charging"


async def test_unanswered_messages_are_sent_again(
    charger: SimulatedCharger, central: Central
) -> None:
    central.swallow["StartTransaction"] = 2
    charger.plug_in()
    await central.start()
    await charger.wait_for(transaction_known=True)
    starts = central.received("StartTransaction")
    assert len(starts) == 3
    assert starts[0] == starts[2]
    assert len(set(central.ids)) == len(central.ids)


async def test_a_start_given_up_is_stopped_under_no_known_id(
    charger: SimulatedCharger, central: Central
) -> None:
    await central.configure("TransactionMessageAttempts", "1")
    central.swallow["StartTransaction"] = 1
    charger.plug_in()
    await central.start()
    await charger.wait_for(status="Charging", sent="MeterValues")
    charger.press_stop()
    await charger.wait_for(nothing_waiting=True)
    assert len(central.received("StartTransaction")) == 1
    assert central.received("StopTransaction")[0]["transactionId"] == -1


async def test_a_start_answered_invalid_is_stopped(
    charger: SimulatedCharger, central: Central
) -> None:
    central.bad_tags = {"LATE"}
    charger.plug_in()
    await central.start("LATE")
    await charger.wait_for(status="Finishing", nothing_waiting=True)
    assert central.received("StopTransaction")[0]["reason"] == "DeAuthorized"


async def test_an_unauthorized_remote_start_comes_to_nothing(
    charger: SimulatedCharger, central: Central
) -> None:
    await central.configure("AuthorizeRemoteTxRequests", "true")
    central.bad_tags = {"BAD"}
    assert await central.start("BAD") == "Accepted"
    await charger.wait_for(status="Available", received="Authorize.conf")
    charger.plug_in()
    assert charger.transaction is None


async def test_a_late_start(charger: SimulatedCharger, central: Central) -> None:
    charger.late_start(0.3)
    charger.plug_in()
    assert await central.start() == "Accepted"
    assert charger.status == "Preparing"
    await asyncio.sleep(0.1)
    assert charger.transaction is None
    await charger.wait_for(status="Charging")


async def test_it_keeps_running_after_a_stop(charger: SimulatedCharger, central: Central) -> None:
    charger.keeps_running(times=1)
    charger.plug_in()
    await central.start()
    await charger.wait_for(transaction_known=True)
    running = charger.transaction
    assert running
    assert await central.stop(running.id) == "Accepted"
    assert charger.transaction is running
    assert await central.stop(running.id) == "Accepted"
    await charger.wait_for(status="Finishing")
    assert await central.stop(running.id) == "Rejected"


async def test_it_never_answers_though_its_heart_beats(
    charger: SimulatedCharger, central: Central
) -> None:
    await central.configure("HeartbeatInterval", "1")
    charger.never_answer()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.4):
            await central.start()
    await charger.wait_for(sent="Heartbeat", times=2)
    assert charger.status == "Available"


async def test_malformed_frames_do_not_end_it(charger: SimulatedCharger, central: Central) -> None:
    socket = central.peers["CP1"]._connection
    for frame in (
        "{",
        "[]",
        '[2,"1",["a"],{}]',
        "[3]",
        '[3,"unknown",{}]',
        "null",
        '[2,"2","Fly",{}]',
    ):
        await socket.send(frame)
    assert await central.start() == "Accepted"


async def test_a_pausing_car_suspends(charger: SimulatedCharger, central: Central) -> None:
    charger.plug_in()
    await central.start()
    await charger.wait_for(status="Charging")
    charger.car_pauses()
    assert charger.status == "SuspendedEV"
    held_wh = charger.register_wh
    await asyncio.sleep(0.1)
    assert charger.register_wh == held_wh
    charger.car_resumes()
    await charger.wait_for(status="Charging", register_wh=held_wh + 100)


async def test_the_charger_without_power_suspends(
    new_charger: NewCharger, central: Central
) -> None:
    charger = await new_charger()
    charger.plug_in()
    await central.start()
    await charger.wait_for(status="Charging")
    charger.set_power(0)
    assert charger.status == "SuspendedEVSE"
