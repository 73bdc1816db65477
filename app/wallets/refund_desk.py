"""What an owner can do about a refund that is under way: look now, and say what became of it.

The owner's word counts only where nobody else can tell: the refund is in doubt, and the wallet,
asked once more, does not know better. It is given under the lease of the payment, so that no
attempt can run beside it.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from app.charging.effects import PayRefund
from app.charging.errors import Conflict, NotFound, StromError
from app.charging.events import RefundResolved
from app.charging.ports import Outgoing
from app.charging.session import Session
from app.flow import Again, Done, Flow, Performed
from app.records.effects import OwedEffect
from app.records.keys import session_pk
from app.wallets.refund_attempt import Attempt, attempt_of
from app.wallets.refunds import RefundPayer

log = logging.getLogger(__name__)

RefundEnd = Literal["paid", "failed", "in_flight"]

NOT_IN_DOUBT = "This refund is not in doubt: Strom finds out what becomes of it by itself."
UNDER_WAY = "The wallet may still pay this refund, or does not answer just now. It stays as it is."
BUSY = "This refund is being looked at just now. Please try again in a minute."
NOT_SENT = "This refund has not been sent so far; Strom sends it as soon as the wallet answers."


@dataclass(frozen=True, slots=True)
class RefundDesk:
    """Looks refunds up for their owner, and takes the owner's word."""

    flow: Flow
    payer: RefundPayer
    patience_s: float = 10
    """How long somebody who waits is let wait for the wallet."""

    async def look_up(self, tenant: str, session_id: str) -> RefundEnd:
        """Ask the wallet now; nothing is sent. Raises ``NotFound`` or ``Conflict``."""
        owed = await self._owed(tenant, session_id)
        if owed.attempts == 0:
            raise Conflict(NOT_SENT)

        async def look(owed: OwedEffect, session: Session | None) -> Performed:
            attempt = attempt_of(owed, session)
            return Done() if attempt is None else (await self._look(attempt))[0]

        if not await self.flow.perform(owed.ref, look):
            raise Conflict(BUSY)
        return await self._end(tenant, owed)

    async def resolve(
        self,
        tenant: str,
        session_id: str,
        payment_hash: str,
        outcome: Literal["paid", "failed"],
        by: str,
    ) -> RefundEnd:
        """Take the owner's word for a refund in doubt; what the wallet knows counts for more.

        Raises ``NotFound`` when no such refund is under way, ``Conflict`` while it may still end
        by itself.
        """
        owed = await self._owed(tenant, session_id)
        if _effect(owed).payment_hash != payment_hash:
            raise NotFound("this refund is not under way any more")
        if not owed.trouble:
            raise Conflict(NOT_IN_DOUBT)

        async def settle(owed: OwedEffect, session: Session | None) -> Performed:
            attempt = attempt_of(owed, session)
            if attempt is None:
                return Done()
            result, trouble = await self._look(attempt)
            if isinstance(result, Done) or not trouble:
                return result
            now = self.payer.clock.now()
            return Done((RefundResolved(now, payment_hash, outcome, by),))

        if not await self.flow.perform(owed.ref, settle):
            raise Conflict(BUSY)
        end = await self._end(tenant, owed)
        if end == "in_flight":
            raise Conflict(UNDER_WAY)
        return end

    async def _owed(self, tenant: str, session_id: str) -> OwedEffect:
        owed = await self.flow.sessions.owed(tenant, session_pk(tenant, session_id))
        for one in owed:
            if isinstance(one.effect, PayRefund):
                return one
        raise NotFound("no refund of this charge is under way")

    async def _look(self, attempt: Attempt) -> tuple[Done | Again, str]:
        """Look it up, send nothing and count nothing; and why the owner is needed, if so."""
        found: Outgoing | None = None
        try:
            async with asyncio.timeout(self.patience_s):
                attempt = await self.payer.opened(attempt)
                assert attempt.wallet is not None  # just opened
                found = await attempt.wallet.look_up_outgoing(attempt.effect.payment_hash)
        except (StromError, TimeoutError) as error:
            log.warning("refund %s: %s", attempt.owed.ref.sk, str(error) or "timed out")
        ended = None if found is None else await self.payer.ended(attempt, found)
        if ended is not None:
            return ended, ""
        later = await self.payer.wait(attempt, found, self.payer.settings.unknown_s)
        return later, self.payer.trouble(attempt, found)

    async def _end(self, tenant: str, owed: OwedEffect) -> RefundEnd:
        stored = await self.flow.sessions.find(tenant, owed.effect.session_id)
        payment_hash = _effect(owed).payment_hash
        ends: Mapping[RefundEnd, tuple[str, ...]] = {}
        if stored is not None:
            session = stored.session
            ends = {"paid": session.refunds_paid, "failed": session.refunds_failed}
        return next((end for end, hashes in ends.items() if payment_hash in hashes), "in_flight")


def _effect(owed: OwedEffect) -> PayRefund:
    assert isinstance(owed.effect, PayRefund)  # as it was found
    return owed.effect
