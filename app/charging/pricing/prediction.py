"""When a budget is used up: the same pricing, run ahead on a straight line."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.charging.money import Rate
from app.charging.pricing.stretches import UWH_PER_WH, Doing, Piece, Stretch
from app.charging.pricing.tally import Tally, added, moving, with_piece
from app.charging.pricing.tariff import Tariff
from app.charging.pricing.totals import cost_msat
from app.charging.pricing.wall_clock import DAY_US, SECOND_US, moment, moment_us

HORIZON_DAYS = 7
"""A budget that lasts for longer is no limit; the next reading looks again."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The last moment, to the second, and the most energy since the start, in Wh, at which the
    cost is still within the budget."""

    at: datetime
    energy_wh: int


def used_up(
    tariff: Tariff, rate: Rate, tally: Tally, budget_msat: int, power_w: int
) -> Forecast | None:
    """When a budget is used up at a power, 0 for a car that stands; None when not within a week.

    Where a single step of energy or time costs more than is left, that is now.
    """
    if cost_msat(tariff, rate, tally) > budget_msat:
        return Forecast(tally.seen_at, tally.energy_uwh // UWH_PER_WH)
    now_us = moment_us(tally.seen_at)
    if power_w > 0:
        tally = moving(tariff, tally)
    for day in range(HORIZON_DAYS):
        ahead = _ahead(tariff, tally, now_us + day * DAY_US, power_w)
        for piece in tariff.schedule.pieces(ahead, moment_us(tally.started_at)):
            after = with_piece(tariff, tally, piece)
            if cost_msat(tariff, rate, after) > budget_msat:
                return _within(tariff, rate, tally, budget_msat, piece)
            tally = after
    return None


def estimated_msat(tariff: Tariff, rate: Rate, tally: Tally, energy_wh: int, power_w: int) -> int:
    """What so much more energy costs at a steady power, after what has been counted."""
    before_msat = cost_msat(tariff, rate, tally)
    tally = moving(tariff, tally)
    begins_us, from_uwh = moment_us(tally.seen_at), tally.energy_uwh
    ends_us = begins_us + energy_wh * 3600 * SECOND_US // max(power_w, 1)
    ahead = Stretch(begins_us, ends_us, from_uwh, from_uwh + energy_wh * UWH_PER_WH)
    return cost_msat(tariff, rate, added(tariff, tally, ahead)) - before_msat


def _ahead(tariff: Tariff, tally: Tally, from_us: int, power_w: int) -> Stretch:
    """A day at a power; a car that stands parks once the grace is over."""
    energy_uwh = power_w * 24 * UWH_PER_WH
    if power_w > 0:
        return Stretch(from_us, from_us + DAY_US, tally.energy_uwh, tally.energy_uwh + energy_uwh)
    parks_us = moment_us(tally.still_since + timedelta(seconds=tariff.grace_s))
    begins_us = min(max(from_us, parks_us), from_us + DAY_US)
    return Stretch(begins_us, from_us + DAY_US, tally.energy_uwh, tally.energy_uwh, Doing.PARKING)


def _within(tariff: Tariff, rate: Rate, tally: Tally, budget_msat: int, piece: Piece) -> Forecast:
    """Where in a piece the budget ends: the last whole Wh, or for a car that stands, second."""
    parked = piece.from_uwh == piece.to_uwh
    unit, first = (SECOND_US, piece.begins_us) if parked else (UWH_PER_WH, piece.from_uwh)
    steps = (piece.ends_us - first if parked else piece.to_uwh - first) // unit

    def position(step: int) -> tuple[int, int]:
        if parked:
            return first + step * unit, piece.to_uwh
        register_uwh = (first // unit + step) * unit
        return piece.stretch.moment_at(register_uwh), register_uwh

    def cost(step: int) -> int:
        ends_us, to_uwh = position(step)
        begun = replace(piece, ends_us=ends_us, to_uwh=to_uwh)
        return cost_msat(tariff, rate, with_piece(tariff, tally, begun))

    step = _last_within(cost, steps, cost_msat(tariff, rate, tally), budget_msat)
    at_us, register_uwh = position(step) if step else (piece.begins_us, piece.from_uwh)
    return Forecast(moment(at_us - at_us % SECOND_US), register_uwh // UWH_PER_WH)


def _last_within(cost: Callable[[int], int], steps: int, cost_now: int, budget: int) -> int:
    """The last step up to which the cost is within the budget; 0 if none is.

    Within a piece cost grows evenly, but for fees and steps: the first guess mostly is right.
    """
    low, high = 0, steps + 1
    rise = cost(steps) - cost_now
    guess = (budget - cost_now) * steps // rise if rise > 0 else 0
    probes = [guess, guess + 1, guess - 1]
    while high - low > 1:
        step = probes.pop(0) if probes else (low + high) // 2
        if low < step < high:
            low, high = (low, step) if cost(step) > budget else (step, high)
    return low
