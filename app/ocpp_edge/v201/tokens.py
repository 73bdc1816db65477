"""IdTokens (OCPP 2.0.1 §2.24 IdTokenType, §2.25 IdTokenInfoType).

An idToken is matched by its value alone, trimmed, whatever type the charge point gives it: several
send back our own with another type.
"""

import re
from typing import Any

from app.edge_messages import MessageResult
from app.ocpp_edge import times
from app.ocpp_edge.frames import Payload

LONGEST = 255
"""36 by the standard; some charge points append to it."""
UID_14443 = re.compile(r"(?:[0-9A-Fa-f]{8}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{20})")
UID_15693 = re.compile(r"E0[0-9A-F]{14}")


def value_of(token: Any) -> str:
    """The idTag in an idToken; empty where there is none."""
    value = token.get("idToken") if isinstance(token, dict) else None
    return value.strip()[:LONGEST] if type(value) is str else ""


def central(id_tag: str) -> Payload:
    """An idTag of ours."""
    return {"idToken": id_tag, "type": "Central"}


def of_card_or_ours(id_tag: str) -> Payload:
    """A card's number as cards have it (4, 7 or 10 bytes), else an idTag of ours."""
    if UID_14443.fullmatch(id_tag):
        return {"idToken": id_tag, "type": "ISO14443"}
    if UID_15693.fullmatch(id_tag):
        return {"idToken": id_tag, "type": "ISO15693"}
    return central(id_tag)


def info(result: MessageResult) -> Payload:
    """IdTokenInfo: whether it may charge, as the app decided."""
    if not result.accepted:
        return {"status": result.id_tag_status or "Invalid"}
    told: Payload = {"status": "Accepted"}
    if result.id_tag_until is not None:
        told["cacheExpiryDateTime"] = times.write(result.id_tag_until)
    if result.parent_id_tag:
        told["groupIdToken"] = central(result.parent_id_tag)
    return told
