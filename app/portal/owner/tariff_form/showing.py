"""From a tariff to the form that says it."""

import json
from collections.abc import Sequence
from decimal import Decimal

from app.charging.pricing import Dimension, PriceComponent, Restrictions, TariffElement
from app.charging.pricing.signals import SignalRule
from app.charging.pricing.spot import SpotRule
from app.portal.forms import Form
from app.portal.owner.tariff_form.fields import (
    AMOUNTS,
    DURATIONS,
    MOST_ROWS,
    PRICES,
    ROW_PRICES,
    numbered,
)
from app.records.tariff_language import as_json
from app.records.tariffs import TariffVersion


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
        **({} if version.spot is None else _spot_fields(version.spot)),
        **({} if version.signal is None else _signal_fields(version.signal)),
    }
    shown = _shown(version)
    if shown is None:
        return Form({**values, "elements": json.dumps(as_json(version.elements), indent=1)})
    return Form({**values, **shown})


def _spot_fields(spot: SpotRule) -> dict[str, str]:
    return {
        "spot_source": spot.source_id,
        "price_per_kwh": f"{spot.fallback:f}",
        "spot_factor": f"{spot.factor:f}",
        "spot_adder": f"{spot.adder:f}",
        "spot_floor": f"{spot.floor:f}",
        **_said("spot_ceiling", spot.ceiling),
    }


def _signal_fields(signal: SignalRule) -> dict[str, str]:
    values = {"signal_source": signal.source_id, "signal_holds_min": str(signal.holds_min)}
    for number, step in enumerate(signal.steps):
        values[f"s{number}_at_least"] = f"{step.at_least:f}"
        values[f"s{number}_price"] = f"{step.price:f}"
        if step.limit_a is not None:
            values[f"s{number}_limit_a"] = str(step.limit_a)
    return values


def _shown(version: TariffVersion) -> dict[str, str] | None:
    """The elements as fields; None where the form has none for something."""
    elements = list(version.elements)
    usual: dict[str, str] | None = {}
    if elements and elements[-1].restrictions == Restrictions():
        usual = _price_fields(elements.pop().price_components, version.vat, PRICES)
    elif elements and version.spot is None:
        return None
    rows = [_row_of(element, version.vat) for element in elements]
    if usual is None or len(rows) > MOST_ROWS:
        return None
    known = [row for row in rows if row is not None]
    return {**usual, **numbered(known)} if len(known) == len(rows) else None


def _row_of(element: TariffElement, vat: Decimal | None) -> dict[str, str] | None:
    limits = element.restrictions
    prices = _price_fields(element.price_components, vat, ROW_PRICES)
    lengths = (limits.min_duration, limits.max_duration)
    if prices is None or limits.reservation or any(s and s % 60 for s in lengths):
        return None
    texts = {
        "start_time": limits.start_time and f"{limits.start_time:%H:%M}",
        "end_time": limits.end_time and f"{limits.end_time:%H:%M}",
        "start_date": limits.start_date and limits.start_date.isoformat(),
        "end_date": limits.end_date and limits.end_date.isoformat(),
        **{name: value for name in AMOUNTS if (value := getattr(limits, name)) is not None},
        **{
            name: value // 60
            for name, engine in DURATIONS
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


def _said(name: str, value: Decimal | None) -> dict[str, str]:
    return {} if value is None else {name: f"{value:f}"}
