"""The names a charge point is paid by: local parts of lightning addresses (LUD-16)."""

import re
import unicodedata

from app.charging.errors import BadInput
from app.records.charge_points import Connector

LONGEST = 40
_SHAPE = re.compile(r"[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?")
_KEPT = """
abuse admin administrator billing help hostmaster info invoice mail noreply no-reply owner
payment payments postmaster provider refund refunds root sandbox security strom support
webmaster
"""
_RESERVED = frozenset(_KEPT.split())
"""Names that would look like the provider's own."""
_WITHOUT_MARKS = str.maketrans({"ß": "ss", "ø": "o", "æ": "ae", "ł": "l", "đ": "d"})


def checked_name(text: str) -> str:
    """The name in lower case; raises ``BadInput``."""
    name = text.strip().lower()
    if len(name) > LONGEST or not _SHAPE.fullmatch(name):
        raise BadInput(
            f"letters a-z, digits, point, hyphen and underscore, at most {LONGEST}",
            field="address_name",
        )
    if name in _RESERVED:
        raise BadInput("this name is kept for the provider", field="address_name")
    return name


def derived_name(label: str) -> str:
    """A name from a label: ``Garage links`` → ``garage-links``; empty if nothing is left."""
    folded = unicodedata.normalize("NFKD", label.casefold().translate(_WITHOUT_MARKS))
    plain = folded.encode("ascii", "ignore").decode()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].strip("-")
    return "" if name in _RESERVED else name


def named_connectors(name: str, count: int, max_power_w: int) -> tuple[Connector, ...]:
    """The plugs of a charge point: ``name-1``, ``name-2`` …"""
    return tuple(
        Connector(number, f"{name}-{number}", max_power_w) for number in range(1, count + 1)
    )
