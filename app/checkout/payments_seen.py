"""Hints that an invoice was paid, and what is known of it. The wallet's answer alone counts."""

import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.charging.effects import AwaitPayment
from app.charging.errors import StromError
from app.charging.payments import payment
from app.charging.ports import Clock
from app.charging.session import PaymentState
from app.checkout.offers import IssuedInvoice, PaidInvoice, PaymentStatus, VerifiedPayment
from app.checkout.remembering import Remembered
from app.checkout.tokens import PAGE, VERIFY, opened
from app.flow import Flow
from app.records import keys
from app.records.codec import to_ms
from app.records.effects import EffectRef, ref_of
from app.records.sessions import Sessions
from app.telemetry.context import note
from app.tokens import WEBHOOK, Signer

log = logging.getLogger(__name__)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ASK_AGAIN_S = 2
"""Anyone with the URL may poll; the wallet is asked this often at most."""
_TURNS = 8
_TURN_S = 0.25
_UNKNOWN = PaymentStatus(settled=False, seen=False)


@dataclass(frozen=True, slots=True)
class PaymentsSeen:
    """Looks at payments."""

    sessions: Sessions
    flow: Flow
    signer: Signer
    clock: Clock
    asked: Remembered[bool] = field(default_factory=lambda: Remembered(_ASK_AGAIN_S))

    async def status(self, tenant: str, session_id: str, payment_hash: str) -> PaymentStatus:
        """What is known; while nothing is, the wallet is asked, but not at every poll."""
        found = await self._known(tenant, session_id, payment_hash)
        now = self.clock.now()
        if found.settled or self.asked.get(payment_hash, now):
            return found
        self.asked.put(payment_hash, True, now)
        await self.hint(tenant, session_id, payment_hash)
        return await self._known(tenant, session_id, payment_hash)

    async def hint(self, tenant: str, session_id: str, payment_hash: str | None) -> None:
        """Ask the wallet now about this invoice, or about every open one of the session."""
        if payment_hash is not None:
            effect = AwaitPayment(session_id, "", payment_hash, 0, _EPOCH)
            refs = [ref_of(tenant, effect)]
        else:
            owed = await self.sessions.owed(tenant, keys.session_pk(tenant, session_id))
            refs = [one.ref for one in owed if isinstance(one.effect, AwaitPayment)]
        for ref in refs:
            await self._ask(ref)

    async def webhook(self, token: str) -> None:
        """A wallet called; only its URL is trusted, and only to say which session to look at."""
        tenant, session_id, _nonce = opened(self.signer, WEBHOOK, token, parts=3)
        note(tenant=tenant, session=session_id)
        await self.hint(tenant, session_id, None)

    async def _ask(self, ref: EffectRef) -> None:
        """Perform it; once more when another is just at it, who may have asked too early, and
        when the wallet is being asked so much that it was not asked at all."""
        try:
            before = await self.sessions.owed_effect(ref)
            for _ in range(_TURNS):
                if before is None:
                    return
                await self.flow.perform(ref)
                owed = await self.sessions.owed_effect(ref)
                if owed is None or (
                    owed.attempts > before.attempts
                    and owed.leased_until_ms <= to_ms(self.clock.now())
                ):
                    return
                await self.clock.sleep(_TURN_S)
        except StromError as error:
            log.warning("a hint could not be followed: %s", error)

    def verify_token(self, issued: IssuedInvoice) -> str:
        """What the LUD-21 URL of an invoice carries."""
        return self.signer.token(
            VERIFY, issued.tenant, issued.session_id, issued.payment_hash, issued.bolt11
        )

    async def verified(self, token: str) -> VerifiedPayment:
        """The answer behind a LUD-21 URL; raises ``NotFound``."""
        tenant, session_id, payment_hash, bolt11 = opened(self.signer, VERIFY, token, parts=4)
        status = await self.status(tenant, session_id, payment_hash)
        return VerifiedPayment(bolt11, status.settled)

    def page_token(self, issued: IssuedInvoice) -> str:
        """What the address of an invoice's page carries: no other token leads to the session."""
        return self.signer.token(
            PAGE, issued.tenant, issued.session_id, issued.payment_hash, issued.bolt11
        )

    async def paid_page(self, token: str) -> PaidInvoice:
        """The invoice of a page, and the session's token once it was paid."""
        tenant, session_id, payment_hash, bolt11 = opened(self.signer, PAGE, token, parts=4)
        status = await self.status(tenant, session_id, payment_hash)
        stored = await self.sessions.find(tenant, session_id) if status.seen else None
        if stored is None:
            return PaidInvoice(tenant, bolt11)
        link = self.signer.session_token(tenant, session_id, stored.session.link)
        return PaidInvoice(tenant, bolt11, link)

    async def _known(self, tenant: str, session_id: str, payment_hash: str) -> PaymentStatus:
        stored = await self.sessions.find(tenant, session_id)
        found = None if stored is None else payment(stored.session, payment_hash)
        if found is None or found.state is PaymentState.GONE:
            return _UNKNOWN
        return PaymentStatus(settled=found.state is PaymentState.SETTLED, seen=True)
