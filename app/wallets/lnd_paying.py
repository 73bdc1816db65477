"""Paying over LND's REST, and what became of it: paid, failed or unknown.

What its answers mean was read from its sources (``routerrpc/router_server.go``,
``payments/db/payment_status.go``) and its published REST descriptions:

- ``POST /v2/router/send`` writes the payment down before the first part leaves. Ending that call,
  or LND's own ``timeout_seconds``, does not call back what is on its way: only a record that says
  FAILED with no part out has failed, and a call without an answer is looked up.
- ``GET /v2/router/track/{hash}`` tells the present state first, then what changes. The first line
  is enough; with ``no_inflight_updates`` it would stay silent while the payment is under way and
  could not be told from an LND that does not answer.
- "payment isn't initiated" (404, code 5) is the only "unknown": other 404s are of a proxy or of
  a path that this LND does not have.
- LND refuses a hash that is under way or paid (code 6). One that has failed it would try again; we
  never do, so a hash is initiated once and its FAILED is final. Hence ``resend_is_harmless`` (as
  long as nobody deletes the node's payment records). A balance that is clearly too low is found
  before sending, so such an invoice can still be paid later.
- What can be spent is summed over ``GET /v1/channels``: ``/v1/balance/channels`` counts reserves
  and channels whose peer is away, too.
"""

from base64 import urlsafe_b64encode
from dataclasses import dataclass

from app.charging.errors import BadInput, Unavailable
from app.charging.ports import Outgoing, OutgoingFailed, OutgoingUnknown
from app.invoices import DecodedInvoice, decode
from app.wallets.lnd_api import NOT_FOUND, Answer, LndApi, unavailable
from app.wallets.lnd_payments import read_payment, spendable_msat
from app.wallets.never_sent import NeverSent

ASK_S = 8.0
PAY_S = 25.0
LONGEST_PAY_S = 3 * ASK_S + PAY_S
"""The hard time-out of ``pay``: look up, ask the balance, pay, look up."""

SEND = "/v2/router/send"
CHANNELS = "/v1/channels"
_NOT_INITIATED = "initiated"


@dataclass(frozen=True, slots=True)
class Deadlines:
    """How long an answer is waited for."""

    ask_s: float = ASK_S
    pay_s: float = PAY_S
    silence_s: float = 120.0
    """A stream that says nothing for so long is begun anew: its connection may be gone unheard."""

    @property
    def route_s(self) -> int:
        """How long LND may look for routes: it should give up before we stop listening."""
        return max(int(self.pay_s * 0.8), 1)


class LndPayer:
    """Pays invoices from one LND."""

    def __init__(self, api: LndApi, deadlines: Deadlines) -> None:
        self._api = api
        self._deadlines = deadlines

    async def pay(self, bolt11: str, amount_msat: int, fee_limit_msat: int) -> Outgoing:
        """Pay, unless LND knows the payment already; takes at most ``LONGEST_PAY_S``."""
        try:
            invoice = decode(bolt11)
        except BadInput as error:
            return OutgoingFailed(error.message)
        if invoice.amount_msat != amount_msat:
            return OutgoingFailed("the invoice is for another amount")
        before = await self.look_up(invoice.payment_hash)
        if not (isinstance(before, OutgoingUnknown) and not before.known_to_wallet):
            return before
        if await self.spendable_msat() < amount_msat:
            return OutgoingFailed("the balance of the node's channels is too low")
        return await self._send(invoice, fee_limit_msat)

    async def look_up(self, payment_hash: str) -> Outgoing:
        """What became of a payment of this node."""
        encoded = urlsafe_b64encode(bytes.fromhex(payment_hash)).decode()
        answer = await self._api.get(
            f"/v2/router/track/{encoded}", deadline_s=self._deadlines.ask_s, is_stream=True
        )
        if answer.code == NOT_FOUND and _NOT_INITIATED in answer.words:
            return OutgoingUnknown("no payment with this hash", known_to_wallet=False)
        record = read_payment(answer.result)
        if record is None or record.payment_hash != payment_hash:
            raise unavailable("The wallet cannot be asked about a payment", answer)
        return record.outcome()

    async def spendable_msat(self) -> int:
        """What the channels could send now; an estimate, as their limits and fees differ."""
        answer = await self._api.get(
            CHANNELS, params={"active_only": "true"}, deadline_s=self._deadlines.ask_s
        )
        found = spendable_msat(answer.result.get("channels"))
        if found is None:
            raise unavailable("The wallet does not tell its balance", answer)
        return found

    async def _send(self, invoice: DecodedInvoice, fee_limit_msat: int) -> Outgoing:
        body = {
            "payment_request": invoice.bolt11,
            "fee_limit_msat": str(fee_limit_msat),
            "timeout_seconds": self._deadlines.route_s,
            "no_inflight_updates": True,
        }
        try:
            answer = await self._api.post(
                SEND, body, deadline_s=self._deadlines.pay_s, is_stream=True
            )
        except NeverSent:
            raise  # nothing has left: the port's Unavailable says just that
        except Unavailable as error:
            return await self._judge(invoice, None, error.message)
        if answer.is_unready:
            raise unavailable("The wallet cannot pay now", answer)
        record = read_payment(answer.result)
        if record is not None and (record.payment_hash, record.amount_msat) == (
            invoice.payment_hash,
            invoice.amount_msat,
        ):
            return record.outcome()
        return await self._judge(invoice, answer, answer.words)

    async def _judge(self, invoice: DecodedInvoice, answer: Answer | None, reason: str) -> Outgoing:
        """The outcome of a call whose answer proves nothing: what LND has on record."""
        try:
            found = await self.look_up(invoice.payment_hash)
        except Unavailable as error:
            return OutgoingUnknown(f"{reason}; then: {error.message}")
        if not isinstance(found, OutgoingUnknown) or found.known_to_wallet:
            return found
        if answer is not None and answer.is_refusal:
            return OutgoingFailed(f"LND refused: {reason}")
        return OutgoingUnknown(reason, known_to_wallet=False)
