"""Invoices: every check, then one call to the owner's wallet, then the duty to ask about it.

The session does not exist until it is paid: what it begins from lies beside the owed
``AwaitPayment``.
"""

from dataclasses import dataclass, replace
from datetime import timedelta

from app.charging.effects import AwaitPayment
from app.charging.errors import BadInput, Conflict, StorageError, StromError, Unavailable
from app.charging.money import SATS, Rate
from app.charging.ports import Chance, Clock, Invoice, InvoiceRequest, Tables, Wallet
from app.charging.session import Limits, Quote
from app.checkout.availability import require_payable
from app.checkout.finding import Finder
from app.checkout.lost_links import pin_mac
from app.checkout.offers import IssuedInvoice, Offer
from app.checkout.open_invoices import OpenInvoices
from app.checkout.payer_data import PayerData, Zap, pin_of, read_payer_data
from app.checkout.ports import Wallets
from app.checkout.quoting import QuotedOffer, Quotes, check_amount, digest
from app.checkout.settings import CheckoutSettings
from app.checkout.wallet_check import WalletCheck
from app.flow import Flow
from app.linking import WalletKeys
from app.records.drivers import DriverCharges
from app.records.effects import Opening
from app.records.ids import new_id, new_secret
from app.records.owners import Tenant
from app.records.payers import Payer
from app.telemetry.context import note
from app.tokens import WEBHOOK, Signer

SESSION_ID_LENGTH = 16
_TRIES = 4
_REMEMBERED_FOR = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Billing:
    """What a session's invoice is made for."""

    tenant: str
    session_id: str
    charge_point: str
    connector: int
    wallet_id: str
    amount_msat: int
    described: str


@dataclass(frozen=True, slots=True)
class Invoicing:
    """Issues invoices."""

    tables: Tables
    flow: Flow
    finder: Finder
    quotes: Quotes
    wallets: Wallets
    signer: Signer
    clock: Clock
    chance: Chance
    settings: CheckoutSettings
    open_invoices: OpenInvoices
    wallet_keys: WalletKeys
    wallet_check: WalletCheck

    async def for_quote(
        self,
        token: str,
        amount_msat: int,
        comment: str,
        payer_data: str | None,
        zap: Zap | None = None,
    ) -> IssuedInvoice:
        """The invoice that begins a session once it is paid."""
        if zap is not None and payer_data:
            raise BadInput("A zap is hashed alone and takes no payer data.", field="payerdata")
        quoted = self.quotes.open(token)
        note(tenant=quoted.tenant, charge_point=quoted.charge_point, connector=quoted.connector)
        if len(comment) > self.settings.comment_chars:
            raise BadInput(
                f"The comment may have {self.settings.comment_chars} characters.", field="comment"
            )
        data = read_payer_data(payer_data, ours=self.settings.host)
        key = await self._signed_by(data)
        offer = await self._still(quoted)
        assert offer.connector is not None  # a quote is of one connector
        power_w = offer.connector.max_power_w
        least_msat = self.quotes.least_msat(offer.tariff, quoted.rate, quoted.at, power_w)
        check_amount(amount_msat, least_msat, self.settings.max_msat, 1)
        connection = await self.wallets.active(quoted.tenant)
        wallet = await self.wallets.open(quoted.tenant, connection.id)
        unit_msat = wallet.capabilities.smallest_unit_msat
        check_amount(amount_msat, least_msat, self.settings.max_msat, unit_msat)
        session_id = offer.reserved_session or new_id(self.chance, SESSION_ID_LENGTH)
        note(session=session_id)
        billing = Billing(
            tenant=quoted.tenant,
            session_id=session_id,
            charge_point=quoted.charge_point,
            connector=quoted.connector,
            wallet_id=connection.id,
            amount_msat=amount_msat,
            described=zap.request if zap else quoted.metadata + (payer_data or ""),
        )
        locked = Quote(
            offer.tariff,
            quoted.rate,
            connection.id,
            unit_msat,
            self._limits(offer.tenant),
            self.clock.now(),
            offer.connector.max_power_w,
            await self._fiat(offer),
        )
        payer = self._payer(quoted.tenant, session_id, data, comment)
        if zap is not None:
            payer = replace(payer or Payer(), nostr_key=zap.key)
        opening = Opening(quoted.charge_point, quoted.connector, locked, payer)
        issued = await self.issue(billing, wallet, opening)
        await self._remember(issued, key, locked.limits)
        return issued

    async def issue(
        self, billing: Billing, wallet: Wallet, opening: Opening | None
    ) -> IssuedInvoice:
        """Ask the wallet for the invoice and owe the questions about it."""
        await self.wallet_check.require_usable(billing.tenant, wallet)
        place = (billing.tenant, billing.charge_point, billing.connector)
        until = self.clock.now() + timedelta(seconds=self.settings.invoice_life_s)
        await self.open_invoices.take(*place, until)
        try:
            # A start that is refused then costs nobody anything; energy that flows is not held.
            hold = opening is not None and wallet.capabilities.hold_invoices
            invoice = await wallet.create_invoice(self._request(billing, hold=hold))
        except StromError:
            await self.open_invoices.give_back(*place, until)
            raise
        rings = wallet.capabilities.rings and self.settings.ringing_base_url is not None
        await self._await(billing, invoice, opening, rings=rings)
        return IssuedInvoice(
            bolt11=invoice.bolt11,
            payment_hash=invoice.payment_hash,
            amount_msat=invoice.amount_msat,
            expires_at=invoice.expires_at,
            session_token=self.signer.session_token(billing.tenant, billing.session_id),
            session_id=billing.session_id,
            tenant=billing.tenant,
            preimage=invoice.preimage,
        )

    async def _still(self, quoted: QuotedOffer) -> Offer:
        """The offer as it stands now, if it still is what was quoted."""
        offer = await self.finder.at(
            quoted.tenant,
            quoted.charge_point,
            quoted.connector,
            quoted.address,
            quoted.curve,
        )
        require_payable(offer.availability)
        if digest(offer.tariff) != quoted.tariff_digest:
            raise Conflict("The price has changed. Please scan the code again.")
        return offer

    async def _fiat(self, offer: Offer) -> Rate | None:
        """For the books of a price in sats; nobody is turned away because it is not known."""
        if offer.tariff.currency != SATS or offer.location.currency == SATS:
            return None
        return await self.finder.rate(offer.location.currency)

    def _request(self, billing: Billing, *, hold: bool) -> InvoiceRequest:
        nonce = new_secret(self.chance)
        secret = self.signer.token(WEBHOOK, billing.tenant, billing.session_id, nonce)
        base_url = self.settings.ringing_base_url
        return InvoiceRequest(
            amount_msat=billing.amount_msat,
            expiry_s=self.settings.invoice_life_s,
            described=billing.described,
            webhook_url=f"{base_url}/hooks/wallet/{secret}" if base_url else None,
            hold=hold,
        )

    async def _await(
        self, billing: Billing, invoice: Invoice, opening: Opening | None, *, rings: bool
    ) -> None:
        """Owe the questions; an invoice that nobody would ask about is not handed out."""
        effect = AwaitPayment(
            billing.session_id,
            billing.wallet_id,
            invoice.payment_hash,
            invoice.amount_msat,
            invoice.expires_at,
        )
        for attempt in range(_TRIES):
            try:
                look_s = self.settings.first_look_s
                await self.flow.owe(billing.tenant, effect, opening, look_s, prompt=not rings)
            except StorageError:
                await self.clock.sleep(0.05 * 2**attempt)
            else:
                return
        raise Unavailable("This could not be saved just now. Please try again.")

    def _limits(self, tenant: Tenant) -> Limits:
        return Limits(
            start_s=self.settings.start_s,
            silent_s=self.settings.silent_s or tenant.silent_limit_hours * 3600,
            refund_expiry_s=tenant.refund_expiry_days * 24 * 3600,
            remind_s=tenant.refund_reminder_days * 24 * 3600,
            fee_limit_ppm=self.settings.refund_fee_ppm,
            fee_floor_msat=self.settings.refund_fee_floor_msat,
        )

    def _payer(self, tenant: str, session_id: str, data: PayerData, comment: str) -> Payer | None:
        """What is kept of the payer's data; nothing where there is none."""
        pin = pin_of(comment)
        mac = pin_mac(self.signer, tenant, session_id, pin) if pin else ""
        said = "" if pin else comment.strip()
        if not (data.address or mac or said):
            return None
        return Payer(address=data.address, pin_mac=mac, comment=said)

    async def _signed_by(self, data: PayerData) -> str:
        """The wallet's key that signed our challenge, if one did (LUD-18); raises when wrongly."""
        auth = data.auth
        if auth is None:
            return ""
        return await self.wallet_keys.answer("payer", auth.k1, auth.sig, auth.key)

    async def _remember(self, issued: IssuedInvoice, key: str, limits: Limits) -> None:
        """Let the key's wallet find the charge later (LUD-04)."""
        if not key:
            return
        now = self.clock.now()
        until = now + timedelta(seconds=limits.refund_expiry_s) + _REMEMBERED_FOR
        charges = DriverCharges(self.tables)
        await charges.add(key, issued.tenant, issued.session_id, now, until)
