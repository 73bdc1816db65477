"""What a form sent, read by name; the values are kept to show the form again."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from litestar import Request

from app.charging.errors import BadInput

AnyRequest: TypeAlias = Request[Any, Any, Any]

_LONGEST = 4000


@dataclass(frozen=True, slots=True)
class Form:
    """A form's values. Reading one that cannot be used raises ``BadInput`` with its name."""

    values: Mapping[str, str]

    def text(self, name: str) -> str:
        """The text, trimmed; empty when it was not sent."""
        return self.values.get(name, "").strip()

    def secret(self, name: str) -> str:
        """The text exactly as it was typed."""
        return self.values.get(name, "")

    def decimal(self, name: str) -> Decimal:
        """A number, with a point or a comma; empty is 0 where the page allows it to be empty."""
        text = self.text(name).replace(",", ".")
        try:
            return Decimal(text or "0")
        except InvalidOperation:
            raise BadInput("a number, like 0.45", field=name) from None

    def required_decimal(self, name: str) -> Decimal:
        """A number that must be there."""
        if not self.text(name):
            raise BadInput("this is needed", field=name)
        return self.decimal(name)

    def integer(self, name: str) -> int:
        """A whole number."""
        text = self.text(name)
        if not text.isascii() or not text.isdecimal() or len(text) > 9:
            raise BadInput("a whole number", field=name)
        return int(text)

    def moment(self, name: str, time_zone: str = "UTC") -> datetime:
        """A time as a browser's field gives it, of a place's clock."""
        try:
            local = datetime.fromisoformat(self.text(name)).replace(tzinfo=ZoneInfo(time_zone))
        except ValueError:
            raise BadInput("a date and a time, like 2026-06-01T12:00", field=name) from None
        return local.astimezone(UTC)

    def ticked(self, name: str) -> bool:
        """Whether a box was ticked."""
        return name in self.values


def form_of(record: object | None = None, **more: str) -> Form:
    """A form filled in from a record, to be changed."""
    values: dict[str, str] = {}
    if record is not None:
        assert is_dataclass(record)
        values = {field.name: str(getattr(record, field.name)) for field in fields(record)}
    return Form({**values, **more})


async def read_form(request: AnyRequest, *, longest: int = _LONGEST) -> Form:
    """What was sent; files and overlong values are no values."""
    sent = await request.form()
    return Form(
        {
            name: value
            for name, value in sent.items()
            if isinstance(value, str) and len(value) <= longest
        }
    )
