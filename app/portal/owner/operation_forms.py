"""The forms of what an owner can have a charge point do: which fields, and what they become.

Each form becomes the JSON of its operation, which is checked as the API's is.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import msgspec

from app.charging.errors import BadInput
from app.operations import OwnerOperation
from app.portal.forms import Form

Kind = Literal["text", "url", "number", "moment", "connector", "choice", "long"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a form. ``choices``: value and words."""

    name: str
    label: str
    kind: Kind = "text"
    required: bool = True
    hint: str = ""
    choices: tuple[tuple[str, str], ...] = ()
    preset: str = ""


@dataclass(frozen=True, slots=True)
class OperationForm:
    """One operation as a form."""

    type: str
    title: str
    says: str
    fields: tuple[Field, ...] = ()
    careful: str = ""
    """What is asked before it is sent; empty where nothing can go wrong."""


WHERE = Field("connector", "Connector", "connector")
SEND_TO = Field("location", "Send it to", "url", hint="An address like ftp:// or https://")
SINCE = Field("since", "From", "moment", required=False)
UNTIL = Field("until", "To", "moment", required=False)
MESSAGES = (
    ("StatusNotification", "Status of a connector"),
    ("MeterValues", "Meter values"),
    ("BootNotification", "Who it is"),
    ("Heartbeat", "Heartbeat"),
    ("FirmwareStatusNotification", "Firmware status"),
    ("DiagnosticsStatusNotification", "Diagnostics status"),
    ("LogStatusNotification", "Log status"),
    ("SignChargePointCertificate", "A request for a new certificate"),
)
ROOTS = (
    ("CentralSystemRootCertificate", "of this system"),
    ("ManufacturerRootCertificate", "of its manufacturer"),
)

FORMS: tuple[OperationForm, ...] = (
    OperationForm(
        "change_availability",
        "In or out of service",
        "Out of service, a connector takes nobody; a charge under way may end first.",
        (
            Field(
                "availability",
                "Make it",
                "choice",
                choices=(("Inoperative", "out of service"), ("Operative", "in service")),
            ),
            WHERE,
        ),
    ),
    OperationForm(
        "trigger",
        "Ask for a message",
        "The charge point sends it now.",
        (Field("message", "Message", "choice", choices=MESSAGES), WHERE),
    ),
    OperationForm("clear_cache", "Forget cards", "It asks again for every card it remembers."),
    OperationForm(
        "limit",
        "Limit the power",
        "A limit for every charge to come. 0 stops the power; “Remove limits” takes it back.",
        (
            WHERE,
            Field("limit", "At most", "number"),
            Field("unit", "In", "choice", choices=(("A", "ampere per phase"), ("W", "watt"))),
        ),
    ),
    OperationForm("clear_charging_profile", "Remove limits", "All charging profiles go."),
    OperationForm(
        "get_composite_schedule",
        "Show the limits",
        "What all charging profiles together allow.",
        (WHERE, Field("duration_s", "For the next seconds", "number", preset="86400")),
    ),
    OperationForm(
        "get_diagnostics",
        "Fetch diagnostics",
        "The charge point uploads a file. What comes of it shows under “It told”.",
        (SEND_TO, SINCE, UNTIL),
    ),
    OperationForm(
        "get_log",
        "Fetch a log",
        "For charge points with the security extension, and OCPP 2.0.1.",
        (
            Field(
                "log",
                "Log",
                "choice",
                choices=(("DiagnosticsLog", "diagnostics"), ("SecurityLog", "security")),
            ),
            Field("request_id", "Number", "number", preset="1"),
            SEND_TO,
            SINCE,
            UNTIL,
        ),
    ),
    OperationForm(
        "update_firmware",
        "Update the firmware",
        "It fetches and installs it by itself, and restarts. With certificate and signature it "
        "checks first that its manufacturer made it.",
        (
            Field("location", "Fetch it from", "url"),
            Field("retrieve_at", "When", "moment"),
            Field("request_id", "Number", "number", preset="1"),
            Field("signing_certificate", "Certificate (PEM)", "long", required=False),
            Field("signature", "Signature (base64)", "long", required=False),
        ),
        careful="Update the firmware? A charge point that fails at it may need a visit.",
    ),
    OperationForm(
        "get_local_list_version", "Which card list it has", "0: none, -1: it keeps none."
    ),
    OperationForm(
        "get_installed_certificates",
        "Which roots it trusts",
        "",
        (Field("kind", "Roots", "choice", choices=ROOTS),),
    ),
    OperationForm(
        "install_certificate",
        "Install a root",
        "",
        (
            Field("kind", "Root", "choice", choices=ROOTS),
            Field("certificate", "Certificate (PEM)", "long"),
        ),
    ),
    OperationForm(
        "data_transfer",
        "Send a vendor's message",
        "As its manual says.",
        (
            Field("vendor_id", "Vendor id"),
            Field("message_id", "Message id", required=False),
            Field("data", "Data", "long", required=False),
        ),
    ),
)
LIMIT_ID = 1


def operation_of(form: Form, time_zone: str) -> OwnerOperation:
    """The operation a form describes; raises ``BadInput`` with the field that is wrong."""
    described = next((each for each in FORMS if each.type == form.text("type")), None)
    if described is None:
        raise BadInput("there is no such operation", field="type")
    values = {field.name: _value(field, form, time_zone) for field in described.fields}
    sent = {name: value for name, value in values.items() if value is not None}
    return checked({"type": described.type, **sent} if described.type != "limit" else _limit(sent))


def checked(sent: Mapping[str, Any]) -> OwnerOperation:
    """What was sent, as an operation; raises ``BadInput`` with the field that is wrong."""
    try:
        operation: OwnerOperation = msgspec.convert(sent, OwnerOperation)
    except msgspec.ValidationError as error:
        raise BadInput(str(error).split(" - at ")[0], field=_field(str(error))) from None
    return operation


def _limit(sent: Mapping[str, Any]) -> dict[str, Any]:
    """One limit for everything from now on: the simplest charging profile there is."""
    schedule = {
        "unit": sent["unit"],
        "periods": [{"start_s": 0, "limit": str(sent["limit"])}],
        "duration_s": 86_400,
        "starts_at": "2020-01-01T00:00:00Z",
    }
    profile = {
        "id": LIMIT_ID,
        "stack_level": 0,
        "purpose": "TxDefaultProfile",
        "kind": "Recurring",
        "recurrency": "Daily",
        "schedule": schedule,
    }
    connector = sent["connector"]
    return {"type": "set_charging_profile", "connector": connector, "profile": profile}


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
    found = re.search(r"at `\$\.([a-z_]+)", message)
    return found.group(1) if found else ""
