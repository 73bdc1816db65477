"""OCPP 1.6J: its requests, and where its commands go."""

from typing import TYPE_CHECKING

from app.simulator.core.connector import Connector
from app.simulator.core.id_tags import IdInfo
from app.simulator.core.meter import Reading
from app.simulator.settings import SimulatorSettings
from app.simulator.v16.commands import COMMANDS
from app.simulator.v16.keys import FACTORY
from app.simulator.v16.telling import Telling16
from app.simulator.v16.words import id_info
from app.simulator.wire.messages import Message, Payload, Refused, Reply, present

if TYPE_CHECKING:
    from app.simulator.device import Device


class Dialect16:
    """The words of OCPP 1.6J."""

    subprotocol = "ocpp1.6"
    schemas = "v16"
    malformed = "FormationViolation"
    factory = FACTORY

    def boot(self, settings: SimulatorSettings, firmware: str, reason: str) -> Message:
        """BootNotification; 1.6 names no reason."""
        return Message(
            "BootNotification",
            {
                "chargePointVendor": settings.vendor,
                "chargePointModel": settings.model,
                "chargePointSerialNumber": settings.serial,
                "firmwareVersion": firmware,
            },
        )

    def authorize(self, id_tag: str) -> Message:
        """Authorize."""
        return Message("Authorize", {"idTag": id_tag})

    def id_info(self, answer: Payload) -> IdInfo:
        """What the answer to Authorize says."""
        return id_info(answer.get("idTagInfo") or {})

    def values(self, device: "Device", connector: Connector, reading: Reading) -> Message:
        """MeterValues without a transaction."""
        return self._values(device, connector, reading, "MeterValuesSampledData", "Trigger")

    def aligned_values(self, device: "Device", connector: Connector, reading: Reading) -> Message:
        """MeterValues by the clock."""
        return self._values(device, connector, reading, "MeterValuesAlignedData", "Sample.Clock")

    def firmware_status(self, status: str, request_id: int | None) -> Message:
        """FirmwareStatusNotification, or the whitepaper's."""
        if request_id is None:
            return Message("FirmwareStatusNotification", {"status": status})
        payload = {"status": status, "requestId": request_id}
        return Message("SignedFirmwareStatusNotification", payload)

    def log_status(self, status: str, request_id: int | None) -> Message:
        """DiagnosticsStatusNotification, or the whitepaper's."""
        if request_id is None:
            return Message("DiagnosticsStatusNotification", {"status": status})
        return Message("LogStatusNotification", {"status": status, "requestId": request_id})

    def sign_certificate(self, csr: str) -> Message:
        """SignCertificate."""
        return Message("SignCertificate", {"csr": csr})

    def security_event(self, kind: str, moment: str, info: str | None) -> Message:
        """SecurityEventNotification."""
        payload = present(type=kind, timestamp=moment, techInfo=info)
        return Message("SecurityEventNotification", payload)

    def stop_unknown(self, number: int, moment: str) -> Message:
        """StopTransaction out of nowhere."""
        payload = {"transactionId": number, "meterStop": 1, "timestamp": moment}
        return Message("StopTransaction", payload)

    def teller(self, device: "Device") -> Telling16:
        """What puts the core's happenings in words."""
        return Telling16(device)

    def answer(self, device: "Device", action: str, payload: Payload) -> Reply:
        """Do what the central system asks."""
        if action not in COMMANDS:
            raise Refused("NotImplemented", f"{action} is not known here")
        return COMMANDS[action](device, payload)

    def _values(
        self, device: "Device", connector: Connector, reading: Reading, key: str, context: str
    ) -> Message:
        value = Telling16(device).value(reading, key, context)
        return Message("MeterValues", {"connectorId": connector.id, "meterValue": [value]})
