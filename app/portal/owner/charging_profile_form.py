"""Charging profiles as owners write them, and what they become."""

import re
from collections.abc import Mapping
from typing import Any, Final

from app.charging.errors import BadInput

LIMIT_ID: Final = 1
SAYS: Final = "one line for each: hours:minutes after the beginning, then the limit, like 6:30 10"
_LINE: Final = re.compile(r"(\d{1,5}):([0-5]\d)\s+(\d{1,12}(?:[.,]\d{1,3})?)(?:\s+([123]))?")
_RECURRING: Final = ("Daily", "Weekly")


def limit_of(sent: Mapping[str, Any]) -> dict[str, Any]:
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


def profile_of(sent: Mapping[str, Any]) -> dict[str, Any]:
    """The whole of a charging profile; raises ``BadInput`` with the field that is wrong."""
    kind = sent["kind"]
    if kind != "Relative" and "starts_at" not in sent:
        raise BadInput("this is needed", field="starts_at")
    if kind == "Relative" and "starts_at" in sent:
        raise BadInput("leave this empty: it begins with each charge", field="starts_at")
    schedule = {name: sent[name] for name in ("unit", "duration_s", "starts_at") if name in sent}
    of_profile = ("id", "stack_level", "purpose", "valid_from", "valid_to")
    profile = {name: sent[name] for name in of_profile if name in sent}
    profile["schedule"] = {**schedule, "periods": periods_of(sent["periods"])}
    profile["kind"] = "Recurring" if kind in _RECURRING else kind
    if kind in _RECURRING:
        profile["recurrency"] = kind
    connector = sent["connector"]
    return {"type": "set_charging_profile", "connector": connector, "profile": profile}


def periods_of(text: str) -> list[dict[str, Any]]:
    """``6:30 10 1`` is a limit of 10 on one phase from six and a half hours on."""
    found = list[dict[str, Any]]()
    for line in filter(None, map(str.strip, text.splitlines())):
        read = _LINE.fullmatch(line)
        if read is None:
            raise BadInput(SAYS, field="periods")
        hours, minutes, limit, phases = read.groups()
        start_s = int(hours) * 3600 + int(minutes) * 60
        period: dict[str, Any] = {"start_s": start_s, "limit": limit.replace(",", ".")}
        found.append(period if phases is None else {**period, "phases": int(phases)})
    starts = [period["start_s"] for period in found]
    if starts and starts[0] != 0:
        raise BadInput("the first begins at 0:00", field="periods")
    if starts != sorted(set(starts)):
        raise BadInput("one after the other, each with a time of its own", field="periods")
    return found
