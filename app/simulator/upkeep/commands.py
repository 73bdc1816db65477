"""What is asked in the same words in every version: a log, one root more, one less."""

from typing import TYPE_CHECKING

from app.simulator.upkeep.logs import LogRequest
from app.simulator.wire.messages import Payload, Reply, status

if TYPE_CHECKING:
    from app.simulator.device import Device


def get_log(device: "Device", payload: Payload) -> Reply:
    """Put a log where it is wanted."""
    security = payload["logType"] == "SecurityLog"
    request = LogRequest(
        location=payload["log"]["remoteLocation"],
        name=device.logs.name("security" if security else "diagnostics"),
        security=security,
        request_id=payload["requestId"],
        retries=payload.get("retries", 0),
        retry_interval_s=payload.get("retryInterval", 0),
    )
    outcome = "AcceptedCanceled" if device.logs.busy else "Accepted"
    answer = {"status": outcome, "filename": request.name}
    return Reply(answer, lambda: device.logs.begin(request))


def install(device: "Device", payload: Payload) -> Reply:
    """Trust one more."""
    outcome = device.certificates.install(payload["certificateType"], payload["certificate"])
    return status(outcome)


def delete(device: "Device", payload: Payload) -> Reply:
    """Trust one less."""
    return status(device.certificates.delete(payload["certificateHashData"]))
