"""What a version of OCPP has to know, so that one charger can speak several."""

from typing import TYPE_CHECKING, Protocol

from app.simulator.core.configuration import Factory
from app.simulator.core.connector import Connector
from app.simulator.core.id_tags import IdInfo
from app.simulator.core.meter import Reading
from app.simulator.core.telling import Teller
from app.simulator.settings import SimulatorSettings
from app.simulator.wire.messages import Message, Payload, Reply

if TYPE_CHECKING:
    from app.simulator.device import Device


class Dialect(Protocol):
    """One version's words. Holds no state: a device brings its own."""

    subprotocol: str
    schemas: str
    """The folder of the ``ocpp`` package with its schemas."""

    malformed: str
    """The error code for a payload that is none."""

    factory: Factory

    def boot(self, settings: SimulatorSettings, firmware: str, reason: str) -> Message:
        """BootNotification."""
        ...

    def authorize(self, id_tag: str) -> Message:
        """Authorize."""
        ...

    def id_info(self, answer: Payload) -> IdInfo:
        """What an answer says of the tag that was asked about."""
        ...

    def values(self, device: "Device", connector: Connector, reading: Reading) -> Message:
        """Values outside of a transaction, because they were asked for."""
        ...

    def aligned_values(self, device: "Device", connector: Connector, reading: Reading) -> Message:
        """Values taken by the clock."""
        ...

    def firmware_status(self, status: str, request_id: int | None) -> Message:
        """How an update goes; a request id belongs to one that is signed, or to 2.0.1."""
        ...

    def log_status(self, status: str, request_id: int | None) -> Message:
        """How an upload goes; without a request id it is 1.6's diagnostics."""
        ...

    def sign_certificate(self, csr: str) -> Message:
        """SignCertificate."""
        ...

    def security_event(self, kind: str, moment: str, info: str | None) -> Message:
        """SecurityEventNotification."""
        ...

    def stop_unknown(self, number: int, moment: str) -> Message:
        """The end of a transaction that nobody knows."""
        ...

    def teller(self, device: "Device") -> Teller:
        """What puts the core's happenings in words."""
        ...

    def answer(self, device: "Device", action: str, payload: Payload) -> Reply:
        """Do what the central system asks; raises ``Refused`` for what is not known."""
        ...
