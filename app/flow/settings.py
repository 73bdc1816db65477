"""Times of the flow."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FlowSettings:
    """Times of the flow. Performer time-out < lease, for commands as for the rest."""

    lease_s: float = 90
    perform_timeout_s: float = 75
    command_lease_s: float = 15
    command_timeout_s: float = 10
    """A command is only handed to the bus: a lease that was lost must not cost a start its time."""
    queue_grace_s: float = 5
    """An effect that nobody performed within this is found by the sweep."""
    at_once_grace_s: float = 45
    """The same of one that is performed right after the decision: how long a command that was
    handed over waits for what it is to bring about, so that nothing is written in between."""
    retry_s: float = 0.02
    retries: int = 12
    backoff_cap_s: float = 300
