"""How the cars of a fleet come and go."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FleetLife:
    """Times on the wall clock, in seconds."""

    idle_s: float = 60.0
    """How long, on average, a connector stays free."""

    parked_s: float = 300.0
    """How long, on average, a car stays."""

    id_tag: str = ""
    """The card that drivers hold to the reader; without one they wait for a remote start."""
