"""A faithful OCPP 1.6 and 2.0.1 charge point, for newcomers, tests and fleets.

``SimulatedCharger`` is one charger with everything a person can do to it; ``run_fleet`` runs many
in a few processes; ``cli.simulate`` is what ``strom simulate`` runs.
"""

from app.simulator.charger import SimulatedCharger
from app.simulator.core.battery import Battery
from app.simulator.fleet import Fleet, FleetPlan, FleetReport, run_fleet
from app.simulator.settings import SimulatorSettings

__all__ = [
    "Battery",
    "Fleet",
    "FleetPlan",
    "FleetReport",
    "SimulatedCharger",
    "SimulatorSettings",
    "run_fleet",
]
