"""What the API takes and gives about refunds and books."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

from app.records.books import Line


class RefundLineOut(Struct, frozen=True):
    """A refund. ``trouble`` says why one that is stuck needs you."""

    session_id: str
    charge_point_id: str
    connector: int
    state: Literal["owed", "in_flight", "stuck", "paid", "forfeited"]
    amount_msat: int
    since: datetime
    expires_at: datetime | None
    payment_hash: str
    trouble: str


class RefundWordIn(Struct, frozen=True, forbid_unknown_fields=True):
    """What became of a refund, as your wallet shows it."""

    payment_hash: Annotated[str, Meta(pattern="^[0-9a-f]{64}$", description="Of the refund meant")]
    outcome: Literal["paid", "failed"]


class RefundEndOut(Struct, frozen=True):
    """Where the refund stands now. What the wallet knows counts for more than what was said."""

    outcome: Literal["paid", "failed", "in_flight"]


@dataclass(frozen=True, slots=True)
class MovementOut(Line):
    """One movement of money; ``value`` in ``currency`` at the rate of its charge."""


class TotalsOut(Struct, frozen=True):
    """Sums of every account, in msat."""

    paid: int
    receivable: int
    absorbed: int
    charged: int
    refunded: int
    refund_in_flight: int
    refundable: int
    forfeited: int
    residue: int
    routing_fees: int


class DifferenceOut(Struct, frozen=True):
    """Something that does not agree; without a session it is the chain of seals."""

    session_id: str
    what: str


class CheckedBooksOut(Struct, frozen=True):
    """What a check of the books found."""

    agrees: bool
    sessions: int
    entries: int
    seals: int
    totals: TotalsOut
    payments_checked: int
    refunds_checked: int
    not_asked: int
    differences: list[DifferenceOut]
