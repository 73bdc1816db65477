"""NotifyEvent (OCPP 2.0.1 N07; G01 where a charge point reports its status this way).

Of the device model's events, two concern whoever wants to charge: what an EVSE is available for,
and that something in it is broken.
"""

from typing import Any, Final

from app.edge_messages import ConnectorStatus
from app.ocpp_edge.dialect import Answered, Context
from app.ocpp_edge.frames import Payload
from app.ocpp_edge.v201 import evse_status
from app.ocpp_edge.v201.memory import Memory

PLACES: Final = frozenset({"ChargingStation", "Connector", "EVSE"})
CODES: Final = {
    "ConnectedEV": "EVCommunicationError",
    "ConnectorPlugRetentionLock": "ConnectorLockFailure",
    "ControlMetering": "PowerMeterFailure",
    "CPPWMController": "EVCommunicationError",
    "DataLink": "WeakSignal",
    "EVRetentionLock": "ConnectorLockFailure",
    "FiscalMetering": "PowerMeterFailure",
    "GroundIsolationProtection": "GroundFailure",
    "OverCurrentProtection": "OverCurrentFailure",
    "PowerContactor": "PowerSwitchFailure",
    "RCD": "GroundFailure",
    "TemperatureSensor": "HighTemperature",
    "TokenReader": "ReaderFailure",
}
"""Standard components (OCPP 2.0.1 part 2, appendix 3.1) in the error codes of OCPP 1.6 §7.6."""
LONGEST_INFO = 200
MAX_EVENTS = 100


def receive(payload: Payload, context: Context, memory: Memory) -> Answered:
    """Answered at once."""
    events = payload["eventData"][:MAX_EVENTS]
    told = [_status(event, context, memory) for event in events]
    return Answered({}, also=tuple(status for status in told if status is not None))


def _status(event: dict[str, Any], context: Context, memory: Memory) -> ConnectorStatus | None:
    component, variable = event["component"], event["variable"]["name"]
    name, at = component["name"], context.moment(event["timestamp"])
    evse = component.get("evse", {}).get("id", 0)
    value = event["actualValue"].strip()
    if variable == "AvailabilityState" and name in PLACES and value:
        return evse_status.available(memory, evse, value, at)
    if variable != "Problem":
        return None
    if value.lower() != "true" or event.get("cleared") is True:
        return evse_status.troubled(memory, evse, "NoError", "", at)
    words = (name, event.get("techCode"), event.get("techInfo"))
    info = " ".join(str(word) for word in words if word)[:LONGEST_INFO]
    return evse_status.troubled(memory, evse, CODES.get(name, "OtherError"), info, at)
