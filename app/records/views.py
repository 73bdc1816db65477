"""What pages and API show: plain values that the rooms below fill in and ``portal`` presents."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from app.operations import CertificateHash, RootKind
from app.records.acts import Act
from app.records.charge_points import ChargePoint
from app.records.owners import ApiKey, Tenant, User
from app.records.signed_readings import SignedValue


@dataclass(frozen=True, slots=True)
class Actor:
    """Who is at the keyboard, and for which tenant."""

    tenant: Tenant
    user: User


@dataclass(frozen=True, slots=True)
class ApiActor:
    """The program that calls, and for which tenant."""

    tenant: Tenant
    key: ApiKey


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new API key; ``secret`` is the whole key as the program sends it, shown this once."""

    key: ApiKey
    secret: str


@dataclass(frozen=True, slots=True)
class IssuedCharger:
    """A charge point with the password it was just given, shown this once."""

    charge_point: ChargePoint
    password: str


@dataclass(frozen=True, slots=True)
class ConnectorView:
    """One plug right now. ``status`` in OCPP's words, empty when it never said."""

    number: int
    status: str = ""
    error: str = ""
    session_id: str = ""
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChargerView:
    """What a charge point was last seen doing."""

    online: bool = False
    protocol: str = ""
    vendor: str = ""
    model: str = ""
    serial: str = ""
    firmware: str = ""
    seen_at: datetime | None = None
    configured: tuple[tuple[str, str], ...] = ()
    """Baseline key → what the charge point answered."""
    connectors: tuple[ConnectorView, ...] = ()


@dataclass(frozen=True, slots=True)
class DropView:
    """A connection that ended: a word for programs, and a sentence."""

    at: datetime
    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class OddityView:
    """What a charge point does other than the standard; ``kind`` for programs."""

    kind: str
    text: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class QualityView:
    """How the connection of a charge point does. None where it has not been told so far."""

    connected_since: datetime | None = None
    told_at: datetime | None = None
    """The numbers below are as of this moment, since the connection was made."""
    frames: int = 0
    frames_per_minute: Decimal | None = None
    malformed: int = 0
    refused: int = 0
    timeouts: int = 0
    answers: int = 0
    answer_p50_ms: int | None = None
    answer_max_ms: int | None = None
    drops: tuple[DropView, ...] = ()
    """Of the last day, the newest first; not more than are kept."""
    oddities: tuple[OddityView, ...] = ()


@dataclass(frozen=True, slots=True)
class FrameView:
    """One frame. ``kind``: call, answer, error, unreadable; ``shown`` is its payload, indented."""

    at: datetime
    sent: bool
    """To the charge point; else from it."""
    kind: str
    action: str
    """Of an answer: that of its call, where it is known."""
    message_id: str
    shown: str
    text: str


@dataclass(frozen=True, slots=True)
class FramePage:
    """Frames, the newest first; ``next_start`` goes on from here, empty: no more."""

    frames: tuple[FrameView, ...] = ()
    next_start: str = ""
    actions: tuple[str, ...] = ()
    """Those that can be filtered by."""
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class SettingView:
    """One configuration key. None: it has not told; or nothing was set."""

    key: str
    value: str | None
    is_read_only: bool = False
    wanted: str | None = None
    set_by: str = ""
    set_at: datetime | None = None
    has_drifted: bool = False
    """It has told another value since this was set."""


@dataclass(frozen=True, slots=True)
class ConfigurationView:
    """What is known of a charge point's configuration, and what was set."""

    read_at: datetime | None = None
    settings: tuple[SettingView, ...] = ()

    @property
    def drifted(self) -> tuple[SettingView, ...]:
        """What is not as it was set."""
        return tuple(setting for setting in self.settings if setting.has_drifted)


@dataclass(frozen=True, slots=True)
class AccessView:
    """How a charge point shows who it is. Profiles are OCPP's security profiles, 0 to 3."""

    profile: int | None
    """By which it came last; None: it never came."""
    least_profile: int | None
    """The owner's word; None: the highest so far."""
    required_profile: int
    certificate_sha256: str
    has_password: bool
    new_password_waits: bool
    previous_password_until: datetime | None
    open_until: datetime | None
    refused_at: datetime | None
    """When it last came by ``refused_profile``, which is not good enough; None: not since then."""
    refused_profile: int


@dataclass(frozen=True, slots=True)
class NewcomerView:
    """A charge point that knocked at the owner's door, and what it says of itself."""

    id: str
    identity: str
    state: Literal["waiting", "refused"]
    online: bool
    peer: str
    protocol: str
    profile: int
    vendor: str
    model: str
    serial: str
    firmware: str
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, slots=True)
class TrustedRoot:
    """A root that a charge point has told it trusts."""

    kind: RootKind
    certificate: CertificateHash
    told_at: datetime


CommandState = Literal["waiting", "accepted", "rejected", "unknown", "expired"]


@dataclass(frozen=True, slots=True)
class CommandView:
    """A remote command and what came of it. ``session_id``: of a start or a stop."""

    id: str
    kind: str
    state: CommandState
    at: datetime
    connector: int = 0
    detail: str = ""
    session_id: str = ""


@dataclass(frozen=True, slots=True)
class SessionView:
    """One charge. ``state`` is the domain's word for where it stands."""

    id: str
    charge_point_id: str
    connector: int
    address: str
    state: str
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    energy_wh: int = 0
    cost_msat: int = 0
    paid_msat: int = 0
    refund_owed_msat: int = 0
    refund_paid_msat: int = 0
    refund_stuck: bool = False
    end_reason: str = ""
    is_open: bool = False


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One movement of money of a session."""

    at: datetime
    kind: str
    amount_msat: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class RefundView:
    """A refund and where it stands."""

    state: Literal["owed", "in_flight", "paid", "stuck", "forfeited"]
    amount_msat: int
    at: datetime
    payment_hash: str = ""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class SessionDetail:
    """A charge with its price and every movement of money."""

    session: SessionView
    tariff: str = ""
    wallet_id: str = ""
    ledger: tuple[LedgerLine, ...] = ()
    refunds: tuple[RefundView, ...] = ()
    acts: tuple[Act, ...] = ()
    signed: tuple[SignedValue, ...] = ()
    """What the meter has signed, word for word."""


@dataclass(frozen=True, slots=True)
class SessionPage:
    """Sessions, the newest first; ``next_start`` goes on from here."""

    sessions: tuple[SessionView, ...] = ()
    next_start: str = ""


@dataclass(frozen=True, slots=True)
class WalletField:
    """One thing to enter to connect a wallet."""

    name: str
    label: str
    help: str
    is_secret: bool = False


@dataclass(frozen=True, slots=True)
class WalletKind:
    """A kind of wallet an owner can connect."""

    kind: str
    title: str
    fields: tuple[WalletField, ...] = ()


@dataclass(frozen=True, slots=True)
class WalletProbe:
    """What trying a wallet showed. Problems are sentences for the owner; with one, it is not kept.

    Warnings are kept beside a wallet that works.
    """

    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    spendable_msat: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class UpstreamView:
    """The owner's own backend of a charge point: what is set, and how the link to it does."""

    url: str
    mode: Literal["mirror", "shared"]
    when_down: Literal["accept", "refuse"]
    username: str
    has_password: bool
    report_id_tag: str
    ca_pem: str
    connected: bool
    error: str
    queued: int
    lost: int
    told_at: datetime | None
