"""What people type into a line of text."""

import unicodedata
from zoneinfo import ZoneInfo

from app.charging.errors import BadInput


def line(text: str, *, field: str, longest: int, required: bool = True) -> str:
    """One trimmed line without control characters; raises ``BadInput``."""
    tidy = " ".join(unicodedata.normalize("NFC", text).split())
    if required and not tidy:
        raise BadInput("this is needed", field=field)
    if len(tidy) > longest:
        raise BadInput(f"at most {longest} characters", field=field)
    if any(unicodedata.category(character) in ("Cc", "Cf", "Cs") for character in tidy):
        raise BadInput("this has characters that cannot be shown", field=field)
    return tidy


def time_zone(text: str, *, field: str) -> str:
    """The IANA name of a time zone; raises ``BadInput``."""
    name = text.strip()
    try:
        # A name that is a folder of the database, or climbs out of it, is an OSError or ValueError.
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise BadInput("a time zone by its name, like Europe/Berlin", field=field) from None
    return name
