"""Many at once."""

from app.simulator import Fleet, SimulatorSettings
from app.simulator.fleet import FleetLife
from tests.simulator.central import PASSWORD, Central


async def test_a_fleet_comes_online_and_lives(central: Central) -> None:
    life = FleetLife(idle_s=0.1, parked_s=0.2, id_tag="CARD")
    fleet = Fleet(
        central.url,
        "CP",
        PASSWORD,
        count=20,
        settings=SimulatorSettings(speed=3600),
        life=life,
        start_within_s=0.2,
        seed=1,
    )
    async with fleet:
        await central.until(lambda: len(central.received("StopTransaction")) >= 20)
        assert fleet.registered == 20
        assert sorted(central.peers)[0] == "CP-00001"
        assert fleet.statuses().total() == 20
