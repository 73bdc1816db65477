"""What is told of a charge's end is its end."""

from app.simulator import SimulatedCharger
from tests.simulator.central import Central


async def test_no_energy_flows_once_its_end_was_told(
    charger: SimulatedCharger, central: Central
) -> None:
    """Although energy flows an hour in a second."""
    charger.plug_in()
    await central.start()
    await charger.wait_for(status="Charging", transaction_known=True, register_wh=2_000)
    charger.press_stop()
    await charger.wait_for(nothing_waiting=True)
    assert central.received("StopTransaction")[0]["meterStop"] == charger.register_wh
