"""Losing the network, the power or the central system's patience."""

from ocpp.v16 import call

from app.simulator import SimulatedCharger
from tests.simulator.central import PASSWORD, Central
from tests.simulator.conftest import FAST, NewCharger


async def test_what_happened_offline_is_replayed_in_order(
    charger: SimulatedCharger, central: Central
) -> None:
    """The car charges on and leaves while the network is gone; nothing is lost, nothing twice."""
    charger.plug_in()
    await central.start()
    await charger.wait_for(status="Charging", transaction_known=True)
    charger.go_offline()
    await charger.wait_for(registered=False)
    known_before = len(central.frames)
    await charger.wait_for(register_wh=charger.register_wh + 3_000)
    charger.unplug()
    assert charger.waiting >= 2

    charger.come_back()
    await charger.wait_for(nothing_waiting=True)
    replayed = [name for name, _ in central.frames[known_before:] if name != "StatusNotification"]
    assert replayed[-1] == "StopTransaction"
    assert set(replayed[:-1]) == {"MeterValues"}
    assert central.received("StopTransaction")[0]["transactionId"] == 701
    assert central.received("StopTransaction")[0]["reason"] == "EVDisconnected"
    assert len(central.received("BootNotification")) == 1


async def test_a_whole_transaction_offline_gets_its_id_when_replayed(
    charger: SimulatedCharger, central: Central
) -> None:
    charger.plug_in()
    charger.station.transactions.begin(charger.station.connectors[1], "LOCAL")
    charger.go_offline()
    charger.press_stop()
    await charger.wait_for(registered=False)
    charger.come_back()
    await charger.wait_for(nothing_waiting=True)
    assert central.received("StopTransaction")[0]["transactionId"] == central.last_transaction


async def test_a_resent_message_has_a_new_id(charger: SimulatedCharger, central: Central) -> None:
    """The connection drops before the answer: the same facts again under another message id."""
    central.swallow["StartTransaction"] = 1
    charger.plug_in()
    await central.start()
    await charger.wait_for(sent="StartTransaction")
    charger.go_offline()
    await charger.wait_for(registered=False)
    charger.come_back()
    await charger.wait_for(transaction_known=True)
    first, second = charger.sent("StartTransaction")
    assert first == second
    assert len(set(central.ids)) == len(central.ids)


async def test_only_changed_statuses_are_told_after_a_reconnect(
    new_charger: NewCharger, central: Central
) -> None:
    charger = await new_charger(connectors=2)
    charger.go_offline()
    await charger.wait_for(registered=False)
    charger.plug_in(2)
    told = len(central.received("StatusNotification"))
    charger.come_back()
    await charger.wait_for(received="StatusNotification.conf", times=told + 1)
    (change,) = central.received("StatusNotification")[told:]
    assert (change["connectorId"], change["status"]) == (2, "Preparing")


async def test_some_chargers_boot_on_every_reconnect(
    new_charger: NewCharger, central: Central
) -> None:
    charger = await new_charger(boots_on_reconnect=True)
    charger.go_offline()
    await charger.wait_for(registered=False)
    charger.come_back()
    await charger.wait_for(received="BootNotification.conf", times=2, registered=True)


async def test_a_boot_tells_only_how_it_is_now(new_charger: NewCharger, central: Central) -> None:
    """What the connectors went through before the boot is of no interest any more."""
    central.boot_answers = [("Pending", 2)]
    charger = await new_charger(waits=False)
    charger.plug_in()
    charger.unplug()
    await charger.wait_for(received="StatusNotification.conf", times=2)
    assert charger.statuses() == ["Available"]


async def test_power_loss_ends_the_transaction_and_boots(
    charger: SimulatedCharger, central: Central
) -> None:
    charger.plug_in()
    await central.start()
    await charger.wait_for(status="Charging", transaction_known=True)
    charger.power_loss()
    await charger.wait_for(registered=False)
    charger.come_back()
    await charger.wait_for(nothing_waiting=True, registered=True)
    assert central.received("StopTransaction")[0]["reason"] == "PowerLoss"
    assert len(central.received("BootNotification")) == 2


async def test_resets(charger: SimulatedCharger, central: Central) -> None:
    """A soft one says why it stops before it goes; a hard one after it is back."""
    for times, (kind, reason) in enumerate([("Soft", "SoftReset"), ("Hard", "HardReset")], 2):
        charger.plug_in()
        await central.start(f"TAG{times}")
        await charger.wait_for(status="Charging", transaction_known=True)
        await central.ask(call.Reset(kind))
        await charger.wait_for(sent="BootNotification", times=times)
        await charger.wait_for(nothing_waiting=True, registered=True)
        assert central.received("StopTransaction")[-1]["reason"] == reason
        charger.unplug()
    actions = [
        name for name in central.actions() if name in ("BootNotification", "StopTransaction")
    ]
    boot, stop = "BootNotification", "StopTransaction"
    assert actions == [boot, stop, boot, boot, stop]


async def test_pending_and_rejected_boots_are_repeated_in_silence(
    new_charger: NewCharger, central: Central
) -> None:
    central.boot_answers = [("Rejected", 1), ("Pending", 2)]
    charger = await new_charger(waits=False)
    await charger.wait_for(received="BootNotification.conf", times=2)
    assert central.actions() == ["BootNotification"] * 2
    charger.plug_in()
    assert await central.start() == "Rejected"
    await charger.wait_for(status="Preparing", received="StatusNotification.conf", times=2)
    assert central.actions()[2] == "BootNotification"


async def test_the_boot_answer_sets_the_heartbeat(
    new_charger: NewCharger, central: Central
) -> None:
    central.boot_answers = [("Accepted", 1)]
    charger = await new_charger()
    await charger.wait_for(sent="Heartbeat", times=2, timeout=1)
    assert charger.configuration["HeartbeatInterval"] == "1"


async def test_a_changed_heartbeat_interval_holds_at_once(
    charger: SimulatedCharger, central: Central
) -> None:
    assert await central.configure("HeartbeatInterval", "1") == "Accepted"
    await charger.wait_for(sent="Heartbeat", timeout=1)


async def test_a_wrong_password_is_tried_again(central: Central) -> None:
    async with SimulatedCharger(central.url, "CP1", "wrong", settings=FAST) as charger:
        await charger.wait_for(event="HTTP 401", times=2)
        assert not charger.connected
        assert PASSWORD not in str(charger.log)


async def test_an_outage_of_the_central_system_is_survived() -> None:
    """Nobody listens at first; the charger keeps trying until somebody does."""
    async with Central() as central:
        port, url = central.port, central.url
    async with SimulatedCharger(url, "CP1", PASSWORD, settings=FAST) as charger:
        await charger.wait_for(event="cannot connect", times=2)
        async with Central(port):
            await charger.wait_for(registered=True)
        await charger.wait_for(registered=False)
