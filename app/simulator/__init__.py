"""A faithful OCPP 1.6 and 2.0.1 charge point, for newcomers, tests and fleets.

``SimulatedCharger`` is one charger with everything a person can do to it; ``Fleet`` runs many in
one process; ``cli.simulate`` is what ``strom simulate`` runs.
"""

from app.simulator.charger import SimulatedCharger
from app.simulator.core.battery import Battery
from app.simulator.fleet.fleet import Fleet
from app.simulator.settings import SimulatorSettings

__all__ = ["Battery", "Fleet", "SimulatedCharger", "SimulatorSettings"]
