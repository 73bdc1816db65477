"""Messages the central system wants to see once more (OCPP 1.6 §5.17, whitepaper §5)."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from app.simulator.wire.command import Command
from app.simulator.wire.messages import Message, Payload, Reply, status

if TYPE_CHECKING:
    from app.simulator.device import Device


def _statuses(device: "Device", number: int | None) -> None:
    numbers = [0, *device.station.connectors] if number is None else [number]
    device.station.announce(numbers)


def _values(device: "Device", number: int | None) -> None:
    for connector in device.station.numbered(number or 0):
        device.send_values(connector)


def _firmware(device: "Device", _: int | None) -> None:
    device.send(device.dialect.firmware_status(device.firmware.status, device.firmware.request_id))


def _signed_firmware(device: "Device", _: int | None) -> None:
    payload: Payload = {"status": device.firmware.status}
    if device.firmware.request_id is not None:
        payload["requestId"] = device.firmware.request_id
    device.send(Message("SignedFirmwareStatusNotification", payload))


def _diagnostics(device: "Device", _: int | None) -> None:
    device.send(Message("DiagnosticsStatusNotification", {"status": device.logs.status}))


def _log(device: "Device", _: int | None) -> None:
    payload: Payload = {"status": device.logs.status}
    if device.logs.request_id is not None:
        payload["requestId"] = device.logs.request_id
    device.send(Message("LogStatusNotification", payload))


Trigger = Callable[["Device", int | None], object]
PLAIN: dict[str, Trigger] = {
    "BootNotification": lambda device, _: device.trigger(device.uplink.boot_again),
    "Heartbeat": lambda device, _: device.trigger(device.uplink.beat_now),
    "StatusNotification": _statuses,
    "MeterValues": _values,
    "FirmwareStatusNotification": _firmware,
    "DiagnosticsStatusNotification": _diagnostics,
}
EXTENDED: dict[str, Trigger] = {
    **PLAIN,
    "FirmwareStatusNotification": _signed_firmware,
    "LogStatusNotification": _log,
    "SignChargePointCertificate": lambda device, _: device.want_certificate(),
}


def _answering(triggers: dict[str, Trigger]) -> Command:
    def answer(device: "Device", payload: Payload) -> Reply:
        send = triggers.get(payload["requestedMessage"])
        number = payload.get("connectorId")
        if send is None:
            return status("NotImplemented")
        if number is not None and number not in (0, *device.station.connectors):
            return status("Rejected")
        return status("Accepted", lambda: send(device, number))

    return answer


COMMANDS: dict[str, Command] = {
    "TriggerMessage": _answering(PLAIN),
    "ExtendedTriggerMessage": _answering(EXTENDED),
}
