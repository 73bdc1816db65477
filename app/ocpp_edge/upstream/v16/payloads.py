"""OCPP 1.6 payloads for a backend, and what its answers mean."""

from datetime import datetime

from msgspec import structs

from app.edge_messages import Booted, MessageResult, UpstreamTransaction
from app.ocpp_edge import times
from app.ocpp_edge.frames import CallError, CallResult, Payload


def judged(answer: CallResult | CallError | None, result: MessageResult) -> MessageResult | None:
    """The backend's word on an idTag; None when it gave none."""
    payload = answer.payload if isinstance(answer, CallResult) else {}
    status = status_of(payload)
    if status is None:
        return None
    info = payload["idTagInfo"]
    group = info.get("parentIdTag")
    return structs.replace(
        result,
        accepted=status == "Accepted",
        id_tag_status=status,
        parent_id_tag=group[:20] if type(group) is str else "",
    )


def status_of(payload: Payload) -> str | None:
    """IdTagInfo's status; None where there is nothing that can be read."""
    info = payload.get("idTagInfo")
    status = info.get("status") if isinstance(info, dict) else None
    return status[:20] if type(status) is str else None


def boot_of(device: Booted | None) -> Payload | None:
    """BootNotification (OCPP 1.6 §6.7) as the app remembers it."""
    if device is None or not device.vendor or not device.model:
        return None
    boot: Payload = {
        "chargePointVendor": device.vendor[:20],
        "chargePointModel": device.model[:20],
    }
    if device.serial:
        boot["chargePointSerialNumber"] = device.serial[:25]
    if device.firmware:
        boot["firmwareVersion"] = device.firmware[:50]
    return boot


def start_of(kept: UpstreamTransaction) -> Payload:
    """StartTransaction (OCPP 1.6 §6.45) as the app remembers it."""
    return {
        "connectorId": kept.connector,
        "idTag": kept.id_tag,
        "meterStart": kept.meter_wh,
        "timestamp": times.write(kept.at),
    }


def stop_of(kept: UpstreamTransaction, at: datetime) -> Payload:
    """StopTransaction (OCPP 1.6 §6.49) as the app remembers it."""
    return {
        "transactionId": kept.transaction_id,
        "meterStop": kept.meter_stop_wh,
        "timestamp": times.write(at),
        "reason": kept.stop_reason or "Local",
    }
