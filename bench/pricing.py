"""What it costs to price a reading, early and late in a charge.

    python -m bench.pricing [--full]

Ten hours of charging, a reading a minute, under a tariff with a price of its own for every hour of
the week (168 elements), and under a curve of 144 quarter-hours. Each reading is counted, its cost
told, and the end of the budget foreseen, as `advance` does.

`reading_us_p50` is that of the median reading under the week's tariff, in processor time;
`reading_cost_growth` what one of the last ten readings costs over one of the first ten, of which
the first meets a tariff that was not looked at before: medians over many charges, taken in turns.
`curve_…` is the same of the curve; `foresee_us_p50` the part of it that looks ahead. `cold_us` is a
reading of a tariff that was just decoded, as a stateless function meets it.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal

import msgspec

from app.charging.money import Rate
from app.charging.pricing import (
    WEEK,
    Dimension,
    PriceComponent,
    Restrictions,
    Tariff,
    TariffElement,
    begun,
    cost_msat,
    read,
    used_up,
)
from app.charging.pricing.stretches import UWH_PER_WH

MONDAY = datetime(2026, 6, 1, 5, 30, tzinfo=UTC)
RATE = Rate("EUR", Decimal("1047321.77"), "bench", MONDAY)
READINGS = 600
POWER_W = 7_400
BUDGET_MSAT = 60_000_000
EDGE = 10


@dataclass(frozen=True)
class Charge:
    """What each reading of one charge took, in µs."""

    whole_us: tuple[float, ...]
    foresee_us: tuple[float, ...]


def week_tariff() -> Tariff:
    """A price for each hour of the week."""
    elements = []
    for day_number, day in enumerate(WEEK):
        for hour in range(24):
            price = Decimal(20 + (7 * day_number + hour) % 31) / 100
            limits = Restrictions(
                start_time=time_of_day(hour),
                end_time=time_of_day((hour + 1) % 24),
                day_of_week=(day,),
            )
            elements.append(TariffElement((_energy(price),), limits))
    return _tariff(tuple(elements))


def curve_tariff() -> Tariff:
    """A price for each of the next 144 quarter-hours, and one for what comes after."""
    elements = []
    for number in range(144):
        begins = MONDAY + timedelta(minutes=15 * number)
        limits = Restrictions(begins=begins, ends=begins + timedelta(minutes=15))
        price = Decimal(15 + number * 7 % 40) / 100
        elements.append(TariffElement((_energy(price),), limits))
    return _tariff((*elements, TariffElement((_energy(Decimal("0.4")),))))


def _energy(price: Decimal) -> PriceComponent:
    return PriceComponent(Dimension.ENERGY, price, Decimal(19))


def _tariff(elements: tuple[TariffElement, ...]) -> Tariff:
    return Tariff("t1", 1, "Bench", "EUR", elements, MONDAY, time_zone="Europe/Berlin")


def charge(tariff: Tariff) -> Charge:
    """One charge of ten hours."""
    tally = begun(MONDAY)
    whole, ahead = [], []
    for minute in range(1, READINGS + 1):
        at, energy_wh = MONDAY + timedelta(minutes=minute), POWER_W * minute // 60
        began = time.process_time_ns()
        tally = read(tariff, tally, at, energy_wh * UWH_PER_WH)
        cost_msat(tariff, RATE, tally)
        counted = time.process_time_ns()
        used_up(tariff, RATE, tally, BUDGET_MSAT, POWER_W)
        foreseen = time.process_time_ns()
        whole.append((foreseen - began) / 1000)
        ahead.append((foreseen - counted) / 1000)
    return Charge(tuple(whole), tuple(ahead))


def cold_us(tariff: Tariff, rounds: int) -> float:
    """A reading of a tariff that was just decoded."""
    raw = msgspec.json.encode(tariff)
    took = []
    for _ in range(rounds):
        decoded = msgspec.json.decode(raw, type=Tariff)
        tally = begun(MONDAY)
        began = time.process_time_ns()
        tally = read(decoded, tally, MONDAY + timedelta(minutes=1), 123 * UWH_PER_WH)
        cost_msat(decoded, RATE, tally)
        took.append((time.process_time_ns() - began) / 1000)
    return statistics.median(took)


def figures(tariff: Tariff, rounds: int) -> tuple[float, float, float]:
    """Median of a reading, growth from the first to the last, median of looking ahead."""
    charges = [charge(_decoded(tariff)) for _ in range(rounds)]
    first = [us for each in charges for us in each.whole_us[:EDGE]]
    last = [us for each in charges for us in each.whole_us[-EDGE:]]
    every = [us for each in charges for us in each.whole_us]
    ahead = [us for each in charges for us in each.foresee_us]
    growth = statistics.median(last) / statistics.median(first)
    return statistics.median(every), growth, statistics.median(ahead)


def _decoded(tariff: Tariff) -> Tariff:
    """As it comes from a quote: nothing of it was looked up before."""
    return msgspec.json.decode(msgspec.json.encode(tariff), type=Tariff)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--full", action="store_true", help="more charges")
    rounds = 40 if parser.parse_args().full else 10
    week, week_growth, ahead = figures(week_tariff(), rounds)
    curve, curve_growth, _ = figures(curve_tariff(), rounds)
    print(
        json.dumps(
            {
                "reading_us_p50": round(week, 1),
                "reading_cost_growth": round(week_growth, 3),
                "foresee_us_p50": round(ahead, 1),
                "curve_reading_us_p50": round(curve, 1),
                "curve_reading_cost_growth": round(curve_growth, 3),
                "cold_us": round(cold_us(week_tariff(), 20 * rounds), 1),
            }
        )
    )


if __name__ == "__main__":
    main()
