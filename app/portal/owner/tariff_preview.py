"""What a tariff means, to look at: its price over a week as a plot, an example charge as a bill."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from zoneinfo import ZoneInfo

from app.charging.money import SATS
from app.charging.pricing import Dimension, Tariff
from app.charging.pricing.curve import Step, curve
from app.charging.pricing.example import Example, priced
from app.charging.pricing.itemised import Item
from app.charging.pricing.totals import UNIT
from app.portal.formats import money
from app.portal.forms import Form

WIDTH, HEIGHT = 720, 200
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 712, 26, 164
_WEEK = timedelta(days=7)
_TENTH = Decimal("0.1")
_MOST_ROWS = 400
_WORDS = {
    Dimension.ENERGY: ("kWh", "Energy"),
    Dimension.TIME: ("h", "Time charging"),
    Dimension.PARKING_TIME: ("h", "Standing after the charge"),
    Dimension.FLAT: ("×", "Fee for the charge"),
}


@dataclass(frozen=True, slots=True)
class Day:
    """Where a day begins, and its name."""

    x: Decimal
    name: str


@dataclass(frozen=True, slots=True)
class Line:
    """One step of the price, for the table."""

    begins: datetime
    ends: datetime
    price: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the bill."""

    what: str
    quantity: str
    price: str
    amount: str


@dataclass(frozen=True, slots=True)
class Preview:
    """A plot in a box of ``WIDTH`` by ``HEIGHT``, its steps, and a bill."""

    path: str
    area: str
    days: tuple[Day, ...]
    low: str
    high: str
    lines: tuple[Line, ...]
    example: Example
    entries: tuple[Entry, ...]
    total: str
    per_kwh: str
    zone: str
    source: str


def example_of(form: Form, now: datetime, zone: str) -> Example:
    """The charge that the form describes; raises ``BadInput`` with the field."""
    begins = form.moment("ex_begins", zone) if form.text("ex_begins") else now
    energy = form.decimal("ex_kwh") if form.text("ex_kwh") else Decimal(20)
    power = form.decimal("ex_kw") if form.text("ex_kw") else Decimal(11)
    standing = form.integer("ex_standing_min") if form.text("ex_standing_min") else 0
    return Example(begins, int(energy * 1000), int(power * 1000), timedelta(minutes=standing))


def preview(tariff: Tariff, example: Example, now: datetime) -> Preview:
    """Look at a tariff in which every price is known; raises ``BadInput``."""
    bill = priced(tariff, example)
    begins = now.replace(minute=0, second=0, microsecond=0)
    steps = curve(tariff, begins, begins + _WEEK, example.power_w)
    prices = [step.price for step in steps]
    currency, zone = tariff.currency, tariff.time_zone
    top = max([*prices, Decimal("0.0001")])
    corners = _corners(steps, begins, top)
    line = " ".join(f"{x},{y}" for x, y in corners)
    entries = [_entry(item, currency) for item in bill.items]
    if bill.bound.incl_vat:
        entries.append(Entry(_bound_words(bill.bound.incl_vat), "", "", _amount(
            bill.bound.incl_vat, currency)))  # fmt: skip
    per_kwh = bill.total.incl_vat * 1000 / example.energy_wh
    return Preview(
        path=f"M{line}",
        area=f"M{_LEFT},{_BOTTOM} {line} {_RIGHT},{_BOTTOM}Z",
        days=tuple(_days(begins, zone)),
        low=money(min(prices), currency),
        high=money(max(prices), currency),
        lines=tuple(
            Line(step.begins, step.ends, money(step.price, currency)) for step in steps[:_MOST_ROWS]
        ),
        example=example,
        entries=tuple(entries),
        total=_amount(bill.total.incl_vat, currency),
        per_kwh=_amount(per_kwh, currency, 4),
        zone=zone,
        source=tariff.source,
    )


def _corners(
    steps: Sequence[Step], begins: datetime, top: Decimal
) -> list[tuple[Decimal, Decimal]]:
    return [
        (_x(at, begins), _y(step.price, top)) for step in steps for at in (step.begins, step.ends)
    ]


def _x(at: datetime, begins: datetime) -> Decimal:
    share = Decimal(int((at - begins).total_seconds())) / int(_WEEK.total_seconds())
    return (_LEFT + share * (_RIGHT - _LEFT)).quantize(_TENTH)


def _y(price: Decimal, top: Decimal) -> Decimal:
    return (_BOTTOM - price / top * (_BOTTOM - _TOP)).quantize(_TENTH)


def _days(begins: datetime, zone: str) -> list[Day]:
    """The midnights of the place's clock within the week."""
    place = ZoneInfo(zone)
    first = begins.astimezone(place)
    dates = [first.date() + timedelta(days=n) for n in range(1, 8)]
    found = [datetime(d.year, d.month, d.day, tzinfo=place) for d in dates]
    return [Day(_x(at, begins), f"{at:%a}") for at in found if at - begins < _WEEK]


def _entry(item: Item, currency: str) -> Entry:
    unit, words = _WORDS[item.dimension]
    quantity = Fraction(item.quantity, UNIT[item.dimension])
    number = _decimal(quantity, 0 if item.dimension is Dimension.FLAT else 3)
    what = f"{words}, rounded up to the next step" if item.is_step else words
    price = money(item.component.price, currency)
    each = price if item.dimension is Dimension.FLAT else f"{price}/{unit}"
    return Entry(what, f"{number} {unit}", each, _amount(item.amount.incl_vat, currency))


def _bound_words(change: Fraction) -> str:
    return "Up to the least a charge costs" if change > 0 else "Down to the most a charge costs"


def _amount(value: Fraction, currency: str, places: int = 2) -> str:
    return money(_decimal(value, 0 if currency == SATS else places), currency)


def _decimal(value: Fraction, places: int) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_EVEN)
