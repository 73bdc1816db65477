"""What a fleet is to do, and what came of it."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from app.simulator.fleet.life import FleetLife
from app.simulator.fleet.times import Times


@dataclass(frozen=True, slots=True)
class FleetPlan:
    """A fleet, spread over processes. Times in seconds on the wall clock."""

    url: str
    identity: str = "FLEET"
    """Chargers are called ``{identity}-00001`` and so on."""

    password: str = ""
    count: int = 1_000
    first: int = 1
    """The number of the first charger."""

    credentials: tuple[tuple[str, str], ...] = ()
    """(identity, password) of each charger, where each has its own; instead of ``count``."""

    processes: int = 1
    ocpp: str = "1.6"
    connectors: int = 1
    power_w: int = 11_000
    speed: float = 1.0
    ca_file: str = ""
    connect_within_s: float = 10.0
    """The first connections are spread over so long."""

    connect_timeout_s: float = 120.0
    duration_s: float | None = 30.0
    """How long it runs once all are connected; None: until it is stopped."""

    charging_share: float = 0.0
    """The share of chargers that plug in and charge at once, with ``id_tag``."""

    id_tag: str = "FLEET"
    meter_values_per_s: float = 0.0
    """Over the whole fleet: of those that charge, or of all if none does. 0: as configured."""

    heartbeat_s: int = 300
    answer_timeout_s: float = 30.0
    storms_at_s: tuple[float, ...] = ()
    """When all of them lose the line at once."""

    storm_within_s: float = 5.0
    """How soon after a storm the slowest tries again."""

    boots_on_reconnect: bool = False
    drain_s: float = 30.0
    """How long answers are waited for in the end."""

    life: FleetLife | None = None
    """Cars that come and go, instead of a fixed share."""

    sources: tuple[str, ...] = ()
    """Local addresses to connect from: one has no more than some 28,000 ports."""

    misbehaves: frozenset[str] = frozenset()
    seed: int | None = None

    @property
    def size(self) -> int:
        """How many chargers there are."""
        return len(self.credentials) or self.count

    def shares(self) -> list["FleetPlan"]:
        """The plan of each process."""
        processes = max(1, min(self.processes, self.size))
        sizes = [self.size // processes + (at < self.size % processes) for at in range(processes)]
        starts = [sum(sizes[:at]) for at in range(processes)]
        return [
            replace(
                self,
                processes=1,
                count=size,
                first=self.first + start,
                credentials=self.credentials[start : start + size],
                meter_values_per_s=self.meter_values_per_s * size / self.size,
                sources=self.sources[at % len(self.sources) :][:1] if self.sources else (),
                seed=None if self.seed is None else self.seed + at,
            )
            for at, (size, start) in enumerate(zip(sizes, starts, strict=True))
        ]


@dataclass(frozen=True, slots=True)
class FleetState:
    """A fleet, or a share of it, at a moment."""

    chargers: int = 0
    online: int = 0
    statuses: dict[str, int] = field(default_factory=dict)
    answered: int = 0
    unanswered: int = 0


@dataclass(frozen=True, slots=True)
class FleetReport:
    """What came of a plan."""

    chargers: int
    connected: int
    """How many were online when the measuring began."""

    connect_s: float
    answers: Times
    """How long each answer took, by action and over all."""

    unanswered: int
    """Questions without an answer in time, or answered with an error."""

    readings: int
    """Meter values posted by ``meter_values_per_s``."""

    lost_messages: int
    """Transaction messages not answered at the end, and readings that never were."""

    storm_s: tuple[float, ...]
    """How long each storm lasted: until the last charger was back."""

    charger_kib: float
    """Memory of one charger, in its process."""

    cpu_s: float
    """Processor time of all processes, connecting included."""

    trouble: tuple[str, ...] = ()
    """What did not go as planned."""

    def lines(self) -> list[str]:
        """For people."""
        total = self.answers.total
        shown = [
            f"{self.connected} of {self.chargers} chargers connected in {self.connect_s:.1f} s",
            f"{total.count} answers: p50 {total.quantile_ms(0.5):.1f} ms, "
            f"p99 {total.quantile_ms(0.99):.1f} ms, slowest {total.slowest_ms:.1f} ms",
            f"{self.unanswered} unanswered, {self.lost_messages} lost",
            f"{self.charger_kib:.0f} KiB and {1000 * self.cpu_s / self.chargers:.1f} CPU ms "
            "for each charger",
        ]
        storms = [f"storm over after {seconds:.1f} s" for seconds in self.storm_s]
        by_action = [
            f"  {action}: {each.count}, p50 {each.quantile_ms(0.5):.1f} ms, "
            f"p99 {each.quantile_ms(0.99):.1f} ms"
            for action, each in sorted(self.answers.by_action.items())
        ]
        return [*shown, *storms, *by_action, *self.trouble]


def merged_states(states: Iterable[FleetState]) -> FleetState:
    """The whole fleet, from its shares."""
    listed = list(states)
    statuses: dict[str, int] = {}
    for state in listed:
        for name, count in state.statuses.items():
            statuses[name] = statuses.get(name, 0) + count
    return FleetState(
        chargers=sum(state.chargers for state in listed),
        online=sum(state.online for state in listed),
        statuses=statuses,
        answered=sum(state.answered for state in listed),
        unanswered=sum(state.unanswered for state in listed),
    )
