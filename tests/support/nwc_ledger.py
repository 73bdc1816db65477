"""What a NIP-47 service knows of its node, told as real services tell it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Literal

from tests.support.nwc_network import NetInvoice, NetPayment, Node, PaymentError

PLAIN = {
    "pay_invoice",
    "make_invoice",
    "lookup_invoice",
    "list_transactions",
    "get_balance",
    "get_info",
}
ZEROS = "0" * 64


class ServiceError(Exception):
    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass
class WalletLedger:
    """``style``: ``plain`` gives NIP-47's states; ``alby`` calls everything unsettled and past
    its time expired; ``nwcprovider`` gives no state and a ``settled_at`` to all but pending."""

    node: Node
    style: Literal["plain", "alby", "nwcprovider"] = "plain"
    lag: int = 0
    """So many look-ups of payments answer NOT_FOUND first."""
    budget_msat: int | None = None
    knows_description_hash: bool = True
    made: list[str] = field(default_factory=list)

    def do(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = getattr(self, f"_{method}")(params)
        return found

    # --- methods ---

    def _get_info(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"alias": "Test node", "network": "mainnet"}

    def _get_balance(self, params: dict[str, Any]) -> dict[str, Any]:
        return {"balance": self.node.balance_msat}

    def _get_budget(self, params: dict[str, Any]) -> dict[str, Any]:
        if self.budget_msat is None:
            return {}
        used = sum(one.amount_msat for one in self.node.payments.values())
        return {"total_budget": self.budget_msat, "used_budget": used, "renewal_period": "never"}

    def _make_invoice(self, params: dict[str, Any]) -> dict[str, Any]:
        described = params.get("description_hash") if self.knows_description_hash else None
        invoice = self.node.makes_invoice(
            params["amount"],
            memo=params.get("description") or "",
            description_hash=described,
            expiry_s=params.get("expiry", 3600),
            payment_hash=params.get("payment_hash"),
        )
        self.made.append(invoice.payment_hash)
        return self._invoice(invoice)

    _make_hold_invoice = _make_invoice

    def _settle_hold_invoice(self, params: dict[str, Any]) -> dict[str, Any]:
        preimage = bytes.fromhex(params["preimage"])
        invoice = self.node.network.invoices.get(sha256(preimage).hexdigest())
        if invoice is None or invoice.state != "accepted":
            raise ServiceError("INTERNAL", "failed to find accepted hold invoice")
        self.node.takes(invoice, preimage)
        return {}

    def _cancel_hold_invoice(self, params: dict[str, Any]) -> dict[str, Any]:
        invoice = self.node.network.invoices.get(params["payment_hash"])
        known = {"accepted"} if self.style == "alby" else {"accepted", "open"}
        if invoice is None or invoice.state not in known:
            raise ServiceError("NOT_FOUND", "no such hold invoice")
        self.node.gives_back(invoice)
        return {}

    def _pay_invoice(self, params: dict[str, Any]) -> dict[str, Any]:
        try:
            payment = self.node.pays(params["invoice"])
        except PaymentError as error:
            raise ServiceError(error.code, error.message) from error
        except Exception as error:
            raise ServiceError("OTHER", "this is no invoice") from error
        if payment.preimage is None:
            raise ServiceError("INTERNAL", "timed out")
        return {"preimage": payment.preimage.hex(), "fees_paid": payment.fee_msat}

    def _lookup_invoice(self, params: dict[str, Any]) -> dict[str, Any]:
        wanted = params["payment_hash"]
        if wanted in self.made:
            return self._invoice(self.node.network.invoices[wanted])
        payment = self.node.payments.get(wanted)
        if payment is None or self.lag > 0:
            self.lag -= 1
            code = "INTERNAL" if self.style == "nwcprovider" else "NOT_FOUND"
            raise ServiceError(code, "Payment not found")
        return self._payment(payment)

    def _list_transactions(self, params: dict[str, Any]) -> dict[str, Any]:
        rows = [self._invoice(self.node.network.invoices[one]) for one in self.made]
        rows += [self._payment(one) for one in self.node.payments.values()]
        invoices = self.node.network.invoices
        states: dict[str, str] = {one: invoices[one].state for one in self.made}
        states |= {one.payment_hash: one.state for one in self.node.payments.values()}
        rows = [
            row
            for row in rows
            if params.get("type") in (None, row["type"])
            and (params.get("unpaid") or states[row["payment_hash"]] == "settled")
            and params.get("from", 0) <= row["created_at"] <= params.get("until", 2**40)
        ]
        rows.sort(key=lambda row: -row["created_at"])
        offset = params.get("offset", 0)
        return {"transactions": rows[offset : offset + params.get("limit", 20)]}

    # --- how it is told ---

    def _invoice(self, invoice: NetInvoice) -> dict[str, Any]:
        is_paid = invoice.state == "settled"
        state = {"open": "pending", "cancelled": "failed"}.get(invoice.state, invoice.state)
        if invoice.is_over() and (state == "pending" or (self.style == "alby" and not is_paid)):
            state = "expired"
        told: dict[str, Any] = {
            "type": "incoming",
            "invoice": invoice.bolt11,
            "payment_hash": invoice.payment_hash,
            "amount": invoice.amount_msat,
            "fees_paid": 0,
            "created_at": int(invoice.created_at.timestamp()),
            "expires_at": int(invoice.expires_at.timestamp()),
        }
        if self.style == "nwcprovider":
            # LNbits calls an expired invoice failed, and what is not pending settled.
            ended = is_paid or invoice.is_over()
            told["settled_at"] = told["created_at"] if ended else None
            told["preimage"] = invoice.preimage.hex() if invoice.preimage else ZEROS
            return told
        told["state"] = state
        if is_paid and invoice.preimage:
            told |= {"settled_at": _now(), "preimage": invoice.preimage.hex()}
        if invoice.was_accepted:
            told["settle_deadline"] = 900_000
        return told

    def _payment(self, payment: NetPayment) -> dict[str, Any]:
        expires_at = int(payment.created_at.timestamp()) + 3600
        told: dict[str, Any] = {
            "type": "outgoing",
            "invoice": payment.bolt11,
            "payment_hash": payment.payment_hash,
            "amount": payment.amount_msat,
            "fees_paid": payment.fee_msat,
            "created_at": int(payment.created_at.timestamp()),
            "expires_at": expires_at,
        }
        if self.style == "nwcprovider":
            told["settled_at"] = told["created_at"] if payment.state != "pending" else None
            told["preimage"] = payment.preimage.hex() if payment.preimage else ZEROS
            return told
        told["state"] = payment.state
        if payment.preimage:
            told |= {"settled_at": _now(), "preimage": payment.preimage.hex()}
        return told


def _now() -> int:
    return int(datetime.now(UTC).timestamp())
