"""Which registers are believed: what no charge point of this power can have delivered is not.

One wrong register (a counter at its end, another unit, a meter that was exchanged) must not take
what a driver has prepaid. What is believed is limited twice: by the time since the last register
that was believed, and by all the time since the quote, by our own clock. Both are generous: what is
wild is caught, and a limit that a real charge reaches would cost its owner the energy.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.charging.pricing.registers import Register
from app.charging.session import Funding, Session

FACTOR = 2
"""So much more than its owner says may flow: nominal powers are round."""
LEAST_W = 100_000
"""What is reckoned with where the owner has named less, or nothing: many leave what is proposed."""
CLOCKS_S = 900
"""Clocks are put right while a charge point charges, and test rigs charge faster than life."""
STEP_WH = 1000
"""Some meters count whole kWh."""

LARGEST_WH = 10**15
"""No register shows more: a start that does has told none."""


@dataclass(frozen=True, slots=True)
class Believed:
    """A register that is believed; ``from_wh`` where it counts on from another than the last."""

    register: Register
    from_wh: int | None = None


def most_wh(max_power_w: int, passed: timedelta) -> int:
    """The most energy that is believed to have flowed in a time."""
    passed_s = max(passed // timedelta(seconds=1), 0) + CLOCKS_S
    return STEP_WH + FACTOR * max(max_power_w, LEAST_W) * passed_s // 3600


def believed(session: Session, meter_wh: int, at: datetime, lag_s: int) -> Believed | None:
    """What a register makes of a charge; None where it cannot be right.

    A level that was in doubt is taken as the meter's new one once the register goes on from there
    as a meter does: what it showed meanwhile is not charged for, only what flows from then on. One
    that stands still says nothing: so does a counter at its end.
    """
    stands = Register(session.meter_start_wh, session.meter_wh, session.energy_wh)
    after = stands.told(meter_wh)
    if _can_be(session, after, session.counted.seen_at, at, lag_s):
        return Believed(after)
    from_wh, since = session.doubted_wh, session.doubted_at
    if from_wh is None or since is None or meter_wh <= from_wh:
        return None
    after = stands.going_on_from(from_wh).told(meter_wh)
    return Believed(after, from_wh) if _can_be(session, after, since, at, lag_s) else None


def _can_be(session: Session, after: Register, since: datetime, at: datetime, lag_s: int) -> bool:
    """Whether so much can have flowed: since a moment of the charge point's, and in all."""
    more_wh = after.energy_wh - session.energy_wh
    if more_wh <= 0:
        return True
    power_w = session.quote.max_power_w
    by_its_clock = at - since
    by_ours = by_its_clock + timedelta(seconds=lag_s - session.lag_s)
    if more_wh > most_wh(power_w, max(by_its_clock, by_ours)):
        return False
    in_all = at + timedelta(seconds=lag_s) - _began(session)
    return after.energy_wh <= most_wh(power_w, in_all)


def _began(session: Session) -> datetime:
    """Before it nothing can have flowed. A charge that nobody paid for beforehand may have begun
    while its charge point was offline."""
    quoted_at, started_at = session.quote.at, session.started_at
    if session.funding is not Funding.OWNER or started_at is None:
        return quoted_at
    return min(quoted_at, started_at)
