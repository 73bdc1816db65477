"""The types that cross between the edge and the app, below both.

The edge calls the app over HTTP (JSON, by msgspec); the app reaches the edge over the command bus.
The edge has translated OCPP into these, so the app does not know which protocol spoke. Moments
are timezone-aware UTC; energy is Wh of the meter's register, power W, state of charge percent.

Routes, all on the internal surface:

=========================================  ================  ==================
``POST /internal/connect``                 ``Connect``       ``Connected``
``POST /internal/messages``                ``MessageBatch``  ``MessageResults``
``POST /internal/disconnect``              ``Disconnect``    –
``POST /internal/lease``                   ``Lease``         –
``POST /internal/watch``                   ``Watch``         ``Watching``
``POST /internal/trust``                   ``Trust``         ``Trust``
=========================================  ================  ==================
"""

from datetime import datetime
from typing import Literal, Protocol

from msgspec import Struct, field

from app.operations import ChargerOperation

# --- Connect ---------------------------------------------------------------------------------


class Connect(Struct, frozen=True):
    """A charge point asks to be let in. ``path`` is the charger path, decoded and stripped.

    ``password_sha256`` is hex; None when the charger sent no credentials. The edge remembers the
    answer for no one: each connection asks anew.
    """

    path: str
    username: str | None
    password_sha256: str | None
    protocol: str
    """``ocpp1.6`` or ``ocpp2.0.1``."""
    instance: str
    """The edge instance that holds the socket."""
    queue: str
    """Where the app leaves commands for this instance."""
    connection: str
    """Random id of this socket, so that an old socket's close cannot evict a new one."""
    peer: str = ""
    tls: bool = False
    """Whether the socket is encrypted up to us: security profiles 2 and 3."""
    certificate_sha256: str = ""
    """Hex, of the client certificate (DER) whose key the charge point proved to have, signed under
    our root; empty without one."""
    is_link: bool = False
    """It is no charge point but a link to an upstream, of another Strom or of this one."""


class Setting(Struct, frozen=True):
    """One configuration key that the charge point should have (OCPP 1.6 §9)."""

    key: str
    value: str


class Deadline(Struct, frozen=True):
    """When the edge must stop a transaction by itself, even if the app is down.

    Whichever comes first. ``stop_at_wh`` is in terms of the meter's register. None: no limit.
    """

    transaction_id: int
    connector: int
    stop_at: datetime | None
    stop_at_wh: int | None
    reference: str = ""
    """The charge point's own name for the transaction (OCPP 2.0.1), to stop it by."""


class Command(Struct, frozen=True, tag="command"):
    """Something the charge point is told to do. The edge deduplicates by ``id`` and ``attempt``."""

    id: str
    tenant: str
    charge_point: str
    operation: ChargerOperation
    attempt: int = 1
    expires_at: datetime | None = None
    """After this the edge does not deliver it any more. None for stops."""
    epoch: int = 0


class FrameLogging(Struct, frozen=True):
    """Until when frames are to be logged, and until when somebody looks at them."""

    until: datetime
    looked_at_until: datetime | None = None


class UpstreamTransaction(Struct, frozen=True):
    """A transaction that the owner's own backend is told of, so that any edge can go on telling.

    ``foreign``: begun by an idTag of the backend's, which is its authority; else one of ours, told
    under ``id_tag``. ``upstream_id`` is the backend's number for it, once it has given one.
    """

    transaction_id: int
    connector: int
    id_tag: str
    meter_wh: int
    at: datetime
    foreign: bool = False
    upstream_id: int | None = None
    stopped_at: datetime | None = None
    meter_stop_wh: int = 0
    stop_reason: str = ""


class Upstream(Struct, frozen=True):
    """The owner's own backend, where the edge connects as the charge point.

    ``mirror``: it only sees. ``shared``: it decides over idTags that we do not know.
    """

    url: str
    """The whole address, the charge point's name at its end."""
    mode: Literal["mirror", "shared"]
    when_down: Literal["accept", "refuse"] = "refuse"
    """What becomes of its idTags while it cannot be asked."""
    username: str = ""
    password: str = ""
    ca_pem: str = ""
    """Instead of the system's authorities."""
    report_id_tag: str = ""
    """Under which our own charges are told; empty: see ``app.records.upstreams``."""
    kept_keys: tuple[str, ...] = ()
    """Of the configuration: keys it must not change."""
    device: "Booted | None" = None
    """What the charge point told of itself last."""
    transactions: tuple[UpstreamTransaction, ...] = ()
    """Those it does not know all of."""

    def __repr__(self) -> str:
        return f"Upstream({self.mode!r})"


class Connected(Struct, frozen=True):
    """The charge point may talk; what it is owed."""

    tenant: str
    charge_point: str
    epoch: int
    """Fences commands, status and disconnects of older connections."""
    heartbeat_interval_s: int
    configuration: tuple[Setting, ...] = ()
    """The baseline to set; the edge sends ChangeConfiguration for each, once, after boot."""
    commands: tuple[Command, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    logging: FrameLogging | None = None
    pending: bool = False
    """Its owner has not accepted it so far: BootNotification is taken, and nothing else."""
    upstream: Upstream | None = None
    """The owner's own backend, if it is served by that too."""


class Trust(Struct, frozen=True):
    """The roots under which owners' authorities stand, PEM; certificates of charge points are
    asked for once there is one."""

    roots_pem: str = ""


# --- What a charge point says ----------------------------------------------------------------


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


class ConfigurationReport(Struct, frozen=True, tag="configuration"):
    """What became of the baseline configuration: key → what the charge point answered
    (``Accepted``, ``RebootRequired``, ``Rejected``, ``NotSupported``, ``failed``)."""

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
    | UpstreamAsks
    | UpstreamTold
    | UpstreamState
)


class ChargerMessage(Struct, frozen=True):
    """One thing a charge point said, with its context."""

    tenant: str
    charge_point: str
    epoch: int
    said: Said


class MessageBatch(Struct, frozen=True):
    """Messages of different charge points; at most one under way per charge point."""

    instance: str
    messages: tuple[ChargerMessage, ...]


class MessageResult(Struct, frozen=True):
    """The answer to one message, at its position in the batch.

    ``saved`` False: the app could not keep it; the edge stays silent (for what must be durable)
    or tries again later. ``fenced``: a newer connection speaks for this charge point.
    """

    saved: bool
    fenced: bool = False
    accepted: bool = True
    """Authorize, StartTransaction: whether the idTag may charge; SignCertificate: whether it is
    going to be signed; BootNotification: whether the charge point is welcome."""
    pending: bool = False
    """BootNotification: its owner has not decided about it so far."""
    id_tag_status: str = ""
    """Why it may not, in OCPP's word (``Blocked``, ``Expired``, ``ConcurrentTx``); empty: Invalid.
    """
    parent_id_tag: str = ""
    """The group of an idTag that may (OCPP 1.6 §7.20)."""
    id_tag_until: datetime | None = None
    """How long the charge point may take the idTag from its cache."""
    transaction_id: int | None = None
    """StartTransaction: the id to answer."""
    deadlines: tuple[Deadline, ...] = ()
    """Readings, start: the transaction's deadline, anew."""
    known: bool = True
    """Authorize: False for an idTag that is none of ours."""
    upstream: UpstreamTransaction | None = None
    """StartTransaction: what the owner's own backend is to be told of it."""
    next_readings_in_s: int | None = None
    """When the next bundle of readings is wanted: seconds when watched or near the budget."""


class MessageResults(Struct, frozen=True):
    """One result per message, in order; and what they changed for live pages of this instance."""

    results: tuple[MessageResult, ...]
    notices: tuple["SessionNotice", ...] = ()


# --- Connections -----------------------------------------------------------------------------


class Disconnect(Struct, frozen=True):
    """A socket closed; counts only if the epoch is still the newest."""

    tenant: str
    charge_point: str
    epoch: int
    instance: str
    reason: str = ""
    """Why, in a word of `ocpp_edge.fleet.drops`."""


class Lease(Struct, frozen=True):
    """An edge instance is alive; sent every few seconds, one row per instance."""

    instance: str
    queue: str
    valid_for_s: int


# --- Live pages ------------------------------------------------------------------------------


class Watch(Struct, frozen=True):
    """A browser on the edge's live socket asks to follow a session with its token."""

    instance: str
    queue: str
    token: str


class Watching(Struct, frozen=True):
    """Who may be followed, and the view to begin with."""

    tenant: str
    session: str
    valid_for_s: int
    view: dict[str, object] = field(default_factory=dict)
    sequence: int = 0
    """The view's place among the `SessionNotice`s of the session; 0 when it is not known."""


class SessionNotice(Struct, frozen=True, tag="session"):
    """A session has changed; may be lost, the page reads again on connect."""

    tenant: str
    session: str
    sequence: int
    view: dict[str, object]


class Kick(Struct, frozen=True, tag="kick"):
    """A newer connection speaks for this charge point: close the older one.

    ``epoch`` is the newer connection's: an edge closes what it holds with a lower one.
    """

    tenant: str
    charge_point: str
    epoch: int


class DeadlineMoved(Struct, frozen=True, tag="deadline"):
    """A budget has changed while energy flows (a top-up): hold this deadline from now on.

    May be lost; the answer to the next reading says the same.
    """

    tenant: str
    charge_point: str
    epoch: int
    deadline: Deadline


class ReadingsWanted(Struct, frozen=True, tag="wanted"):
    """Somebody has begun to watch: send what is held, and the next reading, at once.

    May be lost; the next bundle comes all the same.
    """

    tenant: str
    charge_point: str
    epoch: int


class FramesWanted(Struct, frozen=True, tag="frames_wanted"):
    """The owner wants to read what is said. May be lost; the answer to connect says the same."""

    tenant: str
    charge_point: str
    epoch: int
    logging: FrameLogging


BusMessage = Command | SessionNotice | Kick | DeadlineMoved | ReadingsWanted | FramesWanted
"""What the app sends to an edge instance over the command bus; at least once, in no order."""


class CommandBus(Protocol):
    """From the app to the edge instances: a queue for each, at least once, unordered."""

    async def send(self, queue: str, message: BusMessage) -> None:
        """Leave a message for the instance that reads this queue. Losing it loses nothing."""
        ...

    async def receive(self, queue: str) -> tuple[BusMessage, ...]:
        """Wait for the next messages of a queue; returns at least one."""
        ...
