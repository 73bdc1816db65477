"""The form's fields: the usual price, and rows for other times."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.charging.pricing import WEEK, Dimension
from app.charging.pricing.signals import MOST_STEPS
from app.portal.forms import Form

MOST_ROWS = 40
SIGNAL_STEPS = 4
LONGEST = 60_000
"""Of a form's value: JSON of many elements."""
MINUTES = Decimal(60)
PRICES = (
    ("price_per_kwh", Dimension.ENERGY, Decimal(1)),
    ("price_per_minute", Dimension.TIME, MINUTES),
    ("blocking_fee", Dimension.PARKING_TIME, Decimal(1)),
    ("start_fee", Dimension.FLAT, Decimal(1)),
)
"""Field, what it prices, and from the form's unit to the engine's."""
ROW_PRICES = PRICES[:3]
PLAIN = ("start_time", "end_time", "start_date", "end_date")
AMOUNTS = ("min_kwh", "max_kwh", "min_power", "max_power")
DURATIONS = (("min_minutes", "min_duration"), ("max_minutes", "max_duration"))
ROW_FIELDS = (
    *(name for name, _, _ in ROW_PRICES),
    *PLAIN,
    *AMOUNTS,
    *(name for name, _ in DURATIONS),
    *(day.value for day in WEEK),
)
FIELDS = (
    *(
        "name",
        "currency",
        "vat",
        "tax_included",
        "min_price",
        "max_price",
        "grace_min",
        "starts_at",
    ),
    *("spot_source", "spot_factor", "spot_adder", "spot_floor", "spot_ceiling", "elements"),
    *(name for name, _, _ in PRICES),
    *("signal_source", "signal_holds_min"),
    *(f"s{n}_{name}" for n in range(MOST_STEPS) for name in ("at_least", "price", "limit_a")),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row's number and what stands in it."""

    number: int
    form: Form

    @property
    def prefix(self) -> str:
        """Before each of its fields' names."""
        return f"r{self.number}_"

    def text(self, name: str) -> str:
        """One field."""
        return self.form.text(self.prefix + name)

    @property
    def has_more(self) -> bool:
        """Whether any of the fields is set that the page folds away."""
        return any(self.text(name) for name in ROW_FIELDS[5:-7])


def rows_of(form: Form) -> list[Row]:
    """The form's rows."""
    return [Row(number, form) for number in range(_count(form))]


def with_row(form: Form) -> Form:
    """The form with an empty row at the end."""
    return Form({**form.values, "rows": str(min(_count(form) + 1, MOST_ROWS))})


def without_row(form: Form, gone: int) -> Form:
    """The form without one of its rows."""
    rows = [_row_values(row) for row in rows_of(form) if row.number != gone]
    plain = {name: value for name, value in form.values.items() if not re.match(r"r\d+_", name)}
    return Form({**plain, **numbered(rows)})


def row_fields(form: Form) -> Iterator[str]:
    """The names of every field of every row."""
    for row in rows_of(form):
        yield from (row.prefix + name for name in (*ROW_FIELDS, "row"))


def numbered(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """The rows as fields of one form, one after another."""
    values = {f"r{n}_{name}": value for n, row in enumerate(rows) for name, value in row.items()}
    return {**values, "rows": str(len(rows))}


def _row_values(row: Row) -> dict[str, str]:
    return {name: row.text(name) for name in ROW_FIELDS if row.prefix + name in row.form.values}


def _count(form: Form) -> int:
    text = form.text("rows")
    return min(int(text), MOST_ROWS) if text.isascii() and text.isdecimal() else 0
