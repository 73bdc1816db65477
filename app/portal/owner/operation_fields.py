"""What the form of an operation is made of."""

from dataclasses import dataclass
from typing import Final, Literal

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


WHERE: Final = Field("connector", "Connector", "connector")
ANYWHERE: Final = Field("connector", "Connector", "connector", required=False)
SEND_TO: Final = Field("location", "Send it to", "url", hint="An address like ftp:// or https://")
SINCE: Final = Field("since", "From", "moment", required=False)
UNTIL: Final = Field("until", "To", "moment", required=False)
NUMBER: Final = Field(
    "request_id", "Number", "number", preset="1", hint="What it tells later names it"
)
AGAIN: Final = (
    Field("retries", "Tries again", "number", required=False, hint="How often, when it fails"),
    Field("retry_interval_s", "Seconds between tries", "number", required=False),
)
UNIT: Final = Field("unit", "In", "choice", choices=(("A", "ampere per phase"), ("W", "watt")))
PURPOSES: Final = (
    ("TxDefaultProfile", "every charge to come"),
    ("TxProfile", "the charge under way"),
    ("ChargePointMaxProfile", "the charge point as a whole"),
)
