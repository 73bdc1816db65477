"""Paying over NWC: paid, failed or unknown, and nothing sent while nobody answers.

Before a payment the service is asked about its hash. That finds one that was made already and,
above all, shows that the service answers: while it is down nothing is sent, so nothing becomes
unknown. An invoice whose payment the wallet has recorded as failed is not paid again: an old
record could not be told from that of a new attempt, and the payee can make a new invoice.
"""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any
from weakref import WeakValueDictionary

from app.charging.errors import BadInput, Unavailable
from app.charging.ports import (
    Clock,
    Outgoing,
    OutgoingFailed,
    OutgoingPaid,
    OutgoingUnknown,
)
from app.invoices import DecodedInvoice, decode
from app.wallets.nwc_asking import ASK_S, NwcAsker
from app.wallets.nwc_errors import failure_of
from app.wallets.nwc_link import NwcLink
from app.wallets.nwc_messages import NwcAnswer
from app.wallets.nwc_relays import NeverSent
from app.wallets.nwc_transactions import (
    NwcTransaction,
    OutgoingVerdict,
    fitting_preimage,
    judge_outgoing,
)

_log = logging.getLogger(__name__)

PAY_S = 20.0
LONGEST_PAY_S = 3 * ASK_S + PAY_S
"""The hard time-out of ``pay``: look up, pay, look up, search the list."""


class NwcPayer:
    """Pays through one link."""

    def __init__(self, link: NwcLink, asker: NwcAsker, clock: Clock) -> None:
        self._link = link
        self._asker = asker
        self._clock = clock
        self._paying: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def pay(self, bolt11: str, amount_msat: int, fee_limit_msat: int) -> Outgoing:
        """Pay, unless the service knows the payment already."""
        try:
            invoice = decode(bolt11)
        except BadInput as error:
            return OutgoingFailed(error.message)
        if invoice.amount_msat != amount_msat:
            return OutgoingFailed("the invoice is for another amount")
        if self._clock.now() >= invoice.expires_at:
            return OutgoingFailed("the invoice has expired")
        async with self._paying.setdefault(invoice.payment_hash, asyncio.Lock()):
            outgoing = await self._before(invoice) or await self._send(invoice)
        if isinstance(outgoing, OutgoingPaid) and outgoing.fee_msat > fee_limit_msat:
            _log.warning("a fee of %s msat, over %s", outgoing.fee_msat, fee_limit_msat)
        return outgoing

    async def look_up(self, payment_hash: str) -> Outgoing:
        """What became of a payment."""
        found = await self._asker.find(payment_hash, "outgoing")
        if found is None:
            return OutgoingUnknown("no payment with this hash", known_to_wallet=False)
        return _outgoing(found, await self._verdict(found))

    async def _before(self, invoice: DecodedInvoice) -> Outgoing | None:
        """What the wallet knows of this payment; raises ``Unavailable`` when nobody answers."""
        found = await self._asker.find(invoice.payment_hash, "outgoing", lenient=True)
        return None if found is None else _outgoing(found, await self._verdict(found))

    async def _verdict(self, found: NwcTransaction) -> OutgoingVerdict:
        verdict = judge_outgoing(found)
        return await self._asker.weigh_payment(found) if verdict == "doubtful" else verdict

    async def _send(self, invoice: DecodedInvoice) -> Outgoing:
        params = {"invoice": invoice.bolt11}
        try:
            answer = await self._link.ask("pay_invoice", params, deadline_s=PAY_S)
        except NeverSent:
            raise  # nothing has left: the port's Unavailable says just that
        except Unavailable as error:
            return await self._follow_up(invoice.payment_hash, error.message)
        if answer.result is not None:
            return await self._proven(invoice.payment_hash, answer.result)
        failure = failure_of(answer)
        if failure == "try again":
            raise Unavailable(f"The wallet takes no payment now ({answer.reason}).")
        if failure == "refused":
            return OutgoingFailed(_reason(answer))
        is_said_failed = failure == "failed"
        return await self._follow_up(
            invoice.payment_hash, _reason(answer), is_said_failed=is_said_failed
        )

    async def _proven(self, payment_hash: str, result: Mapping[str, Any]) -> Outgoing:
        """A payment said to be made: the preimage proves it, else the look-up has to."""
        preimage = fitting_preimage(result.get("preimage"), payment_hash)
        fee_msat = result.get("fees_paid")
        if preimage is not None and type(fee_msat) is int and fee_msat >= 0:
            return OutgoingPaid(fee_msat, preimage)
        found = await self._follow_up(payment_hash, "said to be paid, without proof")
        if preimage is not None and not isinstance(found, OutgoingPaid):
            return OutgoingPaid(0, preimage)
        return found

    async def _follow_up(
        self, payment_hash: str, reason: str, *, is_said_failed: bool = False
    ) -> Outgoing:
        """The outcome of a payment whose answer does not settle it.

        "Failed" may be a time-out of the service's own, with the payment still under way
        (NIP-47, PAYMENT_FAILED): it is believed unless the look-up contradicts it.
        """
        try:
            found = await self._asker.find(payment_hash, "outgoing", lenient=True)
            verdict = await self._verdict(found) if found else "missing"
        except Unavailable as error:
            return OutgoingUnknown(f"{reason}; then: {error.message}")
        if verdict == "failed" or (is_said_failed and verdict in ("missing", "doubtful")):
            return OutgoingFailed(reason)
        if found is None or verdict == "missing":
            return OutgoingUnknown(reason, known_to_wallet=False)
        return _outgoing(found, verdict)


def _outgoing(found: NwcTransaction, verdict: OutgoingVerdict) -> Outgoing:
    match verdict:
        case "paid":
            return OutgoingPaid(found.fee_msat, found.preimage)
        case "failed":
            return OutgoingFailed("the wallet has recorded the payment as failed")
        case "doubtful":
            return OutgoingUnknown("the wallet calls it settled, but shows no proof")
    return OutgoingUnknown("the payment is under way")


def _reason(answer: NwcAnswer) -> str:
    if answer.code == "INSUFFICIENT_BALANCE":
        return f"insufficient balance ({answer.message[:200]})"
    return answer.reason
