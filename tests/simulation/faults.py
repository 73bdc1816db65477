"""What goes wrong in a run, and how often. Each run has some kinds of trouble and not others."""

import random
from dataclasses import dataclass, fields

RATES = (0.005, 0.02, 0.08)
PACES = (1.0, 1.0, 10.0, 40.0, 80.0)
HALF = 0.5


@dataclass(slots=True)
class Rates:
    """Chances, each for one call of its kind."""

    table_conflict: float = 0.0
    table_throttled: float = 0.0
    table_uncertain_before: float = 0.0
    table_uncertain_after: float = 0.0
    table_slow: float = 0.0
    due_stale: float = 0.0
    request_lost: float = 0.0
    answer_lost: float = 0.0
    network_slow: float = 0.0
    bus_lost: float = 0.0
    bus_doubled: float = 0.0
    bus_slow: float = 0.0
    queue_lost: float = 0.0
    queue_doubled: float = 0.0
    queue_slow: float = 0.0
    socket_cut: float = 0.0
    wallet_down: float = 0.0
    wallet_slow: float = 0.0
    wallet_unknown_though_paid: float = 0.0
    wallet_unknown_never_sent: float = 0.0
    wallet_not_found_lag: float = 0.0
    wallet_late_settle: float = 0.0
    wallet_pending: float = 0.0
    wallet_fails: float = 0.0
    webhook_lost: float = 0.0
    webhook_doubled: float = 0.0
    webhook_late: float = 0.0
    table_pace: float = 1.0
    """How much slower than usual the table is all the time; races need room."""


OFTENER = {
    "wallet_unknown_though_paid": 6.0,
    "wallet_unknown_never_sent": 4.0,
    "wallet_not_found_lag": 6.0,
    "wallet_late_settle": 8.0,
    "wallet_pending": 6.0,
    "wallet_fails": 4.0,
    "webhook_lost": 6.0,
    "webhook_doubled": 6.0,
    "webhook_late": 4.0,
    "queue_lost": 3.0,
    "queue_doubled": 10.0,
    "queue_slow": 6.0,
    "due_stale": 4.0,
    "table_uncertain_after": 1.5,
    "socket_cut": 0.1,
}
"""What happens once in a session must be likelier, so that runs see it."""


def draw(dice: random.Random) -> Rates:
    """The trouble of one run: about half of the kinds, each in its own measure."""
    rates = Rates()
    for field in fields(Rates)[:-1]:
        on, rate = dice.random() < HALF, dice.choice(RATES)
        if on:
            setattr(rates, field.name, min(rate * OFTENER.get(field.name, 1.0), 0.9))
    rates.table_pace = dice.choice(PACES)
    return rates


@dataclass(slots=True)
class Trouble:
    """Whether something goes wrong now."""

    rates: Rates
    is_on: bool = True
    without: frozenset[str] = frozenset()
    """Kinds that are left out of this replay."""

    def hits(self, dice: random.Random, kind: str) -> bool:
        """Roll for a kind of trouble. The roll is made in any case, so that runs stay alike."""
        rate: float = getattr(self.rates, kind)
        if rate <= 0.0:
            return False
        rolled = dice.random()
        return self.is_on and kind not in self.without and rolled < rate
