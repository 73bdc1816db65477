"""A whole tariff as JSON, in OCPI's words where it has some: with it a charge is priced again.

``tariff_from`` also takes a tariff as OCPI 2.2.1 (§11.3.1) or 2.3.0 writes it, whose prices are
without VAT unless it says otherwise.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from app.charging.errors import BadInput
from app.charging.pricing import Price, Tariff
from app.charging.pricing.tariff import GRACE_S
from app.records.tariff_language import as_json, elements_from

_WITH_TAX = {"YES": True, "NO": False, "N/A": True, True: True, False: False}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def tariff_json(tariff: Tariff) -> dict[str, Any]:
    """A tariff for a JSON answer; decimals are strings, so that none is rounded on its way."""
    found: dict[str, Any] = {
        "id": tariff.id,
        "version": tariff.version,
        "name": tariff.name,
        "currency": tariff.currency,
        "tax_included": tariff.tax_included,
        "time_zone": tariff.time_zone,
        "grace_s": tariff.grace_s,
        "elements": as_json(tariff.elements),
        "created_at": tariff.created_at.isoformat(),
    }
    if tariff.source:
        found["source"] = tariff.source
    for name, price in (("min_price", tariff.min_price), ("max_price", tariff.max_price)):
        if price is not None:
            found[name] = _price_json(price)
    return found


def tariff_from(raw: object, *, time_zone: str = "") -> Tariff:
    """The tariff of decoded JSON; raises ``BadInput`` that names the place."""
    if not isinstance(raw, Mapping):
        raise BadInput("a tariff is a JSON object", field="tariff")
    with_tax = raw.get("tax_included", False)
    if with_tax not in _WITH_TAX:
        raise BadInput("YES, NO, true or false", field="tax_included")
    created_at = raw.get("created_at")
    return Tariff(
        id=str(raw.get("id", "")),
        version=int(raw.get("version", 1)),
        name=str(raw.get("name", "")),
        currency=str(raw.get("currency", "EUR")),
        elements=elements_from(raw.get("elements")),
        created_at=datetime.fromisoformat(created_at) if created_at else _EPOCH,
        time_zone=time_zone or str(raw.get("time_zone", "UTC")),
        tax_included=_WITH_TAX[with_tax],
        min_price=_price(raw, "min_price"),
        max_price=_price(raw, "max_price"),
        grace_s=int(raw.get("grace_s", GRACE_S)),
        source=str(raw.get("source", "")),
    )


def _price_json(price: Price) -> dict[str, str]:
    values = {"excl_vat": price.excl_vat, "incl_vat": price.incl_vat}
    return {name: str(value) for name, value in values.items() if value is not None}


def _price(raw: Mapping[str, Any], field: str) -> Price | None:
    value = raw.get(field)
    if value is None:
        return None
    if not isinstance(value, Mapping):
        raise BadInput("an object with excl_vat or incl_vat", field=field)
    excl, incl = value.get("excl_vat"), value.get("incl_vat")
    if "before_taxes" in value:  # OCPI 2.3.0 §16.5
        excl = value["before_taxes"]
        taxes = value.get("taxes") or []
        incl = _decimal(excl, field) + sum(_decimal(tax["amount"], field) for tax in taxes)
    return Price(
        None if excl is None else _decimal(excl, field),
        None if incl is None else _decimal(incl, field),
    )


def _decimal(value: object, field: str) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise BadInput("this is no number", field=field) from None
