"""What every part of one charger shares."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.simulator.bell import Bell
from app.simulator.configuration import Configuration
from app.simulator.journal import Journal
from app.simulator.pace import Pace
from app.simulator.settings import Behaviour, SimulatorSettings
from app.simulator.tasks import Tasks


@dataclass(frozen=True, slots=True)
class Parts:
    """Settings, clock and notebook of one charger."""

    settings: SimulatorSettings
    configuration: Configuration
    behaviour: Behaviour
    pace: Pace
    now: Callable[[], datetime]
    journal: Journal
    bell: Bell
    tasks: Tasks
