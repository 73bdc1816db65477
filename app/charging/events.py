"""What can happen to a session. ``at`` is when it happened, not when it was heard of."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.charging.claims import ClaimKind
from app.charging.session import Funding


@dataclass(frozen=True, slots=True)
class PaymentHeld:
    """A hold invoice's money has arrived; it can still be given back without a trace."""

    at: datetime
    payment_hash: str
    amount_msat: int


@dataclass(frozen=True, slots=True)
class PaymentSettled:
    """The wallet, when asked, said that the money is ours."""

    at: datetime
    payment_hash: str
    amount_msat: int


@dataclass(frozen=True, slots=True)
class PaymentGone:
    """A held payment was cancelled, or ran out; the payer has it back."""

    at: datetime
    payment_hash: str


@dataclass(frozen=True, slots=True)
class Funded:
    """A partner or the owner stands for the session."""

    at: datetime
    funding: Funding
    credit_msat: int | None = None


@dataclass(frozen=True, slots=True)
class StartAccepted:
    """The charge point accepted the start command."""

    at: datetime


@dataclass(frozen=True, slots=True)
class StartRejected:
    """The charge point refused the start command at its first delivery."""

    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ChargingStarted:
    """A transaction with the session's idTag began. ``lag_s`` as in ``MeterRead``."""

    at: datetime
    transaction_id: int
    meter_wh: int
    lag_s: int = 0


@dataclass(frozen=True, slots=True)
class MeterRead:
    """A reading of the transaction's meter.

    ``lag_s``: how long after ``at`` it was heard of: the charge point's clock is slow, or it was
    offline. Readings are ordered by ``at``; deadlines go by when they were heard of.
    """

    at: datetime
    transaction_id: int
    meter_wh: int | None
    power_w: int | None = None
    soc_percent: int | None = None
    lag_s: int = 0


@dataclass(frozen=True, slots=True)
class ChargingStopped:
    """The transaction ended; ``meter_wh`` is the final register value, ``lag_s`` as in
    ``MeterRead``."""

    at: datetime
    transaction_id: int
    meter_wh: int
    reason: str = ""
    lag_s: int = 0


@dataclass(frozen=True, slots=True)
class TransactionOver:
    """Nobody told the transaction's end, but ``sign`` says that it cannot be running any more.

    ``settles``: so certainly that a charge which still waits for its end need not wait longer, and
    that nothing told of it later is about it.
    """

    at: datetime
    transaction_id: int
    sign: str
    settles: bool = False


@dataclass(frozen=True, slots=True)
class ConnectorFaulted:
    """The connector reported an error that prevents charging."""

    at: datetime
    error_code: str


@dataclass(frozen=True, slots=True)
class ConnectorFreed:
    """The cable is out, or the charge point can no longer tell whether it is; by its own clock."""

    at: datetime


@dataclass(frozen=True, slots=True)
class StopRequested:
    """Somebody who may wants the charge to end, or not to begin."""

    at: datetime
    by: Literal["payer", "owner", "partner", "budget"]


@dataclass(frozen=True, slots=True)
class RefundClaimed:
    """The payer gave an invoice for the refund; it must be over the exact amount."""

    at: datetime
    payment_hash: str
    bolt11: str
    amount_msat: int
    k1: str = ""
    offer: int = 0
    """The number of the offer that got it from the payer's address; 0: they came themselves."""


@dataclass(frozen=True, slots=True)
class RefundOutcome:
    """What became of paying the refund. Unknown keeps it locked until a terminal answer."""

    at: datetime
    payment_hash: str
    outcome: Literal["paid", "failed", "unknown"]
    fee_msat: int = 0


@dataclass(frozen=True, slots=True)
class PayerReachable:
    """The payer has named a lightning address for the refund, or a wallet that is to be told."""

    at: datetime


@dataclass(frozen=True, slots=True)
class OfferEnded:
    """An offer came to an end without a claim: refused, given up, or told to the wallet."""

    at: datetime
    offer: int


@dataclass(frozen=True, slots=True)
class LinkReplaced:
    """The payer gets a new link; the present ones, ``link`` times replaced, end."""

    at: datetime
    link: int


@dataclass(frozen=True, slots=True)
class RefundResolved:
    """The owner says what became of a refund of which nobody else can tell."""

    at: datetime
    payment_hash: str
    outcome: Literal["paid", "failed"]
    by: str


@dataclass(frozen=True, slots=True)
class ClaimLost:
    """Another session holds what this one wanted."""

    at: datetime
    kind: ClaimKind
    key: str


@dataclass(frozen=True, slots=True)
class TimedOut:
    """Time has passed; what was due by ``at`` is decided. ``looked``: until then the charge point
    could tell what it sees, as far as anybody knows."""

    at: datetime
    looked: bool = False


Event = (
    PaymentHeld
    | PaymentSettled
    | PaymentGone
    | Funded
    | StartAccepted
    | StartRejected
    | ChargingStarted
    | MeterRead
    | ChargingStopped
    | TransactionOver
    | ConnectorFaulted
    | ConnectorFreed
    | StopRequested
    | RefundClaimed
    | RefundOutcome
    | PayerReachable
    | OfferEnded
    | LinkReplaced
    | RefundResolved
    | ClaimLost
    | TimedOut
)
