"""An owner's wallet on LNbits, 1.x as of 1.6 (REST, ``X-Api-Key``).

What its API means was read from its sources (``core/views/payment_api.py`` and
``core/services/payments.py`` of 1.6.2) and tried on a running one:

- An outgoing payment is written down before the node is asked. So once LNbits has refused and
  does not know the hash, nothing was sent and nothing will be.
- 201 to a payout is no proof: the payment may be pending (the node took longer than five
  seconds) or failed. 520 with ``status: failed`` is none either: "Internal invoice already
  paid" is also the answer to a repeated payout that had succeeded. Other 5xx and time-outs may
  have paid. So whatever is in doubt is looked up, and the row of *this wallet* with a *negative
  amount* decides; the hash alone would also find the payee's row of the same LNbits.
- GET without a valid key answers all the same, for any wallet, only without ``details``:
  an answer without details says nothing about us.
- Sending a hash twice cannot pay twice: an internal invoice is paid only while it is pending,
  an external hash only if no row has it, whatever that row's state, and both under a lock of
  the wallet. Hence ``resend_is_harmless``.
- It takes no fee limit. It may spend its fee reserve (``/payments/fee-reserve``: by default the
  larger of 2 sats and 1 %), so a payout whose reserve passes the limit is not sent.
- It counts whole sats. Its webhooks are unsigned and its websocket can be forged by anyone who
  has the key: both are hints.
- An expired invoice is marked failed without asking the node, and may yet become paid when the
  node reports late: ``IncomingGone`` is no reason to ignore a later webhook.
"""

import logging
from hashlib import sha256
from typing import TYPE_CHECKING

from app.charging.errors import BadInput, NotFound, Unavailable
from app.charging.ports import (
    Incoming,
    IncomingGone,
    IncomingOpen,
    IncomingSettled,
    Invoice,
    InvoiceRequest,
    Outgoing,
    OutgoingFailed,
    OutgoingPaid,
    OutgoingUnknown,
    WalletCapabilities,
)
from app.invoices import DecodedInvoice, decode
from app.wallets.lnbits_api import Answer, LnbitsApi, PaymentRow, read_payment
from app.wallets.made_invoice import made_invoice
from app.wallets.never_sent import NeverSent

if TYPE_CHECKING:
    import httpx

_log = logging.getLogger(__name__)

ASK_S = 8.0
PAY_S = 20.0
LONGEST_PAY_S = 3 * ASK_S + PAY_S
"""The hard time-out of ``pay``: look up, ask the fee reserve, pay, look up."""

_PAYMENTS = "/api/v1/payments"
_UNKNOWN = "does not exist"
"""In the 404 of a hash without a row; a server that is no LNbits says "not found"."""
_CAPABILITIES = WalletCapabilities(
    can_pay=True,
    hold_invoices=False,
    smallest_unit_msat=1000,
    resend_is_harmless=True,
    secret_preimage=False,  # GET of a paid hash gives it to anyone
)


class LnbitsWallet:
    """One wallet of an LNbits, by its admin key. The HTTP client is shared and stays open."""

    def __init__(self, http: "httpx.AsyncClient", base_url: str, admin_key: str) -> None:
        self._api = LnbitsApi(http, base_url, admin_key)

    @property
    def capabilities(self) -> WalletCapabilities:
        """The same for every LNbits; whether a key may pay is tested before it is saved."""
        return _CAPABILITIES

    async def create_invoice(self, request: InvoiceRequest) -> Invoice:
        """Make an invoice and hold what LNbits made against what was asked."""
        if request.amount_msat <= 0 or request.amount_msat % 1000:
            raise BadInput("The amount must be whole sats.", field="amount")
        body: dict[str, object] = {
            "out": False,
            "unit": "sat",
            "amount": request.amount_msat // 1000,
            "expiry": request.expiry_s,
        }
        if request.described is not None:
            body["unhashed_description"] = request.described.encode().hex()
        else:
            body["memo"] = request.memo or ""
        answer = await self._ask_for_invoice(body, request.webhook_url)
        if answer.status != 201:
            _log.warning("LNbits made no invoice: %s", answer.detail)
            raise Unavailable("The wallet cannot make an invoice now.")
        return _checked(answer, request)

    async def look_up_incoming(self, payment_hash: str) -> Incoming:
        """What the wallet says of its invoice; ``NotFound`` for a hash that is none of its."""
        row = await self._row(payment_hash)
        if row is not None and row.amount_msat < 0:
            # Paid from this very wallet, or never our invoice: the list tells both rows.
            row = await self._incoming_row(payment_hash)
        if row is None:
            raise NotFound("The wallet does not know this invoice.")
        if row.status == "success":
            return IncomingSettled(row.amount_msat)
        return IncomingOpen() if row.status == "pending" else IncomingGone()

    async def pay(self, bolt11: str, *, amount_msat: int, fee_limit_msat: int) -> Outgoing:
        """Pay, unless the wallet knows the payment already; takes at most ``LONGEST_PAY_S``."""
        try:
            invoice = decode(bolt11)
        except BadInput as error:
            return OutgoingFailed(error.message)
        if invoice.amount_msat != amount_msat:
            return OutgoingFailed("the invoice is for another amount")
        before = await self.look_up_outgoing(invoice.payment_hash)
        if not (isinstance(before, OutgoingUnknown) and not before.known_to_wallet):
            return before
        reserve_msat = await self._fee_reserve_msat(invoice)
        if reserve_msat > fee_limit_msat:
            return OutgoingFailed(
                f"LNbits reserves {reserve_msat} msat for routing fees, the limit is "
                f"{fee_limit_msat} msat"
            )
        return await self._send(invoice)

    async def look_up_outgoing(self, payment_hash: str) -> Outgoing:
        """What became of a payment of this wallet."""
        row = await self._row(payment_hash)
        if row is None or row.amount_msat > 0:
            return OutgoingUnknown("no payment with this hash", known_to_wallet=False)
        return _outgoing(row)

    async def spendable_msat(self) -> int:
        """The wallet's balance."""
        answer = await self._api.get("/api/v1/wallet", deadline_s=ASK_S)
        balance = answer.body.get("balance") if isinstance(answer.body, dict) else None
        if answer.status != 200 or type(balance) is not int:
            raise Unavailable(f"The wallet does not tell its balance ({answer.detail}).")
        return max(balance, 0)

    async def close(self) -> None:
        """Nothing of its own is open."""

    # --- asking --------------------------------------------------------------------------

    async def _ask_for_invoice(self, body: dict[str, object], webhook_url: str | None) -> Answer:
        """With the webhook; without it where LNbits allows no such address, as at home."""
        if webhook_url is not None:
            answer = await self._api.post(
                _PAYMENTS, body={**body, "webhook": webhook_url}, deadline_s=ASK_S
            )
            if answer.status != 400:
                return answer
            _log.info("LNbits refused an invoice with our webhook; trying without")
        return await self._api.post(_PAYMENTS, body=body, deadline_s=ASK_S)

    async def _row(self, payment_hash: str) -> PaymentRow | None:
        """This wallet's row with the hash (the outgoing one if both are), or None if none is."""
        answer = await self._api.get(f"{_PAYMENTS}/{payment_hash}", deadline_s=ASK_S)
        if answer.status == 404 and _UNKNOWN in answer.detail.lower():
            return None
        if answer.status != 200 or not isinstance(answer.body, dict):
            raise Unavailable(f"The wallet cannot be asked ({answer.detail}).")
        row = read_payment(answer.body.get("details"))
        if row is None or row.payment_hash != payment_hash:
            raise Unavailable("The wallet's key is not accepted any more.")
        return row

    async def _incoming_row(self, payment_hash: str) -> PaymentRow | None:
        answer = await self._api.get(
            _PAYMENTS, params={"payment_hash": payment_hash}, deadline_s=ASK_S
        )
        if answer.status != 200 or not isinstance(answer.body, list):
            raise Unavailable(f"The wallet cannot be asked ({answer.detail}).")
        rows = [row for row in map(read_payment, answer.body) if row is not None]
        found = [row for row in rows if row.payment_hash == payment_hash and row.amount_msat > 0]
        return found[0] if found else None

    async def _fee_reserve_msat(self, invoice: DecodedInvoice) -> int:
        answer = await self._api.get(
            f"{_PAYMENTS}/fee-reserve", params={"invoice": invoice.bolt11}, deadline_s=ASK_S
        )
        reserve = answer.body.get("fee_reserve") if isinstance(answer.body, dict) else None
        if answer.status != 200 or type(reserve) is not int:
            raise Unavailable(f"The wallet does not tell its fee reserve ({answer.detail}).")
        return reserve

    # --- paying --------------------------------------------------------------------------

    async def _send(self, invoice: DecodedInvoice) -> Outgoing:
        body = {"out": True, "bolt11": invoice.bolt11}
        try:
            answer = await self._api.post(_PAYMENTS, body=body, deadline_s=PAY_S)
        except NeverSent:
            raise  # nothing has left: the port's Unavailable says just that
        except Unavailable as error:
            return await self._judge(invoice, None, error.message)
        if answer.status == 201:
            row = read_payment(answer.body)
            if row is not None and _is_payment_of(row, invoice) and row.status == "success":
                return _outgoing(row)
        return await self._judge(invoice, answer, answer.detail)

    async def _judge(self, invoice: DecodedInvoice, answer: Answer | None, reason: str) -> Outgoing:
        """The outcome of a payout whose answer proves nothing: what the wallet has on record."""
        try:
            row = await self._row(invoice.payment_hash)
        except Unavailable as error:
            return OutgoingUnknown(f"{reason}; then: {error.message}")
        if row is not None and row.amount_msat < 0:
            found = _outgoing(row)
            return OutgoingFailed(reason) if isinstance(found, OutgoingFailed) else found
        if answer is not None and _is_refusal(answer):
            return OutgoingFailed(reason)
        return OutgoingUnknown(reason, known_to_wallet=False)


def _checked(answer: Answer, request: InvoiceRequest) -> Invoice:
    """The invoice LNbits made, if it is the one that was asked for."""
    body = answer.body if isinstance(answer.body, dict) else {}
    return made_invoice(body.get("bolt11"), request, body.get("payment_hash"), service="LNbits")


def _is_refusal(answer: Answer) -> bool:
    """Whether LNbits itself said no: a 4xx, or its 520 (others' 520 carry no such status)."""
    if 400 <= answer.status < 500 and answer.status not in (408, 429):
        return isinstance(answer.body, dict) and "detail" in answer.body
    is_payment_error = answer.status == 520 and isinstance(answer.body, dict)
    return is_payment_error and answer.body.get("status") == "failed"


def _is_payment_of(row: PaymentRow, invoice: DecodedInvoice) -> bool:
    return row.payment_hash == invoice.payment_hash and row.amount_msat == -(
        invoice.amount_msat or 0
    )


def _outgoing(row: PaymentRow) -> Outgoing:
    if row.status == "success":
        return OutgoingPaid(fee_msat=row.fee_msat, preimage=_proof(row))
    if row.status == "failed":
        return OutgoingFailed("LNbits has recorded the payment as failed")
    return OutgoingUnknown("the payment is under way")


def _proof(row: PaymentRow) -> str | None:
    """The preimage if it is one; some backends fill in zeros."""
    try:
        preimage = bytes.fromhex(row.preimage or "")
    except ValueError:
        return None
    return preimage.hex() if sha256(preimage).hexdigest() == row.payment_hash else None
