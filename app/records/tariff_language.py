"""Tariff elements as OCPI writes them in JSON (2.2.1 §11.4), read and written.

Numbers may be JSON numbers or strings; times are ``HH:MM``, dates ``YYYY-MM-DD``. Unset fields and
nulls are the same. The two fields that OCPI lacks, ``begins`` and ``ends``, are moments in UTC.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from app.charging.errors import BadInput
from app.charging.pricing import Restrictions, TariffElement

_TIMES = ("start_time", "end_time")


def elements_from(raw: object, *, field: str = "elements") -> tuple[TariffElement, ...]:
    """Elements from decoded JSON; raises ``BadInput`` that names the place."""
    if not isinstance(raw, list) or not raw:
        raise BadInput("a list of tariff elements, at least one", field=field)
    return tuple(_element(each, f"{field}.{number}") for number, each in enumerate(raw))


def elements_from_text(text: str, *, field: str = "elements") -> tuple[TariffElement, ...]:
    """Elements from JSON as somebody wrote it: the list, or a whole OCPI tariff with one."""
    try:
        raw = json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise BadInput(f"this is not JSON: {error}", field=field) from None
    return elements_from(raw.get("elements") if isinstance(raw, dict) else raw, field=field)


def as_json(elements: tuple[TariffElement, ...]) -> list[dict[str, Any]]:
    """Elements for a JSON answer: numbers as strings, so that none is rounded on its way."""
    return [_element_json(element) for element in elements]


def _element(raw: object, field: str) -> TariffElement:
    try:
        return msgspec.convert(_prepared(raw), TariffElement, strict=False)
    except msgspec.ValidationError as error:
        raise BadInput(_plain(str(error)), field=field) from None


def _prepared(raw: object) -> object:
    """With seconds in times, which msgspec wants, and without nulls."""
    if not isinstance(raw, Mapping):
        return raw
    found = {key: value for key, value in raw.items() if value is not None}
    limits = found.get("restrictions")
    if isinstance(limits, Mapping):
        found["restrictions"] = {
            key: f"{value}:00" if key in _TIMES and isinstance(value, str) else value
            for key, value in limits.items()
            if value is not None
        }
    return found


def _plain(message: str) -> str:
    return message.replace("`", "").replace("$.", "").replace("Object", "it")


def _element_json(element: TariffElement) -> dict[str, Any]:
    components = [
        {key: value for key, value in msgspec.to_builtins(component).items() if value is not None}
        for component in element.price_components
    ]
    limits = _restrictions_json(element.restrictions)
    found: dict[str, Any] = {"price_components": components}
    return {**found, "restrictions": limits} if limits else found


def _restrictions_json(limits: Restrictions) -> dict[str, Any]:
    values = msgspec.to_builtins(limits)
    found = {key: value for key, value in values.items() if value not in (None, [], ())}
    for key in _TIMES:
        if key in found:
            found[key] = found[key][:5]
    return found
