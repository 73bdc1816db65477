"""An owner's own node: LND over REST, 0.15 to 0.20 (``Grpc-Metadata-macaroon``).

- The preimage is known to the payer and to the node only: ``secret_preimage``.
- LND counts millisatoshis, and any invoice is paid to the millisatoshi. The declared unit is a sat
  all the same: refunds are claimed by drivers' wallets, many of which make invoices over whole
  sats only, and what they cannot claim exactly would stay with the owner.
- An invoice that has expired is OPEN until LND has cancelled it, moments later. CANCELED and
  SETTLED are final.
- LND calls no webhooks. An open invoice is asked about, and watched by its own stream
  (``/v2/invoices/subscribe/{hash}``), which tells the present state first, then every other.
  ``/v1/invoices/subscribe`` would be one stream for all, but is silent about what is held
  (``invoices/invoiceregistry.go``), and a first payment is always held.

How payments are sent and looked up is in ``lnd_paying``, how hold invoices keep their secret in
``lnd_invoices``.
"""

from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from hashlib import sha256

from app.charging.errors import NotFound, Unavailable
from app.charging.ports import (
    Chance,
    Incoming,
    IncomingGone,
    IncomingOpen,
    Invoice,
    InvoiceRequest,
    Outgoing,
    WalletCapabilities,
)
from app.wallets.arrivals import Untold
from app.wallets.lnd_api import Answer, LndApi, unavailable
from app.wallets.lnd_invoices import (
    from_base64,
    hold_body,
    hold_preimage,
    preimage_of,
    request_body,
    to_base64,
)
from app.wallets.lnd_paying import Deadlines, LndPayer
from app.wallets.lnd_payments import read_incoming
from app.wallets.made_invoice import made_invoice

_MOST_CANCELLED = 1000
_NO_INVOICE = ("unable to locate invoice", "no existing invoices")
_CAPABILITIES = WalletCapabilities(
    can_pay=True,
    hold_invoices=True,
    smallest_unit_msat=1000,
    resend_is_harmless=True,
    secret_preimage=True,
    rings=False,
)


class LndWallet:
    """One LND by its address and a macaroon (hex) that may make invoices and pay."""

    def __init__(
        self,
        api: LndApi,
        macaroon: str,
        chance: Chance,
        *,
        private_hints: bool = True,
        deadlines: Deadlines | None = None,
    ) -> None:
        self._api = api
        self._macaroon = macaroon
        self._chance = chance
        self._private_hints = private_hints
        self._deadlines = deadlines or Deadlines()
        self._payer = LndPayer(api, self._deadlines)
        self._cancelled: OrderedDict[str, None] = OrderedDict()

    @property
    def capabilities(self) -> WalletCapabilities:
        """The same for every LND; whether a macaroon may pay is tested before it is saved."""
        return _CAPABILITIES

    async def create_invoice(self, request: InvoiceRequest) -> Invoice:
        """Make an invoice and hold what LND made against what was asked."""
        if request.hold:
            return await self._create_held(request)
        body = request_body(request, private_hints=self._private_hints)
        answer = await self._post("/v1/invoices", body)
        if not answer.result:
            raise unavailable("The wallet cannot make an invoice now", answer)
        stated_hash = from_base64(answer.result.get("r_hash")).hex()
        return made_invoice(
            answer.result.get("payment_request"), request, stated_hash, service="LND"
        )

    async def look_up_incoming(self, payment_hash: str) -> Incoming:
        """What LND says of its invoice; ``NotFound`` for a hash that is none of its."""
        answer = await self._invoice(payment_hash)
        if _is_no_invoice(answer):
            if payment_hash in self._cancelled:
                return IncomingGone()
            raise NotFound("The wallet does not know this invoice.")
        found = read_incoming(answer.result)
        if found is None:
            raise unavailable("The wallet cannot be asked about an invoice", answer)
        return found

    async def pay(self, bolt11: str, *, amount_msat: int, fee_limit_msat: int) -> Outgoing:
        """Pay, unless LND knows the payment already; takes at most ``LONGEST_PAY_S``."""
        return await self._payer.pay(bolt11, amount_msat, fee_limit_msat)

    async def look_up_outgoing(self, payment_hash: str) -> Outgoing:
        """What became of a payment of this node."""
        return await self._payer.look_up(payment_hash)

    async def spendable_msat(self) -> int:
        """What the channels could send now; an estimate, as their limits and fees differ."""
        return await self._payer.spendable_msat()

    async def settle_held(self, payment_hash: str) -> None:
        """Take a payment that is held; changes nothing when none is."""
        answer = await self._invoice(payment_hash)
        if not answer.result and not _is_no_invoice(answer):
            raise unavailable("The wallet cannot be asked about an invoice", answer)
        if answer.result.get("state") != "ACCEPTED":
            return
        preimage = preimage_of(self._macaroon, answer.result)
        done = await self._post("/v2/invoices/settle", {"preimage": to_base64(preimage)})
        if done.status != 200:
            raise unavailable("The wallet has not taken the held payment", done)

    async def cancel_held(self, payment_hash: str) -> None:
        """Give a held payment back; changes nothing when it was taken or given back before."""
        body = {"payment_hash": to_base64(bytes.fromhex(payment_hash))}
        answer = await self._post("/v2/invoices/cancel", body)
        if answer.status == 200 or _is_no_invoice(answer):
            # LND can be set to forget cancelled invoices at once: it is gone, not unknown.
            self._cancelled[payment_hash] = None
            if len(self._cancelled) > _MOST_CANCELLED:
                self._cancelled.popitem(last=False)
        elif "already settled" not in answer.words:
            raise unavailable("The wallet has not given the held payment back", answer)

    async def arrival(self, payment_hash: str) -> None:
        """Return once LND says that an invoice is no longer open; see ``WatchedWallet``."""
        encoded = urlsafe_b64encode(bytes.fromhex(payment_hash)).decode()
        path = f"/v2/invoices/subscribe/{encoded}"
        silence_s = self._deadlines.silence_s
        async with aclosing(self._api.lines(path, silence_s=silence_s)) as lines:
            async for answer in lines:
                found = read_incoming(answer.result)
                if found is None and answer.is_denied:
                    raise Untold("The macaroon does not permit to watch invoices.")
                if found is None:
                    raise unavailable("The wallet cannot be watched", answer)
                if not isinstance(found, IncomingOpen):
                    return
        raise Unavailable("The wallet has ended the watch of an invoice.")

    async def close(self) -> None:
        """Let go of connections; calls under way go on."""
        await self._api.close()

    async def _create_held(self, request: InvoiceRequest) -> Invoice:
        reference = self._chance.token_bytes(16)
        preimage = hold_preimage(self._macaroon, reference)
        body = hold_body(request, preimage, reference, private_hints=self._private_hints)
        answer = await self._post("/v2/invoices/hodl", body)
        if not answer.result:
            raise unavailable("The wallet cannot make a hold invoice now", answer)
        made = made_invoice(
            answer.result.get("payment_request"),
            request,
            sha256(preimage).hexdigest(),
            service="LND",
        )
        return replace(made, preimage=preimage.hex())

    async def _invoice(self, payment_hash: str) -> Answer:
        path = f"/v1/invoice/{payment_hash}"
        return await self._api.get(path, deadline_s=self._deadlines.ask_s)

    async def _post(self, path: str, body: Mapping[str, object]) -> Answer:
        return await self._api.post(path, body, deadline_s=self._deadlines.ask_s)


def _is_no_invoice(answer: Answer) -> bool:
    """By LND's words: a path or a proxy that is not found has the same code."""
    return answer.code is not None and any(words in answer.words for words in _NO_INVOICE)
