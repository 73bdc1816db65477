"""What a charge point says, translated: one type each."""

from datetime import datetime
from typing import Literal

from msgspec import Struct, field


class Booted(Struct, frozen=True, tag="booted"):
    """BootNotification (OCPP 1.6 §4.2)."""

    vendor: str
    model: str
    serial: str = ""
    firmware: str = ""
    reason: str = ""
    """Why it booted, where it says so (OCPP 2.0.1 §3.9 BootReasonEnumType)."""


class ConnectorStatus(Struct, frozen=True, tag="status"):
    """StatusNotification (OCPP 1.6 §4.9). ``status`` in OCPP 1.6's words; connector 0 is the
    charge point itself."""

    connector: int
    status: str
    error_code: str
    at: datetime
    info: str = ""
    vendor_error_code: str = ""


class Reading(Struct, frozen=True):
    """One moment of a meter. None: the charge point did not say."""

    at: datetime
    energy_wh: int | None = None
    power_w: int | None = None
    soc_percent: int | None = None
    current_ma: int | None = None
    voltage_mv: int | None = None


class SignedReading(Struct, frozen=True):
    """A meter's signed statement, as the charge point sent it, not a character changed.

    ``data``: OCMF or a vendor's own form; ``context`` such as ``Transaction.End``; ``method`` and
    ``public_key`` where the protocol has fields for them (OCPP 2.0.1 SignedMeterValueType).
    """

    at: datetime
    data: str
    context: str = ""
    method: str = ""
    public_key: str = ""


class Readings(Struct, frozen=True, tag="readings"):
    """MeterValues (OCPP 1.6 §4.7). Without a transaction: the connector's meter, no session."""

    connector: int
    transaction_id: int | None
    readings: tuple[Reading, ...]
    signed: tuple[SignedReading, ...] = ()


class Authorize(Struct, frozen=True, tag="authorize"):
    """An idTag was presented (OCPP 1.6 §4.1). Answered ``accepted`` or not."""

    id_tag: str


UNKNOWN_REGISTER_WH = 10**15
"""``meter_wh`` of a start whose register the charge point has not told: above all there can be, so
that the first register that comes is taken for where it began."""


class TransactionStarted(Struct, frozen=True, tag="started"):
    """StartTransaction (OCPP 1.6 §4.8)."""

    connector: int
    id_tag: str
    meter_wh: int
    at: datetime
    reservation_id: int | None = None
    timestamp: str = ""
    """``at`` as the charge point wrote it: the same in every replay, also where ``at`` had to be
    guessed (no clock, local time), so it is what to deduplicate by."""
    transaction_id: int | None = None
    """Given where the charge point names its transactions itself (OCPP 2.0.1)."""
    reference: str = ""
    """The name that it gives."""
    upstream: bool = False
    """The owner's own backend serves the charge point too."""
    sequence: int = 0
    """For that backend: the event's seqNo (OCPP 2.0.1)."""


class TransactionStopped(Struct, frozen=True, tag="stopped"):
    """StopTransaction (OCPP 1.6 §4.10). ``reason`` in OCPP's words."""

    transaction_id: int
    meter_wh: int
    at: datetime
    reason: str = "Local"
    id_tag: str = ""
    readings: tuple[Reading, ...] = ()
    signed: tuple[SignedReading, ...] = ()
    reference: str = ""
    """The charge point's own name for it, from which ``transaction_id`` follows (OCPP 2.0.1)."""
    sequence: int = 0
    """For the owner's own backend: the event's seqNo (OCPP 2.0.1)."""


class CommandOutcome(Struct, frozen=True, tag="outcome"):
    """What came of a command: ``accepted``, ``rejected``, or ``unknown`` (no answer in time,
    CallError, gone). ``detail`` is OCPP's own answer for the owner to read; ``result`` what was
    asked for: keys and values, a list's version, a schedule (numbers and times as OCPP has them).
    """

    id: str
    attempt: int
    outcome: Literal["accepted", "rejected", "unknown"]
    detail: str = ""
    result: dict[str, object] = field(default_factory=dict)
    read_only: tuple[str, ...] = ()
    """Of configuration keys: those that cannot be changed."""


SETTING_FAILED = "failed"
SETTING_INTERRUPTED = "interrupted"
"""The connection ended before the charge point had answered: because of that, or not."""


class ConfigurationReport(Struct, frozen=True, tag="configuration"):
    """What became of the baseline configuration: key → what the charge point answered
    (``Accepted``, ``RebootRequired``, ``Rejected``, ``NotSupported``), `SETTING_FAILED` or
    `SETTING_INTERRUPTED`. Keys that are missing were not told so far."""

    outcomes: dict[str, str]


class WorkStatus(Struct, frozen=True, tag="work"):
    """How far work that takes long has come, in OCPP's word (``Downloading``, ``Uploaded``).

    FirmwareStatusNotification (OCPP 1.6 §4.5), DiagnosticsStatusNotification (§4.4), and the
    whitepaper's SignedFirmwareStatusNotification and LogStatusNotification.
    """

    work: Literal["firmware", "diagnostics", "log"]
    status: str
    at: datetime
    request_id: int | None = None


class SecurityEvent(Struct, frozen=True, tag="security_event"):
    """SecurityEventNotification (whitepaper §4.8; 2.0.1 A04)."""

    event: str
    at: datetime
    detail: str = ""


class SigningRequest(Struct, frozen=True, tag="signing_request"):
    """SignCertificate (whitepaper §4.10; 2.0.1 A02): a CSR in PEM to be signed."""

    csr: str
    certificate_type: str = "ChargingStationCertificate"


class VendorData(Struct, frozen=True, tag="vendor_data"):
    """DataTransfer from a charge point (OCPP 1.6 §4.3): kept for its owner to read."""

    vendor_id: str
    at: datetime
    message_id: str = ""
    data: str = ""


class ReservationEnded(Struct, frozen=True, tag="reservation_ended"):
    """ReservationStatusUpdate (OCPP 2.0.1 H): ``Expired`` or ``Removed``."""

    reservation_id: int
    status: str


class Observed(Struct, frozen=True, tag="observed"):
    """How the connection of a charge point does: totals since it was made. May be lost.

    ``oddities``: soft errors by kind, as ``app.charge_points.oddities`` words them.
    """

    since: datetime
    frames: int
    malformed: int = 0
    refused: int = 0
    """Calls of it that were answered with a CallError."""
    timeouts: int = 0
    """Calls to it that had no answer in time."""
    answers: int = 0
    answer_p50_ms: int | None = None
    answer_max_ms: int | None = None
    oddities: dict[str, int] = field(default_factory=dict)


class LoggedFrame(Struct, frozen=True):
    """One frame as its owner may read it: without secrets, cut where it is very long."""

    at: datetime
    sent: bool
    """To the charge point; else from it."""
    text: str


class FramesLogged(Struct, frozen=True, tag="frames"):
    """What was said on a connection whose frame log is switched on. May be lost."""

    frames: tuple[LoggedFrame, ...]
    left_out: int = 0
    """So many more were not kept, because they were too many."""


class LastSeen(Struct, frozen=True, tag="last_seen"):
    """Until when the charge point was seen on the connection before this one, where the app was
    not told of that one's end; told after all that was said on it."""

    at: datetime


class UpstreamAsks(Struct, frozen=True, tag="upstream_asks"):
    """The owner's own backend wants to do this to the charge point. Answered ``accepted`` unless
    it would touch a charge of ours. ``connector`` 0: all of them."""

    action: str
    connector: int = 0
    reservation_id: int | None = None
    id_tag: str = ""
    """Under which it wants to start a charge."""
    number: int = 0
    """Tells one wish from the next alike."""


class UpstreamTold(Struct, frozen=True, tag="upstream_told"):
    """The owner's own backend has taken a transaction's start, or its end."""

    transaction_id: int
    upstream_id: int | None = None
    is_end: bool = False


class UpstreamState(Struct, frozen=True, tag="upstream_state"):
    """How the link to the owner's own backend does. May be lost; ``lost`` and ``queued`` count
    messages."""

    at: datetime
    connected: bool
    error: str = ""
    queued: int = 0
    lost: int = 0


Said = (
    Booted
    | ConnectorStatus
    | Readings
    | Authorize
    | TransactionStarted
    | TransactionStopped
    | CommandOutcome
    | ConfigurationReport
    | WorkStatus
    | SecurityEvent
    | SigningRequest
    | VendorData
    | ReservationEnded
    | Observed
    | FramesLogged
    | LastSeen
    | UpstreamAsks
    | UpstreamTold
    | UpstreamState
)
