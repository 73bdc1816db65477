"""OCPP 2.0.1 payloads for a backend, and what its answers mean."""

from datetime import datetime
from typing import Final

from msgspec import structs

from app.edge_messages import UNKNOWN_REGISTER_WH, Booted, MessageResult, UpstreamTransaction
from app.ocpp_edge import times
from app.ocpp_edge.frames import CallError, CallResult, Payload
from app.ocpp_edge.v201 import tokens

REGISTER: Final = "Energy.Active.Import.Register"
TRIGGERS: Final = {
    "EVDisconnected": "EVCommunicationLost",
    "EnergyLimitReached": "EnergyLimitReached",
    "Remote": "RemoteStop",
    "TimeLimitReached": "TimeLimitReached",
}
"""Why a transaction ended, as the trigger of its last event."""
LARGEST: Final = 2**31
STATUS_LENGTH: Final = 20


def part(payload: Payload, name: str) -> Payload:
    """An object in a payload; empty where there is none."""
    found = payload.get(name)
    return found if isinstance(found, dict) else {}


def sequence_of(payload: Payload) -> int:
    """The event's number (OCPP 2.0.1 E01); 0 where it has none."""
    number = payload.get("seqNo")
    return number if type(number) is int and 0 <= number < LARGEST else 0


def order_of(payload: Payload) -> tuple[int, str]:
    """Where an event stands among those of its transaction."""
    at = payload.get("timestamp")
    return sequence_of(payload), at if type(at) is str else ""


def without_names(payload: Payload, id_tag: str) -> Payload:
    """An event of ours under another idTag, without what leads to who paid."""
    shown = {name: each for name, each in payload.items() if name != "reservationId"}
    info = part(payload, "transactionInfo")
    shown["transactionInfo"] = {n: each for n, each in info.items() if n != "remoteStartId"}
    if "idToken" in payload:
        shown["idToken"] = tokens.of_card_or_ours(id_tag)
    return shown


def status_of(answer: CallResult | CallError | None) -> str | None:
    """IdTokenInfo's status; None where there is nothing that can be read."""
    payload = answer.payload if isinstance(answer, CallResult) else {}
    status = part(payload, "idTokenInfo").get("status")
    return status[:STATUS_LENGTH] if type(status) is str else None


def judged(answer: CallResult | CallError | None, result: MessageResult) -> MessageResult | None:
    """The backend's word on an idToken; None when it gave none."""
    status = status_of(answer)
    if status is None:
        return None
    return structs.replace(result, accepted=status == "Accepted", id_tag_status=status)


def boot_of(device: Booted | None) -> Payload | None:
    """BootNotification (OCPP 2.0.1 B01) as the app remembers it."""
    if device is None or not device.vendor or not device.model:
        return None
    station: Payload = {"vendorName": device.vendor[:50], "model": device.model[:20]}
    if device.serial:
        station["serialNumber"] = device.serial[:25]
    if device.firmware:
        station["firmwareVersion"] = device.firmware[:50]
    return {"reason": "Unknown", "chargingStation": station}


def start_of(kept: UpstreamTransaction) -> Payload:
    """A Started (OCPP 2.0.1 E01) as the app remembers it."""
    event = _event("Started", kept, kept.at, kept.sequence, "Authorized", kept.meter_wh)
    event["evse"] = {"id": kept.connector}
    event["idToken"] = tokens.of_card_or_ours(kept.id_tag)
    return event


def end_of(kept: UpstreamTransaction, at: datetime) -> Payload:
    """An Ended (OCPP 2.0.1 E06) as the app remembers it."""
    trigger = TRIGGERS.get(kept.stop_reason, "StopAuthorized")
    event = _event("Ended", kept, at, kept.stop_sequence, trigger, kept.meter_stop_wh)
    event["transactionInfo"]["stoppedReason"] = kept.stop_reason or "Local"
    return event


def _event(
    kind: str, kept: UpstreamTransaction, at: datetime, sequence: int, trigger: str, meter_wh: int
) -> Payload:
    moment = times.write(at)
    event: Payload = {
        "eventType": kind,
        "timestamp": moment,
        "triggerReason": trigger,
        "seqNo": sequence,
        "offline": True,
        "transactionInfo": {"transactionId": kept.reference or str(kept.transaction_id)},
    }
    if meter_wh < UNKNOWN_REGISTER_WH:
        context = "Transaction.Begin" if kind == "Started" else "Transaction.End"
        register = {"value": meter_wh, "measurand": REGISTER, "context": context}
        event["meterValue"] = [{"timestamp": moment, "sampledValue": [register]}]
    return event
