"""What a wallet service says of one invoice or payment, and what may be believed of it. Pure.

NIP-47's ``lookup_invoice`` has an optional ``state``; a service that gives one is believed when
it says ``settled``. Two services' habits decide the rest:

- LNbits' ``nwcprovider`` gives no state. Whatever is not pending has a ``settled_at``, also an
  invoice that expired unpaid and a payment that failed, and the preimage of an invoice is shown
  before it is paid. So without a state an invoice counts as settled when the preimage fits and
  it was seen so before its expiry (LNbits calls it failed only afterwards), or when the service
  lists it among the settled (``list_transactions`` without ``unpaid``).
- Alby Hub shows ``expired`` for everything unsettled whose invoice is past its time: a payment
  still under way, and a hold invoice whose money it holds. So ``expired`` is no failure of a
  payment, and a hold invoice that was accepted (it has a ``settle_deadline``) counts as held.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Literal

from app.charging.errors import BadInput
from app.invoices import decode

Side = Literal["incoming", "outgoing"]

_HELD_AT_MOST = timedelta(days=1)
"""No held payment outlives its CLTV delta, which wallets keep to about 144 blocks."""


@dataclass(frozen=True, slots=True)
class NwcTransaction:
    """An invoice or payment as the service tells it. ``state`` is empty where it gives none."""

    side: str
    payment_hash: str
    state: str
    amount_msat: int
    fee_msat: int
    created_at: int
    expires_at: datetime | None
    has_settled_at: bool
    preimage: str | None
    """The one that fits the payment hash, else None."""
    has_settle_deadline: bool

    def is_over(self, now: datetime) -> bool:
        """Whether it can no longer be paid."""
        return self.expires_at is not None and now >= self.expires_at


def read_transaction(value: object) -> NwcTransaction | None:
    """A transaction out of an answer, or None where the service sent something else."""
    if not isinstance(value, dict):
        return None
    payment_hash, side = value.get("payment_hash"), value.get("type")
    if not isinstance(payment_hash, str) or side not in ("incoming", "outgoing"):
        return None
    amount_msat, expires_at = _of_invoice(value, payment_hash.lower())
    state = value.get("state")
    return NwcTransaction(
        side=side,
        payment_hash=payment_hash.lower(),
        state=state.lower() if isinstance(state, str) else "",
        amount_msat=_count(value.get("amount")) or amount_msat,
        fee_msat=_count(value.get("fees_paid")),
        created_at=_count(value.get("created_at")),
        expires_at=expires_at,
        has_settled_at=bool(_count(value.get("settled_at"))),
        preimage=fitting_preimage(value.get("preimage"), payment_hash.lower()),
        has_settle_deadline=bool(_count(value.get("settle_deadline"))),
    )


def fitting_preimage(value: object, payment_hash: str) -> str | None:
    """The preimage if it is one; some services fill in zeros."""
    try:
        preimage = bytes.fromhex(value) if isinstance(value, str) else b""
    except ValueError:
        return None
    return preimage.hex() if sha256(preimage).hexdigest() == payment_hash else None


IncomingVerdict = Literal["settled", "held", "open", "gone", "doubtful"]


def judge_incoming(found: NwcTransaction, now: datetime) -> IncomingVerdict:
    """What became of an invoice of ours; ``doubtful`` asks for more evidence."""
    match found.state:
        case "settled":
            return "settled"
        case "accepted":
            return "held"
        case "failed":
            return "gone"
        case "expired":
            return "held" if _may_be_held(found, now) else "gone"
        case "":
            if found.has_settled_at:
                return "doubtful"
            return "gone" if found.is_over(now) else "open"
    return "open"


OutgoingVerdict = Literal["paid", "failed", "pending", "doubtful"]


def judge_outgoing(found: NwcTransaction) -> OutgoingVerdict:
    """What became of a payment; a fitting preimage proves it was made, whatever the state."""
    if found.state == "settled" or (found.preimage is not None and found.has_settled_at):
        return "paid"
    if found.state == "failed":
        return "failed"
    if not found.state and found.has_settled_at:
        return "doubtful"
    return "pending"


def _may_be_held(found: NwcTransaction, now: datetime) -> bool:
    if not found.has_settle_deadline or found.expires_at is None:
        return False
    return now < found.expires_at + _HELD_AT_MOST


def _of_invoice(value: Mapping[str, Any], payment_hash: str) -> tuple[int, datetime | None]:
    """Amount and expiry: the invoice itself before what the service says of it."""
    invoice = value.get("invoice")
    if isinstance(invoice, str) and invoice:
        try:
            decoded = decode(invoice)
        except BadInput:
            pass
        else:
            if decoded.payment_hash == payment_hash:
                return decoded.amount_msat or 0, decoded.expires_at
    expires_at = _count(value.get("expires_at"))
    if not 0 < expires_at < 2**33:
        return 0, None
    return 0, datetime.fromtimestamp(expires_at, UTC)


def _count(value: object) -> int:
    return value if type(value) is int and value >= 0 else 0
