"""From the form of an operation, as it was filled in, to the operation.

Each form becomes the JSON of its operation, which is checked as the API's is.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import msgspec

from app.charging.errors import BadInput
from app.operations import OwnerOperation
from app.portal.forms import Form
from app.portal.owner.charging_profile_form import limit_of, profile_of
from app.portal.owner.operation_catalogue import FORMS
from app.portal.owner.operation_fields import Field

LONGEST: Final = 20_000
"""Of one field: a vendor's message, a certificate, a week of limits."""


def operation_of(form: Form, time_zone: str) -> OwnerOperation:
    """The operation a form describes; raises ``BadInput`` with the field that is wrong."""
    described = next((each for each in FORMS if each.type == form.text("type")), None)
    if described is None:
        raise BadInput("there is no such operation", field="type")
    values = {field.name: _value(field, form, time_zone) for field in described.fields}
    sent = {name: value for name, value in values.items() if value is not None}
    made = MADE.get(described.type)
    return checked(made(sent) if made else {"type": described.type, **sent})


def checked(sent: Mapping[str, Any]) -> OwnerOperation:
    """What was sent, as an operation; raises ``BadInput`` with the field that is wrong."""
    try:
        operation: OwnerOperation = msgspec.convert(sent, OwnerOperation)
    except msgspec.ValidationError as error:
        raise BadInput(str(error).split(" - at ")[0], field=_field(str(error))) from None
    return operation


def _deleting(sent: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "delete_certificate", "certificate": dict(sent)}


def _network(sent: Mapping[str, Any]) -> dict[str, Any]:
    level = sent["security_profile"]
    profile = int(level) if level.isdecimal() else level
    return {"type": "set_network_profile", **sent, "security_profile": profile}


MADE: Final[Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    "limit": limit_of,
    "set_charging_profile": profile_of,
    "delete_certificate": _deleting,
    "set_network_profile": _network,
}
"""The forms whose fields are not those of their operation."""


def _value(field: Field, form: Form, time_zone: str) -> Any:
    text = form.text(field.name)
    if not text:
        if field.required:
            raise BadInput("this is needed", field=field.name)
        return None
    match field.kind:
        case "number" | "connector":
            return form.integer(field.name)
        case "moment":
            return form.moment(field.name, time_zone).isoformat()
    return text


def _field(message: str) -> str:
    """Of a path like ``$.profile.schedule.periods[3]``, the part that has a field."""
    found = re.search(r"at `\$\.([a-z_.]+)", message)
    parts = found.group(1).split(".") if found else []
    inner = [part for part in parts if part not in ("profile", "schedule", "certificate")]
    return (inner or parts or [""])[0]
