"""OCPP 2.0.1: its requests, and where its commands go."""

from typing import TYPE_CHECKING

from app.simulator.core.connector import Connector
from app.simulator.core.id_tags import IdInfo
from app.simulator.core.meter import Reading
from app.simulator.settings import SimulatorSettings
from app.simulator.v201.commands import COMMANDS
from app.simulator.v201.telling import Telling201
from app.simulator.v201.variables import FACTORY
from app.simulator.v201.words import END, id_info, meter_value, token
from app.simulator.wire.messages import Message, Payload, Refused, Reply, present

if TYPE_CHECKING:
    from app.simulator.device import Device


class Dialect201:
    """The words of OCPP 2.0.1, and of 2.1 as far as they are the same."""

    malformed = "FormatViolation"
    factory = FACTORY

    def __init__(self, subprotocol: str = "ocpp2.0.1", schemas: str = "v201") -> None:
        self.subprotocol, self.schemas = subprotocol, schemas

    def boot(self, settings: SimulatorSettings, firmware: str, reason: str) -> Message:
        """BootNotification."""
        station = {
            "vendorName": settings.vendor,
            "model": settings.model,
            "serialNumber": settings.serial,
            "firmwareVersion": firmware,
        }
        return Message("BootNotification", {"reason": reason, "chargingStation": station})

    def authorize(self, id_tag: str) -> Message:
        """Authorize."""
        return Message("Authorize", {"idToken": token(id_tag)})

    def id_info(self, answer: Payload) -> IdInfo:
        """What the answer to Authorize says."""
        return id_info(answer.get("idTokenInfo") or {})

    def values(self, device: "Device", connector: Connector, reading: Reading) -> Message:
        """MeterValues without a transaction."""
        return _values(device, connector, reading, "MeterValuesSampledData", "Trigger")

    def aligned_values(self, device: "Device", connector: Connector, reading: Reading) -> Message:
        """MeterValues by the clock."""
        return _values(device, connector, reading, "MeterValuesAlignedData", "Sample.Clock")

    def firmware_status(self, status: str, request_id: int | None) -> Message:
        """FirmwareStatusNotification."""
        payload = present(status=status, requestId=request_id)
        return Message("FirmwareStatusNotification", payload)

    def log_status(self, status: str, request_id: int | None) -> Message:
        """LogStatusNotification."""
        return Message("LogStatusNotification", present(status=status, requestId=request_id))

    def sign_certificate(self, csr: str) -> Message:
        """SignCertificate, for the charger's own connection."""
        payload = {"csr": csr, "certificateType": "ChargingStationCertificate"}
        return Message("SignCertificate", payload)

    def security_event(self, kind: str, moment: str, info: str | None) -> Message:
        """SecurityEventNotification."""
        payload = present(type=kind, timestamp=moment, techInfo=info)
        return Message("SecurityEventNotification", payload)

    def stop_unknown(self, number: int, moment: str) -> Message:
        """The end of a transaction out of nowhere."""
        value = {"value": 1.0, "context": END}
        payload = {
            "eventType": "Ended",
            "timestamp": moment,
            "triggerReason": "EVCommunicationLost",
            "seqNo": 7,
            "offline": True,
            "transactionInfo": {"transactionId": f"unknown-{number}", "stoppedReason": "Reboot"},
            "meterValue": [{"timestamp": moment, "sampledValue": [value]}],
        }
        return Message("TransactionEvent", payload)

    def teller(self, device: "Device") -> Telling201:
        """What puts the core's happenings in words."""
        return Telling201(device)

    def answer(self, device: "Device", action: str, payload: Payload) -> Reply:
        """Do what the central system asks."""
        if action not in COMMANDS:
            raise Refused("NotImplemented", f"{action} is not known here")
        return COMMANDS[action](device, payload)


def _values(
    device: "Device", connector: Connector, reading: Reading, key: str, context: str
) -> Message:
    value = meter_value(reading, device.configuration[key], device.parts.now(), context)
    return Message("MeterValues", {"evseId": connector.id, "meterValue": [value]})
