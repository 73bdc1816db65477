"""``Checkout``: all that a driver's wallet or page can ask for."""

from dataclasses import replace
from datetime import timedelta

from app.charging.ports import Chance, Clock, Tables
from app.checkout.finding import Finder
from app.checkout.invoicing import Invoicing
from app.checkout.lost_links import FoundCharge, LostLinks
from app.checkout.offers import (
    IssuedInvoice,
    Offer,
    PaidInvoice,
    PaymentStatus,
    SignedQuote,
    TopUpOffer,
    VerifiedPayment,
    WithdrawOffer,
)
from app.checkout.open_invoices import OpenInvoices
from app.checkout.paid import PaidSessions
from app.checkout.payer_data import Zap
from app.checkout.payments_seen import PaymentsSeen
from app.checkout.ports import Live, Prices, Rates, RefundsOwed, Unlocking, WalletAlerts, Wallets
from app.checkout.quoting import Quotes
from app.checkout.refunding import Refunding
from app.checkout.session_views import SessionViews
from app.checkout.settings import CheckoutSettings
from app.checkout.view import SessionView
from app.checkout.wallet_check import WalletCheck
from app.flow import Flow
from app.linking import Challenge, WalletKeys
from app.records.attempts import Attempts
from app.records.directory import Directory
from app.tokens import Signer


class Checkout:
    """Errors are those of ``app.charging.errors``; their messages are for the driver."""

    def __init__(
        self,
        *,
        tables: Tables,
        directory: Directory,
        flow: Flow,
        signer: Signer,
        clock: Clock,
        chance: Chance,
        live: Live,
        wallets: Wallets,
        rates: Rates,
        prices: Prices,
        unlocking: Unlocking,
        views: SessionViews,
        settings: CheckoutSettings,
        refunds_owed: RefundsOwed | None = None,
        alerts: WalletAlerts | None = None,
    ) -> None:
        sessions = flow.sessions
        open_invoices = OpenInvoices(tables, clock, settings.open_invoices)
        self._finder = Finder(
            tables, directory, sessions, live, wallets, rates, prices, settings.host, clock
        )
        self._quotes = Quotes(signer, clock, settings)
        self._keys = WalletKeys.over(tables, signer, clock, chance)
        self._invoicing = Invoicing(
            tables=tables,
            flow=flow,
            finder=self._finder,
            quotes=self._quotes,
            wallets=wallets,
            signer=signer,
            clock=clock,
            chance=chance,
            settings=settings,
            open_invoices=open_invoices,
            wallet_keys=self._keys,
            wallet_check=WalletCheck(clock, settings, refunds_owed, alerts),
        )
        self._paid = PaidSessions(
            tables=tables,
            sessions=sessions,
            flow=flow,
            views=views,
            wallets=wallets,
            unlocking=unlocking,
            invoicing=self._invoicing,
            signer=signer,
            clock=clock,
            settings=settings,
        )
        self._refunding = Refunding(tables, self._paid, flow, signer, clock, settings)
        self._seen = PaymentsSeen(sessions, flow, signer, clock)
        attempts = Attempts(tables, clock)
        self._lost = LostLinks(tables, self._finder, flow, wallets, attempts, signer, clock)
        self.settings = settings

    # --- before the payment ------------------------------------------------------------------

    async def find(self, name: str, host: str | None = None) -> Offer:
        """What an address stands for now; raises ``NotFound``."""
        return await self._finder.find(name, host)

    async def quote(self, offer: Offer) -> SignedQuote:
        """A price for the offer, nothing written; raises ``Conflict`` or ``Unavailable``."""
        asked = self._keys.ask("payer", timedelta(seconds=self.settings.quote_life_s))
        return replace(self._quotes.sign(offer), auth_k1=asked.k1)

    async def invoice(
        self,
        quote_token: str,
        amount_msat: int,
        comment: str = "",
        payer_data: str | None = None,
        zap: Zap | None = None,
    ) -> IssuedInvoice:
        """An invoice for a quote, after every check there is.

        ``payer_data`` is hashed verbatim after the metadata (LUD-18), a ``zap``'s request alone
        (NIP-57); the zap's key is kept as the payer's.
        """
        return await self._invoicing.for_quote(quote_token, amount_msat, comment, payer_data, zap)

    # --- with the session's link ---------------------------------------------------------------

    async def session(self, session_token: str) -> SessionView:
        """The session as its payer sees it; raises ``NotYetPaid``."""
        return await self._paid.view(session_token)

    async def stop(self, session_token: str) -> SessionView:
        """End the charge, or the start; asking again changes nothing."""
        return await self._paid.stop(session_token)

    async def top_up_offer(self, session_token: str) -> TopUpOffer:
        """How much may be added; raises ``Conflict`` once the charge stops."""
        return await self._paid.top_up_offer(session_token)

    async def top_up(self, session_token: str, amount_msat: int) -> IssuedInvoice:
        """An invoice that adds to a running charge."""
        return await self._paid.top_up(session_token, amount_msat)

    async def withdraw_offer(self, session_token: str) -> WithdrawOffer:
        """Stop the charge, wait a little for its end, then offer what is left (LUD-03).

        Raises ``Conflict`` when it has not ended in time: ask again.
        """
        return await self._refunding.offer(session_token)

    async def balance(self, session_token: str) -> WithdrawOffer:
        """What could be withdrawn now; looking stops nothing (LUD-14)."""
        return await self._refunding.balance(session_token)

    async def claim_refund(
        self, session_token: str, k1: str, bolt11: str, notify_url: str = ""
    ) -> None:
        """Bind the refund to this invoice; it is paid soon after."""
        await self._refunding.claim(session_token, k1, bolt11, notify_url)

    async def refund_to(self, session_token: str, address: str) -> None:
        """What is left, now or later, goes to this lightning address by itself."""
        await self._refunding.refund_to(session_token, address)

    async def unlock(self, session_token: str) -> None:
        """Release the cable after the end."""
        await self._paid.unlock(session_token)

    # --- the link was lost ---------------------------------------------------------------------

    async def link_by_pin(self, name: str, host: str | None, pin: str) -> str:
        """The session's token for who knows the PIN of the payment; few tries."""
        return await self._lost.by_pin(name, host, pin)

    async def link_by_preimage(self, name: str, host: str | None, preimage: str) -> str:
        """A new token for who proves the payment; the old one ends."""
        return await self._lost.by_preimage(name, host, preimage)

    async def renew_link(self, tenant: str, session_id: str, by: str) -> str:
        """A new token, from the owner's hand, written down; the old one ends."""
        return await self._lost.renew(tenant, session_id, by)

    def ask_wallet(self) -> Challenge:
        """A challenge for a driver's wallet (LUD-04)."""
        return self._keys.ask("auth")

    async def charges_of_wallet(self, k1: str, secret: str) -> list[FoundCharge] | None:
        """The charges of the wallet that answered this browser's challenge; None while none has."""
        key = await self._keys.answered("auth", k1, secret)
        return None if key is None else await self._lost.by_key(key)

    # --- has it been paid? ---------------------------------------------------------------------

    async def payment_seen(self, tenant: str, session_id: str, payment_hash: str) -> PaymentStatus:
        """Whether an invoice has been paid, asking the wallet if that is not known."""
        return await self._seen.status(tenant, session_id, payment_hash)

    async def hint(self, tenant: str, session_id: str, payment_hash: str | None = None) -> None:
        """Somebody says it was paid: ask the wallet now."""
        await self._seen.hint(tenant, session_id, payment_hash)

    async def webhook(self, token: str) -> None:
        """A wallet called the URL of an invoice; raises ``NotFound`` for a forged token."""
        await self._seen.webhook(token)

    def page_token(self, issued: IssuedInvoice) -> str:
        """What the address of an invoice's page carries; the session's token it does not."""
        return self._seen.page_token(issued)

    async def paid_page(self, token: str) -> PaidInvoice:
        """The invoice of such a page, and once it is paid the session's token."""
        return await self._seen.paid_page(token)

    def verify_token(self, issued: IssuedInvoice) -> str:
        """What the LUD-21 URL of an invoice carries."""
        return self._seen.verify_token(issued)

    async def verified(self, token: str) -> VerifiedPayment:
        """The answer behind a LUD-21 URL; raises ``NotFound``."""
        return await self._seen.verified(token)
