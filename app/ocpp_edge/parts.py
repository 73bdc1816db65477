"""What a connected charge point is made with."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from app.charging.ports import Chance, Clock
from app.ocpp_edge.alarms import Alarms
from app.ocpp_edge.commands import Commands
from app.ocpp_edge.dispatcher import Dispatcher
from app.ocpp_edge.fleet.metrics import Metrics
from app.ocpp_edge.settings import EdgeSettings
from app.ocpp_edge.upstream import Upstreams
from app.telemetry.tracing import NO_TRACES, Tracer


class Socket(Protocol):
    """Where frames go."""

    def send_frame(self, frame: bytes) -> None:
        """Send without waiting; a socket that is gone takes it silently."""
        ...

    def close_soon(self, code: int, reason: str) -> None:
        """Close without waiting."""
        ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What all charge points of an edge share."""

    settings: EdgeSettings
    clock: Clock
    chance: Chance
    alarms: Alarms
    dispatcher: Dispatcher
    commands: Commands
    counters: Counter[str]
    metrics: Metrics = field(default_factory=Metrics)
    upstreams: Upstreams | None = None
    """Links to owners' own backends."""
    tracer: Tracer = NO_TRACES
