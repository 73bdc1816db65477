"""The car at the other end of the cable."""

WATT_MS_PER_WH = 3_600_000
"""Energy is counted in watt-milliseconds, so that nothing is rounded while it adds up."""

TAPER_FROM_PERCENT = 80
LEAST_SHARE_PERCENT = 10


class Battery:
    """A car's battery: takes what is offered, less near the end, nothing when it is full.

    ``needs_wh`` is a driver's limit in the car: it takes exactly that much and not a Wh more,
    at full power to the last.
    """

    def __init__(
        self, *, capacity_wh: int = 60_000, soc_percent: int = 20, needs_wh: int | None = None
    ) -> None:
        self.capacity_wh = capacity_wh
        self._capacity = capacity_wh * WATT_MS_PER_WH
        self._stored = self._capacity * soc_percent // 100
        self._limit = self._capacity
        if needs_wh is not None:
            self._limit = min(self._capacity, self._stored + needs_wh * WATT_MS_PER_WH)
        self._tapers = needs_wh is None
        self.pauses = False
        """The car asks for no energy for now, though it is not full."""

    @property
    def soc_percent(self) -> int:
        """State of charge."""
        return self._stored * 100 // self._capacity

    @property
    def wants_energy(self) -> bool:
        """Whether the car would draw power if it were offered."""
        return not self.pauses and self._stored < self._limit

    def draws_w(self, offered_w: int) -> int:
        """The power the car takes just now when it is offered so much."""
        if not self.wants_energy:
            return 0
        if not self._tapers or self.soc_percent < TAPER_FROM_PERCENT:
            return offered_w
        left = 100 - self.soc_percent
        share = max(LEAST_SHARE_PERCENT, left * 100 // (100 - TAPER_FROM_PERCENT))
        return offered_w * share // 100

    def take(self, watt_ms: int) -> int:
        """Store energy; returns how much really went in."""
        taken = min(watt_ms, self._limit - self._stored)
        self._stored += taken
        return taken
