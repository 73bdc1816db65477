"""What LND's records say of a payment or an invoice, as the port's words.

Read from LND's sources (``payments/db/payment_status.go``, ``invoices/``) and its REST
descriptions (``lnrpcPayment``, ``lnrpcInvoice``): 64-bit integers come as strings, unset fields
as empty ones.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from app.charging.ports import (
    Incoming,
    IncomingGone,
    IncomingHeld,
    IncomingOpen,
    IncomingSettled,
    Outgoing,
    OutgoingFailed,
    OutgoingPaid,
    OutgoingUnknown,
)

_REASONS = {
    "FAILURE_REASON_TIMEOUT": "no route worked in the time given",
    "FAILURE_REASON_NO_ROUTE": "there is no route to this invoice within the fee limit",
    "FAILURE_REASON_INCORRECT_PAYMENT_DETAILS": "the payee does not accept this invoice (any more)",
    "FAILURE_REASON_INSUFFICIENT_BALANCE": "the balance of the node's channels is too low",
    "FAILURE_REASON_CANCELED": "the payment was cancelled at the node",
}


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """An outgoing payment as LND keeps it; a hash has at most one."""

    payment_hash: str
    amount_msat: int
    fee_msat: int
    status: str
    reason: str
    preimage: str
    has_money_out: bool
    """Whether a part of it is on its way or has arrived."""

    def outcome(self) -> Outgoing:
        """Paid with the payee's proof, failed with nothing on its way, anything else unknown."""
        if self.status == "SUCCEEDED":
            if _is_proof(self.preimage, self.payment_hash):
                return OutgoingPaid(self.fee_msat, self.preimage)
            return OutgoingUnknown("LND calls it paid but does not show the payee's proof")
        if self.status == "FAILED" and not self.has_money_out:
            return OutgoingFailed(_REASONS.get(self.reason, "the payment failed at the node"))
        return OutgoingUnknown("the payment is under way")


def read_payment(value: Mapping[str, Any]) -> PaymentRecord | None:
    """A payment out of an answer, or None where LND sent something else."""
    payment_hash = value.get("payment_hash")
    amount_msat, fee_msat = integer(value.get("value_msat")), integer(value.get("fee_msat"))
    if not isinstance(payment_hash, str) or amount_msat is None or fee_msat is None:
        return None
    parts = value.get("htlcs")
    return PaymentRecord(
        payment_hash=payment_hash,
        amount_msat=amount_msat,
        fee_msat=fee_msat,
        status=str(value.get("status")),
        reason=str(value.get("failure_reason")),
        preimage=str(value.get("payment_preimage")),
        has_money_out=any(map(_is_out, parts if isinstance(parts, list) else [])),
    )


def read_incoming(value: Mapping[str, Any]) -> Incoming | None:
    """The state of an invoice, or None where LND sent something else.

    An invoice that has expired is OPEN until LND itself has cancelled it, moments later; CANCELED
    is final.
    """
    amount_msat = integer(value.get("amt_paid_msat"))
    match value.get("state"):
        case "OPEN":
            return IncomingOpen()
        case "CANCELED":
            return IncomingGone()
        case "ACCEPTED" if amount_msat is not None:
            return IncomingHeld(amount_msat)
        case "SETTLED" if amount_msat is not None:
            return IncomingSettled(amount_msat)
    return None


def spendable_msat(channels: object) -> int | None:
    """What could leave through the channels whose peer is there, without their reserves."""
    if not isinstance(channels, list):
        return None
    total_sat = 0
    for channel in channels:
        reserve_sat = integer((channel.get("local_constraints") or {}).get("chan_reserve_sat"))
        local_sat = integer(channel.get("local_balance"))
        if channel.get("active") is True and local_sat is not None:
            total_sat += max(local_sat - (reserve_sat or 0), 0)
    return total_sat * 1000


def integer(value: object) -> int | None:
    """A 64-bit integer of LND's JSON."""
    if not isinstance(value, str) or not value.removeprefix("-").isdecimal():
        return value if type(value) is int else None
    return int(value)


def _is_out(part: object) -> bool:
    return isinstance(part, dict) and part.get("status") in ("IN_FLIGHT", "SUCCEEDED")


def _is_proof(preimage: str, payment_hash: str) -> bool:
    try:
        return sha256(bytes.fromhex(preimage)).hexdigest() == payment_hash
    except ValueError:
        return False
