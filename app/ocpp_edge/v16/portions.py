"""What OCPP 1.6 charge points say of how much they take at once (§9.1, §9.2)."""

from functools import partial
from typing import Final

from app.ocpp_edge.answers import entries
from app.ocpp_edge.dialect import Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.portions import Portioned, Room, positive


def _room(key: str, payload: Payload) -> Room:
    for entry in entries(payload.get("configurationKey"), 10):
        if isinstance(entry, dict) and entry.get("key") == key:
            return Room(items=positive(entry.get("value")))
    return Room()


def _asked(key: str) -> Request:
    return Request("GetConfiguration", {"key": [key]})


LIST_LENGTH: Final = "SendLocalListMaxLength"
KEYS: Final = "GetConfigurationMaxKeys"
PORTIONED: Final = {
    "GetConfiguration": Portioned(
        "key", _asked(KEYS), partial(_room, KEYS), ("configurationKey", "unknownKey")
    ),
    "SendLocalList": Portioned(
        "localAuthorizationList",
        _asked(LIST_LENGTH),
        partial(_room, LIST_LENGTH),
        version="listVersion",
    ),
}
