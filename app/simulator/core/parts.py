"""What every part of one charger shares."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from app.simulator.core.bell import Bell
from app.simulator.core.configuration import Configuration
from app.simulator.core.pace import Pace
from app.simulator.core.tasks import Tasks
from app.simulator.journal import Journal
from app.simulator.manners.quirks import Manners
from app.simulator.settings import Behaviour, SimulatorSettings


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
    manners: Manners
