"""What passes between this room and whoever presents it: plain, frozen values."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from app.charging.money import Rate
from app.charging.pricing import Tariff
from app.records.charge_points import ChargePoint, Connector, Location
from app.records.owners import Tenant

AvailabilityCode = Literal[
    "available",
    "preparing",
    "in_use",
    "finishing",
    "offline",
    "faulted",
    "unavailable",
    "not_ready",
]


@dataclass(frozen=True, slots=True)
class Availability:
    """Whether a connector can be paid for now; ``message`` (≤ 144 characters) says why not."""

    code: AvailabilityCode
    message: str
    can_pay: bool


@dataclass(frozen=True, slots=True)
class Offer:
    """What an address stands for at this moment.

    ``connector`` is None where a charge point's address leaves it open which one is meant;
    ``rate`` is None when none is fresh. ``status`` is the connector's, in OCPP's words.
    """

    tenant: Tenant
    location: Location
    charge_point: ChargePoint
    connector: Connector | None
    tariff: Tariff
    rate: Rate | None
    availability: Availability
    address: str
    status: str
    reserved_session: str = ""
    """The session that a reservation's link pays for."""
    curve: str = ""
    """What of the tariff a price source has told; part of a quote."""


@dataclass(frozen=True, slots=True)
class SignedQuote:
    """A price that holds for a while. ``metadata`` is the exact string that LUD-06 hashes."""

    token: str
    metadata: str
    min_msat: int
    max_msat: int
    comment_chars: int
    auth_k1: str = ""
    """What a wallet may sign to find the charge again (LUD-18 ``auth``)."""


@dataclass(frozen=True, slots=True)
class IssuedInvoice:
    """An invoice for a charge. The session's token is inert until it is paid."""

    bolt11: str
    payment_hash: str
    amount_msat: int
    expires_at: datetime
    session_token: str
    session_id: str
    tenant: str
    preimage: str | None = field(default=None, repr=False)
    """Where we chose it: only the wallet and the payer may ever learn it."""


@dataclass(frozen=True, slots=True)
class TopUpOffer:
    """How much may be added to a running charge. ``metadata`` as in ``SignedQuote``."""

    metadata: str
    min_msat: int
    max_msat: int


RefundReach = Literal["none", "address", "fixed", "failed"]
"""``address``: back to one the driver named; ``fixed``: to the one that came with the payment,
and to no other; ``failed``: it would not take it, the driver withdraws."""
RefundState = Literal["none", "offered", "in_flight", "paid", "forfeited"]


@dataclass(frozen=True, slots=True)
class WithdrawOffer:
    """What can be withdrawn now: exactly this amount, with this ``k1`` (LUD-03).

    The amount is above zero in the state ``offered`` alone.
    """

    k1: str
    amount_msat: int
    state: RefundState


@dataclass(frozen=True, slots=True)
class PaymentStatus:
    """What is known of an invoice we issued. ``seen`` includes money that is only held yet."""

    settled: bool
    seen: bool


@dataclass(frozen=True, slots=True)
class PaidInvoice:
    """An invoice on a page of ours; the session's token is there once money was seen."""

    tenant: str
    bolt11: str
    session_token: str = ""


@dataclass(frozen=True, slots=True)
class VerifiedPayment:
    """What LUD-21 tells of an invoice. Never the preimage: with some wallets it proves nothing."""

    bolt11: str
    settled: bool
