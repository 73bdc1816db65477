"""What OCPP 2.0.1 charge points say of how much they take at once (part 2, appendix 3)."""

from typing import Final

from app.ocpp_edge.answers import entries
from app.ocpp_edge.dialect import Request
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.portions import MOST, Portioned, Room, positive
from app.ocpp_edge.v201 import variables

ITEMS: Final = "ItemsPerMessage"
BYTES: Final = "BytesPerMessage"


def _asked(component: str, of: str) -> Request:
    names = (f"{component}.{ITEMS}{of}", f"{component}.{BYTES}{of}")
    return Request("GetVariables", {"getVariableData": [variables.parsed(name) for name in names]})


def _room(payload: Payload) -> Room:
    told = {ITEMS: MOST, BYTES: MOST}
    for entry in entries(payload.get("getVariableResult"), 10):
        if not isinstance(entry, dict) or entry.get("attributeStatus") != "Accepted":
            continue
        name = variables.written(entry).partition(".")[2].partition("[")[0]
        told[name] = positive(entry.get("attributeValue"))
    return Room(told[ITEMS], told[BYTES])


PORTIONED: Final = {
    "GetVariables": Portioned(
        "getVariableData",
        _asked("DeviceDataCtrlr", "[GetVariables]"),
        _room,
        ("getVariableResult",),
    ),
    "SendLocalList": Portioned(
        "localAuthorizationList",
        _asked("LocalAuthListCtrlr", ""),
        _room,
        version="versionNumber",
    ),
}
