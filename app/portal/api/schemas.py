"""What the API takes and gives. Unknown fields are refused; money is msat, energy Wh."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from app.portal.ports.fleet import RemoteAction
from app.records.views import CommandState

Line = Annotated[str, Meta(min_length=1, max_length=200)]
OptionalLine = Annotated[str, Meta(max_length=200)]
Currency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217, like EUR")]
TariffChoice = Annotated[str, Meta(description="Empty: the owner's usual one")]
PriceCurrency = Annotated[str, Meta(pattern="^[A-Z]{3}$", description="ISO 4217, or SAT")]


# --- Tenant ----------------------------------------------------------------------------------


class TenantIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of the account."""

    name: Line
    contact_email: Line
    contact_phone: OptionalLine = ""
    currency: Currency = "EUR"
    language: Literal["en", "de"] = "en"
    refund_expiry_days: int = 90
    refund_reminder_days: int = 7
    silent_limit_hours: int = 24
    allows_no_password: Annotated[
        bool, Meta(description="Charge points may connect without a password (profile 0)")
    ] = False


class TenantOut(Struct, frozen=True):
    """The account."""

    id: str
    name: str
    status: Literal["pending", "active", "suspended"]
    mode: Literal["live", "sandbox"]
    contact_email: str
    contact_phone: str
    currency: str
    language: str
    refund_expiry_days: int
    refund_reminder_days: int
    silent_limit_hours: int
    allows_no_password: bool
    created_at: datetime


# --- Locations -------------------------------------------------------------------------------


class LocationIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A place with charge points."""

    name: Line
    address: Line
    city: Line
    country: Annotated[str, Meta(pattern="^[A-Z]{2}$", description="ISO 3166-1 alpha-2")]
    latitude: Annotated[Decimal, Meta(description="Decimal degrees, WGS 84, north positive")]
    longitude: Annotated[Decimal, Meta(description="Decimal degrees, WGS 84, east positive")]
    time_zone: Annotated[str, Meta(max_length=64, description="IANA name, like Europe/Berlin")]
    currency: Currency
    postal_code: OptionalLine = ""


class LocationOut(Struct, frozen=True):
    """A place with charge points."""

    id: str
    name: str
    address: str
    city: str
    postal_code: str
    country: str
    latitude: Decimal
    longitude: Decimal
    time_zone: str
    currency: str


# --- Charge points ---------------------------------------------------------------------------


class ChargePointIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A charge point to add."""

    label: Line
    location_id: str
    tariff_id: TariffChoice = ""
    connectors: Annotated[int, Meta(ge=1, le=16)] = 1
    address_name: Annotated[
        str, Meta(max_length=40, description="Before the @; empty: made from the label")
    ] = ""
    max_power_w: Annotated[int, Meta(ge=1000, le=1_000_000)] = 11_000


class ChargePointChangeIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What of a charge point can change."""

    label: Line
    location_id: str
    tariff_id: TariffChoice = ""
    connector_tariffs: Annotated[
        dict[int, str] | None,
        Meta(description="Connector → tariff of its own; left out: as they are"),
    ] = None
    free_vend: Annotated[
        bool, Meta(description="Whoever starts at the charge point charges at the owner's cost")
    ] = False
    local_list: Annotated[
        bool, Meta(description="It keeps the owner's cards, to charge by them when offline")
    ] = False


class ConnectorOut(Struct, frozen=True):
    """One plug. ``status`` in OCPP's words; empty when the charge point never said."""

    number: int
    address: str
    printed_link: str
    max_power_w: int
    tariff_id: str = ""
    status: str = ""
    error: str = ""
    session_id: str = ""


class ChargePointOut(Struct, frozen=True):
    """A charge point."""

    id: str
    label: str
    address: str
    location_id: str
    tariff_id: str
    websocket_url: str
    connectors: list[ConnectorOut]
    created_at: datetime
    free_vend: bool = False
    local_list: bool = False


class ChargePointStatusOut(Struct, frozen=True):
    """A charge point with what it was last seen doing."""

    charge_point: ChargePointOut
    online: bool
    protocol: str
    vendor: str
    model: str
    serial: str
    firmware: str
    seen_at: datetime | None
    configured: dict[str, str]


class IssuedChargePointOut(Struct, frozen=True):
    """A charge point with its password, which is given this once."""

    charge_point: ChargePointOut
    password: str


class ToldOut(Struct, frozen=True):
    """What a charge point told: of ``firmware``, ``diagnostics``, ``log``, ``security``,
    ``reservation``, or a ``vendor``'s message."""

    at: datetime
    topic: str
    word: str
    detail: str
    request_id: int | None


class ReservationIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A connector to keep until a moment; ``card`` empty: for whoever has the link."""

    connector: Annotated[int, Meta(ge=1, le=16)]
    until: Annotated[datetime, Meta(tz=True)]
    card: Annotated[str, Meta(max_length=20)] = ""
    label: Annotated[str, Meta(max_length=60)] = ""


class ReservationOut(Struct, frozen=True):
    """A connector that is kept. ``state``: ``asked`` until the charge point has answered,
    ``accepted``, or ``ours`` where it keeps none itself: then payers are kept away, cards not."""

    connector: int
    until: datetime
    state: str
    card: str
    label: str
    link: str
    address: str


class IdTagIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A card. ``charge_points``: where it charges; none: everywhere."""

    id: Annotated[str, Meta(min_length=1, max_length=20)]
    label: Line
    blocked: bool = False
    expires_at: datetime | None = None
    group: Annotated[str, Meta(max_length=20)] = ""
    charge_points: Annotated[list[str], Meta(max_length=1000)] = []


class IdTagOut(Struct, frozen=True):
    """A card that charges at the owner's cost."""

    id: str
    label: str
    blocked: bool
    expires_at: datetime | None
    group: str
    charge_points: list[str]
    created_at: datetime


class CommandIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Something to tell a charge point. ``connector`` is 0 for a reset."""

    action: RemoteAction
    connector: Annotated[int, Meta(ge=0, le=16)] = 0


class CommandOut(Struct, frozen=True):
    """A command and what came of it so far. ``waiting``: the charge point has not answered.
    ``unknown``: it did not answer in time. ``expired``: it accepted a start, but no charge began.
    ``session_id``: of a start or a stop."""

    id: str
    kind: str
    connector: int
    state: CommandState
    detail: str
    at: datetime
    session_id: str = ""


# --- Wallets ---------------------------------------------------------------------------------


class WalletIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A wallet to connect: its kind and what that kind asks for."""

    kind: Annotated[str, Meta(max_length=20, description="lnbits; sandbox in test mode")]
    fields: Annotated[
        dict[str, str],
        Meta(max_length=10, description="For lnbits: url, admin_key"),
    ] = {}


class WalletOut(Struct, frozen=True):
    """A connected wallet. Its key is never given back."""

    id: str
    kind: str
    label: str
    status: Literal["active", "replaced", "retired"]
    can_pay: bool
    spendable_msat: int | None
    problem: str
    checked_at: datetime | None
    created_at: datetime


class WalletProbeOut(Struct, frozen=True):
    """What trying a wallet showed; with a problem it would not be connected."""

    is_usable: bool
    problems: list[str]
    warnings: list[str]
    spendable_msat: int | None


# --- Sessions --------------------------------------------------------------------------------


class SessionOut(Struct, frozen=True):
    """One charge."""

    id: str
    charge_point_id: str
    connector: int
    address: str
    state: str
    is_open: bool
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    end_reason: str
    energy_wh: int
    paid_msat: int
    cost_msat: int
    refund_owed_msat: int
    refund_paid_msat: int
    refund_stuck: bool


class LedgerLineOut(Struct, frozen=True):
    """One movement of money."""

    at: datetime
    kind: str
    amount_msat: int
    note: str


class RefundOut(Struct, frozen=True):
    """A refund and where it stands."""

    state: Literal["owed", "in_flight", "paid", "stuck", "forfeited"]
    amount_msat: int
    at: datetime
    payment_hash: str
    problem: str


class SignedValueOut(Struct, frozen=True):
    """What the meter has signed, word for word: OCMF or a vendor's form."""

    at: datetime
    data: str
    context: str
    method: str
    public_key: str


class SessionDetailOut(Struct, frozen=True):
    """One charge with every movement of money."""

    session: SessionOut
    tariff: str
    wallet_id: str
    ledger: list[LedgerLineOut]
    refunds: list[RefundOut]
    signed: list[SignedValueOut]


class SessionLinkOut(Struct, frozen=True):
    """The driver's link to their charge."""

    url: str


class SessionsOut(Struct, frozen=True):
    """Charges, the newest first; give ``next_start`` as ``start`` to go on. Empty: no more."""

    sessions: list[SessionOut]
    next_start: str
