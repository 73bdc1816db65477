"""A faithful OCPP 1.6J charge point, for newcomers, tests and fleets.

``SimulatedCharger`` is one charger with everything a person can do to it; ``Fleet`` runs many in
one process; ``cli.simulate`` is what ``strom simulate`` runs.
"""

from app.simulator.battery import Battery
from app.simulator.charger import SimulatedCharger
from app.simulator.fleet import Fleet
from app.simulator.settings import SimulatorSettings

__all__ = ["Battery", "Fleet", "SimulatedCharger", "SimulatorSettings"]
