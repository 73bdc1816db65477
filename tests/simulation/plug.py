"""A connector and the car at it: energy flows with virtual time."""

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Car:
    """Somebody's car."""

    owner: str
    wants_wh: float


@dataclass(slots=True, eq=False)
class Transaction:
    """A transaction as the charge point knows it."""

    id_tag: str
    started: str
    meter_start_wh: int
    id: int | None = None
    is_over: bool = False


@dataclass(slots=True)
class Plug:
    """One connector."""

    number: int
    loop: asyncio.AbstractEventLoop
    power_w: int
    register_wh: float = 0.0
    car: Car | None = None
    is_finished: bool = False
    is_faulted: bool = False
    waits_for: str = ""
    """The idTag of a start that was accepted and waits for a car."""
    waits_until_s: float = 0.0
    transaction: Transaction | None = None
    delivered_wh: dict[str, float] = field(default_factory=dict)
    """By idTag: what really went into cars."""
    stood_s: dict[str, float] = field(default_factory=dict)
    """By idTag: how long a car stood there from its transaction on without charging."""
    stands_for: str = ""
    told: str = ""
    _counted_s: float = 0.0

    @property
    def status(self) -> str:
        """In the words of OCPP 1.6."""
        if self.is_faulted:
            return "Faulted"
        if self.transaction is not None:
            is_full = self.car is None or self.car.wants_wh <= 0
            return "SuspendedEV" if is_full else "Charging"
        if self.car is not None:
            return "Finishing" if self.is_finished else "Preparing"
        return "Preparing" if self.waits_for else "Available"

    def meter(self) -> int:
        """Let the energy flow that has flowed by now; the register, in whole Wh."""
        now_s = self.loop.time()
        passed_s, self._counted_s = now_s - self._counted_s, now_s
        transaction, car = self.transaction, self.car
        charged_s = 0.0
        if transaction is not None and car is not None and not self.is_faulted:
            flowed_wh = min(self.power_w * passed_s / 3600, max(car.wants_wh, 0.0))
            self.register_wh += flowed_wh
            car.wants_wh -= flowed_wh
            before = self.delivered_wh.get(transaction.id_tag, 0.0)
            self.delivered_wh[transaction.id_tag] = before + flowed_wh
            charged_s = flowed_wh * 3600 / self.power_w
        if car is not None and self.stands_for:
            stood_s = self.stood_s.get(self.stands_for, 0.0)
            self.stood_s[self.stands_for] = stood_s + passed_s - charged_s
        return int(self.register_wh)
