"""Performing ``OfferRefund``: the refund goes to the address the payer named, by itself.

What the address gives is an invoice like any other; the session's conditional write binds it, so
an attempt that died half way, or two at once, cost nothing. A definite refusal, or silence for
too long, ends the offer: what is left waits for the payer's own withdrawal.
"""

import logging
from dataclasses import dataclass

from app.charging.effects import OfferRefund
from app.charging.errors import StorageError, Unavailable
from app.charging.events import OfferEnded, RefundClaimed
from app.charging.ports import Clock, Tables
from app.charging.session import Session
from app.checkout.address_invoices import AddressInvoices, AddressRefuses, Wanted
from app.checkout.settings import CheckoutSettings
from app.flow import Again, Done, Performed
from app.invoices import REGTEST
from app.records import rows
from app.records.effects import OwedEffect
from app.records.payers import Payers

log = logging.getLogger(__name__)
_LONGEST_S = 600
MOST_ATTEMPTS = 14
"""Silence is waited out for about an hour."""
_FIRST_AGAIN_S = 60
"""After an invoice that could not be paid: a minute, ten, a hundred."""


@dataclass(frozen=True, slots=True)
class RefundOffers:
    """The performer."""

    tables: Tables
    addresses: AddressInvoices
    clock: Clock
    settings: CheckoutSettings

    async def offer_refund(self, owed: OwedEffect, session: Session | None) -> Performed:
        """One attempt to bind the refund to an invoice of the payer's address."""
        effect = owed.effect
        assert isinstance(effect, OfferRefund)
        if session is None or session.reach.number != effect.number or not session.reach.owed:
            return Done()
        if effect.tries > 1 and owed.attempts == 0:
            return Again(_FIRST_AGAIN_S * 10.0 ** (effect.tries - 2))
        try:
            return await self._offer(owed, effect, session)
        except AddressRefuses as error:
            log.info("refund of %s by address: %s", session.id, error)
            return Done((OfferEnded(self.clock.now(), effect.number),))
        except (Unavailable, StorageError) as error:
            log.info("refund of %s by address, again: %s", session.id, error)
            return self._later(owed, effect)

    async def _offer(self, owed: OwedEffect, effect: OfferRefund, session: Session) -> Performed:
        tenant = owed.ref.tenant
        payer = await Payers(self.tables).find(tenant, session.id)
        if not payer.address:
            return await self._tell(payer.notify_url, effect)
        amount_msat = session.claimable_msat
        invoice = await self.addresses.invoice(
            payer.address, await self._wanted(tenant, amount_msat)
        )
        claimed = RefundClaimed(
            self.clock.now(),
            invoice.payment_hash,
            invoice.bolt11,
            amount_msat,
            offer=effect.number,
        )
        return Done((claimed,))

    async def _tell(self, url: str, effect: OfferRefund) -> Performed:
        """A wallet that is told comes by itself, or not: either way the offer is over."""
        if url:
            await self.addresses.tell(url)
        return Done((OfferEnded(self.clock.now(), effect.number),))

    async def _wanted(self, tenant: str, amount_msat: int) -> Wanted:
        owner = await rows.tenants(self.tables).get(tenant, tenant)
        network = REGTEST if owner.mode == "sandbox" else self.settings.network
        now = self.clock.now()
        return Wanted(amount_msat, network, now, self.settings.refund_invoice_life_s)

    def _later(self, owed: OwedEffect, effect: OfferRefund) -> Performed:
        if owed.attempts >= MOST_ATTEMPTS:
            return Done((OfferEnded(self.clock.now(), effect.number),))
        return Again(min(2.0 ** (owed.attempts + 1), _LONGEST_S))
