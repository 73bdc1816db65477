"""From the form to a tariff, and what is wrong with it."""

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from app.charging.errors import BadInput
from app.charging.pricing import WEEK, Dimension, TariffElement
from app.charging.pricing.signals import MOST_STEPS, SignalRule, SignalStep
from app.charging.pricing.spot import SpotRule
from app.portal.forms import Form
from app.portal.owner.tariff_form.fields import (
    AMOUNTS,
    DURATIONS,
    PLAIN,
    PRICES,
    ROW_PRICES,
    Row,
    rows_of,
)
from app.records.drafts import TariffDraft
from app.records.tariff_language import elements_from, elements_from_text

_PLACE = re.compile(r"elements\.(\d+)\.(?:restrictions|price_components)(?:\.(\d+))?\.?(\w*)")


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
    filled = [row for row in rows_of(form) if _prices(row.form, row.prefix, ROW_PRICES)]
    is_row = element < len(filled)
    prefix = filled[element].prefix if is_row else ""
    if component is not None:
        prices = list(_prices(form, prefix, ROW_PRICES if is_row else PRICES))
        return prefix + prices[int(component)][0]
    renamed = {engine: own for own, engine in DURATIONS}
    if not is_row:
        return "price_per_kwh"
    return prefix + (renamed.get(name, name) or "row") if name != "day_of_week" else f"{prefix}row"


def _elements(form: Form) -> tuple[TariffElement, ...]:
    if form.text("elements"):
        return elements_from_text(form.text("elements"))
    raw = [element for row in rows_of(form) if (element := _row_element(row)) is not None]
    names = tuple(each for each in PRICES if not (_is_dynamic(form) and each[0] == PRICES[0][0]))
    usual = [component for _, component in _prices(form, "", names)]
    if usual:
        raw.append({"price_components": usual})
    elif not _is_dynamic(form) and not raw:
        raise BadInput("this is needed", field="price_per_kwh")
    return elements_from(raw) if raw else ()


def _row_element(row: Row) -> dict[str, Any] | None:
    """The element a row stands for; None for one that was left empty."""
    prices = _prices(row.form, row.prefix, ROW_PRICES)
    limits: dict[str, Any] = {name: row.text(name) for name in PLAIN if row.text(name)}
    for name in AMOUNTS:
        if row.text(name):
            limits[name] = str(row.form.decimal(row.prefix + name))
    for name, engine in DURATIONS:
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
