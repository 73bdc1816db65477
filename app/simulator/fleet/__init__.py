"""Many chargers at once: ``run_fleet(FleetPlan(...))`` spreads them over processes."""

from app.simulator.fleet.fleet import Fleet, fleet_identity
from app.simulator.fleet.life import FleetLife
from app.simulator.fleet.plan import FleetPlan, FleetReport, FleetState
from app.simulator.fleet.run import FleetControl, run_fleet

__all__ = [
    "Fleet",
    "FleetControl",
    "FleetLife",
    "FleetPlan",
    "FleetReport",
    "FleetState",
    "fleet_identity",
    "run_fleet",
]
