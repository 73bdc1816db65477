"""How a charge point is let in, what it is owed then, and how it leaves."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from app.edge_messages.said import Booted
from app.operations import ChargerOperation


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

    Whichever comes first. ``stop_at_wh`` is in terms of the meter's register. None: no limit. A
    register beyond ``believed_to_wh`` is a wrong one and stops nothing.
    """

    transaction_id: int
    connector: int
    stop_at: datetime | None
    stop_at_wh: int | None
    reference: str = ""
    """The charge point's own name for the transaction (OCPP 2.0.1), to stop it by."""
    believed_to_wh: int | None = None


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
    traceparent: str = ""
    """The span that gave it (W3C Trace Context); empty where it is not traced."""


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
    reference: str = ""
    """The charge point's own name for it, which is the backend's too (OCPP 2.0.1)."""
    sequence: int = 0
    """The seqNo of the event that began it (OCPP 2.0.1)."""
    stop_sequence: int = 0


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
    standing: bool = False
    """A car stands there after its charge, and the end of the connection before this one, which
    was of the same instance, is not known: until when it was seen is to be told (`LastSeen`)."""


class Trust(Struct, frozen=True):
    """The roots under which owners' authorities stand, PEM; certificates of charge points are
    asked for once there is one."""

    roots_pem: str = ""


class Disconnect(Struct, frozen=True):
    """A socket closed; counts only if the epoch is still the newest."""

    tenant: str
    charge_point: str
    epoch: int
    instance: str
    reason: str = ""
    """Why, in a word of `ocpp_edge.fleet.drops`."""
    seen_at: datetime | None = None
    """When the edge last had a sign of life."""


class Lease(Struct, frozen=True):
    """An edge instance is alive; sent every few seconds, one row per instance."""

    instance: str
    queue: str
    valid_for_s: int
