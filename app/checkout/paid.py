"""What the holder of a session's link may do: look, stop, add, take what is left, unplug."""

from dataclasses import dataclass
from datetime import timedelta

from app.charging.claims import Claim, ClaimKind, connector_key
from app.charging.errors import Conflict, NotFound
from app.charging.events import StopRequested
from app.charging.ports import Clock, Tables
from app.charging.session import Funding, Phase, Session
from app.checkout.errors import NotYetPaid
from app.checkout.invoicing import Billing, Invoicing
from app.checkout.offers import IssuedInvoice, TopUpOffer
from app.checkout.ports import Unlocking, Wallets
from app.checkout.quoting import LEAST_MSAT, check_amount, metadata
from app.checkout.session_views import SessionViews
from app.checkout.settings import CheckoutSettings
from app.checkout.texts import LONGEST, price_text
from app.checkout.view import SessionView
from app.flow import Flow
from app.records.sessions import Sessions
from app.telemetry.context import note
from app.tokens import Signer

REPLACED = "This link was replaced by a new one."


@dataclass(frozen=True, slots=True)
class PaidSession:
    """A session that the holder of its token may see, and the version it was read at."""

    tenant: str
    session: Session
    version: int


@dataclass(frozen=True, slots=True)
class PaidSessions:
    """Sessions by their token."""

    tables: Tables
    sessions: Sessions
    flow: Flow
    views: SessionViews
    wallets: Wallets
    unlocking: Unlocking
    invoicing: Invoicing
    signer: Signer
    clock: Clock
    settings: CheckoutSettings

    async def load(self, token: str) -> PaidSession:
        """The session of a token; raises ``NotFound`` when forged, ``NotYetPaid`` while inert."""
        named = self.signer.session(token)
        note(tenant=named.tenant, session=named.session_id)
        stored = await self.sessions.find(named.tenant, named.session_id)
        if stored is None or stored.session.phase is Phase.UNPAID:
            raise NotYetPaid
        if stored.session.link != named.link:
            raise NotFound(REPLACED)
        return PaidSession(named.tenant, stored.session, stored.version)

    async def view(self, token: str) -> SessionView:
        """The session as its payer sees it."""
        paid = await self.load(token)
        return await self.views.of(paid.tenant, paid.session, paid.version)

    async def stop(self, token: str) -> SessionView:
        """End the charge, or a start that is under way."""
        paid = await self.load(token)
        await self.request_stop(paid)
        return await self.view(token)

    async def request_stop(self, paid: PaidSession) -> None:
        """Record the payer's wish, unless it is over or asked for already."""
        if paid.session.phase in (Phase.STARTING, Phase.CHARGING):
            wish = StopRequested(self.clock.now(), "payer")
            await self.flow.record(paid.tenant, paid.session.id, [wish])

    async def top_up_offer(self, token: str) -> TopUpOffer:
        """How much may be added."""
        return self._top_up_offer((await self.load(token)).session)

    async def top_up(self, token: str, amount_msat: int) -> IssuedInvoice:
        """An invoice that adds to the budget; paid too late, it is refunded with the rest."""
        paid = await self.load(token)
        session = paid.session
        offer = self._top_up_offer(session)
        unit_msat = session.quote.unit_msat
        check_amount(amount_msat, offer.min_msat, offer.max_msat, unit_msat)
        wallet = await self.wallets.open(paid.tenant, session.quote.wallet_id)
        billing = Billing(
            tenant=paid.tenant,
            session_id=session.id,
            charge_point=session.charge_point,
            connector=session.connector,
            wallet_id=session.quote.wallet_id,
            amount_msat=amount_msat,
            described=offer.metadata,
        )
        return await self.invoicing.issue(billing, wallet, None)

    async def unlock(self, token: str) -> None:
        """Release the cable after the end, while nobody else has the connector."""
        session = (paid := await self.load(token)).session
        if session.phase not in (Phase.FINISHING, Phase.ENDED):
            raise Conflict("Stop the charge first, then release the cable.")
        ended_at = session.ended_at or self.clock.now()
        if self.clock.now() - ended_at > timedelta(seconds=self.settings.unlock_within_s):
            raise Conflict("This charge ended too long ago. Please ask the owner.")
        key = connector_key(session.charge_point, session.connector)
        claim = Claim(ClaimKind.CONNECTOR, key, "")
        if await self.sessions.holder(paid.tenant, claim) not in (None, session.id):
            raise Conflict("Somebody else uses this connector now.")
        await self.unlocking.unlock(paid.tenant, session.charge_point, session.connector)

    def _top_up_offer(self, session: Session) -> TopUpOffer:
        going_on = session.phase in (Phase.STARTING, Phase.CHARGING) and not session.stop_owed
        if not going_on or session.funding is not Funding.LIGHTNING:
            raise Conflict("This charge is over; nothing can be added to it.")
        # From the locked quote alone, so that it is the same for the request and the callback.
        quote, begins = session.quote, "More for the charge under way: "
        price = price_text(quote.tariff, quote.rate, quote.at, longest=LONGEST - len(begins))
        text = begins + price
        least_msat = max(LEAST_MSAT, session.quote.unit_msat)
        return TopUpOffer(metadata(text), least_msat, self.settings.max_msat)
