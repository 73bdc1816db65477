"""Paying refunds: paid, failed or unknown, and never sent twice on unknown.

The flow has recorded the attempt under a lease before this runs. So ``attempts == 0`` means
that nothing was ever sent; above it an earlier attempt may have paid, and the wallet is only
asked. The same bolt11 goes out again only when no attempt can still be running, the wallet has
said again and again that it does not know the hash, and its backend declares that sending one
hash twice is harmless. Else it stays locked for the owner to resolve.

Counted attempts are: payments sent (or killed while being sent), and look-ups that found the hash
unknown to the wallet. Nothing else counts.
"""

import logging
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Literal, Protocol

from app.charging.effects import PayRefund
from app.charging.errors import StromError
from app.charging.events import RefundOutcome
from app.charging.ports import (
    Clock,
    Outgoing,
    OutgoingFailed,
    OutgoingPaid,
)
from app.charging.session import Session
from app.flow import Again, Done, Performed
from app.invoices import decode
from app.records.effects import OwedEffect
from app.wallets.doubt import DoubtSettings, Seen, doubt
from app.wallets.looking_up import LookUpBudget
from app.wallets.opening import Opens
from app.wallets.refund_attempt import Attempt, attempt_of, is_lost

log = logging.getLogger(__name__)


class RefundAlert(Protocol):
    """Tells the owner of a refund that needs them."""

    async def refund_trouble(
        self, tenant: str, session_id: str, trouble: Literal["failed", "stuck"], reason: str
    ) -> None:
        """``failed``: definitely not paid, the payer can try another invoice. ``stuck``: nobody
        can say whether it was paid, only the owner can resolve it."""
        ...


@dataclass(frozen=True, slots=True)
class RefundSettings:
    """How a refund whose outcome is not known is followed up."""

    first_s: float = 2
    longest_s: float = 300
    unknown_s: float = 60
    """Between look-ups that find the hash unknown to the wallet. Times ``unknown_times`` it is
    longer than a lease: no earlier attempt is running when the invoice is sent again."""
    doubt: DoubtSettings = field(default_factory=DoubtSettings)
    confirm_s: float = 2
    """Before it is sent again the wallet is asked once more after this long."""
    offline_s: float = 20

    @property
    def unknown_times(self) -> int:
        """Look-ups that find it unknown before it may be sent again."""
        return self.doubt.unknown_times


@dataclass(frozen=True, slots=True)
class RefundPayer:
    """Performs ``PayRefund``."""

    wallets: Opens
    clock: Clock
    budget: LookUpBudget
    settings: RefundSettings
    alert: RefundAlert | None = None

    async def pay_refund(self, owed: OwedEffect, session: Session | None) -> Performed:
        """One attempt: send if nothing was ever sent, else look it up."""
        attempt = attempt_of(owed, session)
        if attempt is None:
            log.error("refund %s is not bound to session %s", owed.ref.sk, owed.effect.session_id)
            return Done()
        try:
            attempt = await self.opened(attempt)
            if owed.attempts == 0:
                return await self._send(attempt)
            return await self._follow_up(attempt)
        except StromError as error:  # nothing was sent in this attempt
            log.warning("refund %s: %s", owed.ref.sk, error)
            return await self.wait(attempt, None, self.settings.offline_s)

    async def opened(self, attempt: Attempt) -> Attempt:
        """The attempt with its wallet; raises ``Unavailable``."""
        wallet = await self.wallets.open(attempt.owed.ref.tenant, attempt.effect.wallet_id)
        return replace(attempt, wallet=wallet)

    async def ended(self, attempt: Attempt, outgoing: Outgoing) -> Done | None:
        """The end of the refund, if that is what the wallet says."""
        now, payment_hash = self.clock.now(), attempt.effect.payment_hash
        match outgoing:
            case OutgoingPaid(fee_msat):
                return Done((RefundOutcome(now, payment_hash, "paid", fee_msat),))
            case OutgoingFailed(reason):
                log.warning("refund %s failed: %s", attempt.owed.ref.sk, reason)
                await self._tell(attempt, "failed", reason)
                return Done((RefundOutcome(now, payment_hash, "failed"),))
        return None

    async def wait(
        self, attempt: Attempt, found: Outgoing | None, after_s: float, *, counted: bool = False
    ) -> Again:
        """Look again later; tell the owner as soon as only they can say what became of it."""
        trouble = self.trouble(attempt, found)
        known = attempt.owed.trouble
        if trouble == known or (found is None and not trouble):
            return Again(after_s, counted=counted)
        if trouble:
            log.error("refund %s is in doubt: %s", attempt.owed.ref.sk, trouble)
            await self._tell(attempt, "stuck", trouble)
        return Again(after_s, counted=counted, trouble=trouble)

    def trouble(self, attempt: Attempt, found: Outgoing | None) -> str:
        """Why only the owner can say what became of it; ``found`` is None without an answer."""
        bound_at, now = attempt.refund.at, self.clock.now()
        age = timedelta() if bound_at is None else now - bound_at
        seen = Seen(found, attempt.owed.attempts, age, attempt.may_send_again)
        return doubt(seen, self.settings.doubt)

    async def _send(self, attempt: Attempt) -> Performed:
        assert attempt.wallet is not None  # opened before
        effect = attempt.effect
        outgoing = await attempt.wallet.pay(
            effect.bolt11, amount_msat=effect.amount_msat, fee_limit_msat=attempt.fee_limit_msat
        )
        return await self.ended(attempt, outgoing) or Again(self.settings.first_s)

    async def _follow_up(self, attempt: Attempt) -> Performed:
        assert attempt.wallet is not None  # opened before
        owed, effect, wallet = attempt.owed, attempt.effect, attempt.wallet
        wait_s = self.budget.wait_s(owed.ref.tenant, effect.wallet_id)
        if wait_s:
            return Again(wait_s, counted=False)
        outgoing = await wallet.look_up_outgoing(effect.payment_hash)
        if not is_lost(outgoing):
            return await self._as_told(attempt, outgoing)
        if not (attempt.may_send_again and self._is_turn(owed.attempts)):
            doubled = 2.0 ** min(owed.attempts // (self.settings.unknown_times + 1), 6)
            return await self.wait(
                attempt, outgoing, self.settings.unknown_s * doubled, counted=True
            )
        await self.clock.sleep(self.settings.confirm_s)
        outgoing = await wallet.look_up_outgoing(effect.payment_hash)
        if not is_lost(outgoing):
            return await self._as_told(attempt, outgoing)
        log.warning("refund %s is unknown to the wallet: sent again", owed.ref.sk)
        return await self._send(attempt)

    async def _as_told(self, attempt: Attempt, outgoing: Outgoing) -> Performed:
        """What a wallet that knows the payment says of it."""
        ended = await self.ended(attempt, outgoing)
        return ended or await self.wait(attempt, outgoing, self._pending_s(attempt.effect))

    def _is_turn(self, attempts: int) -> bool:
        """Every so many answers that the wallet does not know it."""
        return attempts % (self.settings.unknown_times + 1) == self.settings.unknown_times

    async def _tell(
        self, attempt: Attempt, trouble: Literal["failed", "stuck"], reason: str
    ) -> None:
        """Tell the owner; an outcome is not lost because nobody could be told."""
        if self.alert is None:
            return
        tenant, session_id = attempt.owed.ref.tenant, attempt.effect.session_id
        try:
            await self.alert.refund_trouble(tenant, session_id, trouble, reason)
        except Exception:
            log.exception("the owner could not be told of a refund that %s", trouble)

    def _pending_s(self, effect: PayRefund) -> float:
        """The older a payment under way, the longer the pause: a payee can stall it for days."""
        age_s = (self.clock.now() - decode(effect.bolt11).created_at).total_seconds()
        return min(max(age_s / 8, self.settings.first_s), self.settings.longest_s)
