"""A tariff as a form an owner fills in, and back.

The form has the usual price and rows for other times. What it cannot show (steps, reservations,
several rates of VAT) is edited as OCPI's JSON in a field of its own.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.charging.errors import BadInput
from app.charging.pricing import WEEK, Dimension, PriceComponent, Restrictions, TariffElement
from app.charging.pricing.signals import MOST_STEPS, SignalRule, SignalStep
from app.charging.pricing.spot import SpotRule
from app.portal.forms import Form
from app.records.drafts import TariffDraft
from app.records.tariff_language import as_json, elements_from, elements_from_text
from app.records.tariffs import TariffVersion

MOST_ROWS = 40
SIGNAL_STEPS = 4
LONGEST = 60_000
"""Of a form's value: JSON of many elements."""
_MINUTES = Decimal(60)
_PRICES = (
    ("price_per_kwh", Dimension.ENERGY, Decimal(1)),
    ("price_per_minute", Dimension.TIME, _MINUTES),
    ("blocking_fee", Dimension.PARKING_TIME, Decimal(1)),
    ("start_fee", Dimension.FLAT, Decimal(1)),
)
"""Field, what it prices, and from the form's unit to the engine's."""
_ROW_PRICES = _PRICES[:3]
_PLAIN = ("start_time", "end_time", "start_date", "end_date")
_AMOUNTS = ("min_kwh", "max_kwh", "min_power", "max_power")
_DURATIONS = (("min_minutes", "min_duration"), ("max_minutes", "max_duration"))
_ROW_FIELDS = (
    *(name for name, _, _ in _ROW_PRICES),
    *_PLAIN,
    *_AMOUNTS,
    *(name for name, _ in _DURATIONS),
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
    *(name for name, _, _ in _PRICES),
    *("signal_source", "signal_holds_min"),
    *(f"s{n}_{name}" for n in range(MOST_STEPS) for name in ("at_least", "price", "limit_a")),
)
_PLACE = re.compile(r"elements\.(\d+)\.(?:restrictions|price_components)(?:\.(\d+))?\.?(\w*)")


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
        return any(self.text(name) for name in _ROW_FIELDS[5:-7])


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
    return Form({**plain, **_numbered(rows)})


def draft_of(form: Form, zone: str, *, is_draft: bool = False) -> TariffDraft:
    """What the form says; raises ``BadInput`` with the field."""
    starts_at = None
    if form.text("starts_at") and not is_draft:
        starts_at = form.moment("starts_at", zone)
    return TariffDraft(
        name=form.text("name"),
        currency=form.text("currency"),
        elements=_elements(form),
        tax_included=form.text("tax_included") != "no",
        vat=_number(form, "vat"),
        min_price=_number(form, "min_price"),
        max_price=_number(form, "max_price"),
        grace_s=_grace_s(form),
        free=form.ticked("free"),
        spot=_spot(form),
        signal=_signal(form),
        starts_at=starts_at,
        is_draft=is_draft,
    )


def form_of(version: TariffVersion) -> Form:
    """The form that says what a version says."""
    values = {
        "name": version.name,
        "currency": version.currency,
        "tax_included": "yes" if version.tax_included else "no",
        "grace_min": str(version.grace_s // 60),
        **_said("vat", version.vat),
        **_said("min_price", version.min_price),
        **_said("max_price", version.max_price),
        **({"free": "1"} if version.free else {}),
    }
    spot = version.spot
    if spot is not None:
        values |= {
            "spot_source": spot.source_id,
            "price_per_kwh": f"{spot.fallback:f}",
            "spot_factor": f"{spot.factor:f}",
            "spot_adder": f"{spot.adder:f}",
            "spot_floor": f"{spot.floor:f}",
            **_said("spot_ceiling", spot.ceiling),
        }
    signal = version.signal
    if signal is not None:
        values |= {"signal_source": signal.source_id, "signal_holds_min": str(signal.holds_min)}
        for number, step in enumerate(signal.steps):
            values[f"s{number}_at_least"] = f"{step.at_least:f}"
            values[f"s{number}_price"] = f"{step.price:f}"
            if step.limit_a is not None:
                values[f"s{number}_limit_a"] = str(step.limit_a)
    shown = _shown(version)
    if shown is None:
        return Form({**values, "elements": json.dumps(as_json(version.elements), indent=1)})
    return Form({**values, **shown})


def placed(error: BadInput, form: Form) -> BadInput:
    """The error with the form's field for the element's that it names."""
    found = _PLACE.match(error.field or "")
    if error.field and error.field.startswith("spot."):
        name = error.field.removeprefix("spot.")
        error.field = {"source_id": "spot_source", "fallback": "price_per_kwh"}.get(
            name, f"spot_{name}"
        )
    elif error.field and error.field.startswith("signal."):
        error.field = _signal_field(error.field.removeprefix("signal."))
    elif error.field == "grace_s":
        error.field = "grace_min"
    elif found is not None and not form.text("elements"):
        error.field = _field(int(found[1]), found[2], found[3], form)
    elif error.field and error.field.startswith("elements.") and form.text("elements"):
        place, error.field = error.field, "elements"
        error.message = f"{place}: {error.message}"
    return error


def _signal_field(place: str) -> str:
    step = re.match(r"steps\.(\d+)\.(\w+)", place)
    if step is not None:
        return f"s{step[1]}_{step[2]}"
    return {"steps": "s0_at_least", "holds_min": "signal_holds_min"}.get(place, "signal_source")


def _field(element: int, component: str | None, name: str, form: Form) -> str:
    filled = [row for row in rows_of(form) if _prices(row.form, row.prefix, _ROW_PRICES)]
    is_row = element < len(filled)
    prefix = filled[element].prefix if is_row else ""
    if component is not None:
        prices = list(_prices(form, prefix, _ROW_PRICES if is_row else _PRICES))
        return prefix + prices[int(component)][0]
    renamed = {engine: own for own, engine in _DURATIONS}
    if not is_row:
        return "price_per_kwh"
    return prefix + (renamed.get(name, name) or "row") if name != "day_of_week" else f"{prefix}row"


# --- from the form --------------------------------------------------------------------------------


def _elements(form: Form) -> tuple[TariffElement, ...]:
    if form.text("elements"):
        return elements_from_text(form.text("elements"))
    raw = [element for row in rows_of(form) if (element := _row_element(row)) is not None]
    names = tuple(each for each in _PRICES if not (_is_dynamic(form) and each[0] == _PRICES[0][0]))
    usual = [component for _, component in _prices(form, "", names)]
    if usual:
        raw.append({"price_components": usual})
    elif not _is_dynamic(form) and not raw:
        raise BadInput("this is needed", field="price_per_kwh")
    return elements_from(raw) if raw else ()


def _row_element(row: Row) -> dict[str, Any] | None:
    """The element a row stands for; None for one that was left empty."""
    prices = _prices(row.form, row.prefix, _ROW_PRICES)
    limits: dict[str, Any] = {name: row.text(name) for name in _PLAIN if row.text(name)}
    for name in _AMOUNTS:
        if row.text(name):
            limits[name] = str(row.form.decimal(row.prefix + name))
    for name, engine in _DURATIONS:
        if row.text(name):
            limits[engine] = row.form.integer(row.prefix + name) * 60
    days = [day.value for day in WEEK if row.form.ticked(row.prefix + day.value)]
    if days and len(days) < len(WEEK):
        limits["day_of_week"] = days
    if not prices:
        if limits:
            raise BadInput("what does it cost then?", field=f"{row.prefix}price_per_kwh")
        return None
    if not limits:
        raise BadInput("when does this hold? Choose days or times", field=f"{row.prefix}row")
    return {"price_components": [each for _, each in prices], "restrictions": limits}


def _prices(
    form: Form, prefix: str, names: Sequence[tuple[str, Dimension, Decimal]]
) -> list[tuple[str, dict[str, Any]]]:
    """The prices that were filled in, by field."""
    return [
        (name, {"type": kind.value, "price": str(form.decimal(prefix + name) * factor)})
        for name, kind, factor in names
        if form.text(prefix + name)
    ]


def _spot(form: Form) -> SpotRule | None:
    if not _is_dynamic(form):
        return None
    return SpotRule(
        source_id=form.text("spot_source"),
        fallback=form.required_decimal("price_per_kwh"),
        factor=form.decimal("spot_factor") if form.text("spot_factor") else Decimal(1),
        adder=form.decimal("spot_adder"),
        floor=form.decimal("spot_floor"),
        ceiling=_number(form, "spot_ceiling"),
    )


def _signal(form: Form) -> SignalRule | None:
    if not form.text("signal_source"):
        return None
    steps = tuple(
        SignalStep(
            form.required_decimal(f"s{n}_at_least"),
            form.required_decimal(f"s{n}_price"),
            form.integer(f"s{n}_limit_a") if form.text(f"s{n}_limit_a") else None,
        )
        for n in range(MOST_STEPS)
        if form.text(f"s{n}_at_least") or form.text(f"s{n}_price")
    )
    if not steps:
        raise BadInput("this is needed", field="s0_at_least")
    holds_min = form.integer("signal_holds_min") if form.text("signal_holds_min") else 60
    return SignalRule(form.text("signal_source"), steps, holds_min)


def _is_dynamic(form: Form) -> bool:
    return bool(form.text("spot_source"))


def _number(form: Form, name: str) -> Decimal | None:
    return form.decimal(name) if form.text(name) else None


def _grace_s(form: Form) -> int:
    return form.integer("grace_min") * 60 if form.text("grace_min") else 300


def _count(form: Form) -> int:
    text = form.text("rows")
    return min(int(text), MOST_ROWS) if text.isascii() and text.isdecimal() else 0


# --- to the form ----------------------------------------------------------------------------------


def _shown(version: TariffVersion) -> dict[str, str] | None:
    """The elements as fields; None where the form has none for something."""
    elements = list(version.elements)
    usual: dict[str, str] | None = {}
    if elements and elements[-1].restrictions == Restrictions():
        usual = _price_fields(elements.pop().price_components, version.vat, _PRICES)
    elif elements and version.spot is None:
        return None
    rows = [_row_of(element, version.vat) for element in elements]
    if usual is None or len(rows) > MOST_ROWS:
        return None
    known = [row for row in rows if row is not None]
    return {**usual, **_numbered(known)} if len(known) == len(rows) else None


def _row_of(element: TariffElement, vat: Decimal | None) -> dict[str, str] | None:
    limits = element.restrictions
    prices = _price_fields(element.price_components, vat, _ROW_PRICES)
    lengths = (limits.min_duration, limits.max_duration)
    if prices is None or limits.reservation or any(s and s % 60 for s in lengths):
        return None
    texts = {
        "start_time": limits.start_time and f"{limits.start_time:%H:%M}",
        "end_time": limits.end_time and f"{limits.end_time:%H:%M}",
        "start_date": limits.start_date and limits.start_date.isoformat(),
        "end_date": limits.end_date and limits.end_date.isoformat(),
        **{name: value for name in _AMOUNTS if (value := getattr(limits, name)) is not None},
        **{
            name: value // 60
            for name, engine in _DURATIONS
            if (value := getattr(limits, engine)) is not None
        },
        **{day.value: "1" for day in limits.day_of_week},
    }
    return {**prices, **{name: str(text) for name, text in texts.items() if text is not None}}


def _price_fields(
    components: Sequence[PriceComponent],
    vat: Decimal | None,
    names: Sequence[tuple[str, Dimension, Decimal]],
) -> dict[str, str] | None:
    fields = {kind: (name, factor) for name, kind, factor in names}
    found = dict[str, str]()
    for component in components:
        if component.type not in fields or component.vat != vat or component.step_size > 1:
            return None
        name, factor = fields[component.type]
        value = component.price / factor
        if value * factor != component.price or value != round(value, 6):
            return None
        found[name] = f"{value:f}"
    return found


def _numbered(rows: Sequence[Mapping[str, str]]) -> dict[str, str]:
    values = {f"r{n}_{name}": value for n, row in enumerate(rows) for name, value in row.items()}
    return {**values, "rows": str(len(rows))}


def _row_values(row: Row) -> dict[str, str]:
    return {name: row.text(name) for name in _ROW_FIELDS if row.prefix + name in row.form.values}


def _said(name: str, value: Decimal | None) -> dict[str, str]:
    return {} if value is None else {name: f"{value:f}"}


def row_fields(form: Form) -> Iterator[str]:
    """The names of every field of every row."""
    for row in rows_of(form):
        yield from (row.prefix + name for name in (*_ROW_FIELDS, "row"))


def local_text(at: datetime, zone: str) -> str:
    """A moment as a browser's field takes it, by a place's clock."""
    return f"{at.astimezone(ZoneInfo(zone) if zone != 'UTC' else UTC):%Y-%m-%dT%H:%M}"
