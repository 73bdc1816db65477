"""The meter of one connector: a register that only grows, and what it shows at a moment."""

from dataclasses import dataclass

from app.simulator.core.battery import WATT_MS_PER_WH, Battery

STEP_MS = 60_000
"""Long spans are integrated in steps, because a battery near its end takes less and less."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the meter, and the car beside it, show at one moment."""

    register_wh: int
    power_w: int
    offered_w: int
    phases: int = 3
    voltage_v: int = 230
    soc_percent: int | None = None


class Meter:
    """Counts the energy that went through, in whole Wh to the outside."""

    def __init__(self, register_wh: int = 0) -> None:
        self._counted = register_wh * WATT_MS_PER_WH

    @property
    def register_wh(self) -> int:
        """The energy register; goes down only when the meter is reset."""
        return self._counted // WATT_MS_PER_WH

    def advance(self, elapsed_ms: int, *, offered_w: int, battery: Battery) -> None:
        """Let energy flow into the battery for a while."""
        while elapsed_ms > 0:
            power_w = battery.draws_w(offered_w)
            if not power_w:
                return
            step_ms = min(elapsed_ms, STEP_MS)
            self._counted += battery.take(power_w * step_ms)
            elapsed_ms -= step_ms

    def reset(self) -> None:
        """Start from 0 again, as a meter that was replaced or has forgotten."""
        self._counted = 0

    def deliver(self, energy_wh: int, battery: Battery) -> None:
        """Let an exact amount flow at once, as much of it as the battery takes."""
        self._counted += battery.take(energy_wh * WATT_MS_PER_WH)
