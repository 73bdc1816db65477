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
from dataclasses import dataclass
from typing import Literal, Protocol

from app.charging.effects import PayRefund
from app.charging.errors import StromError
from app.charging.events import RefundOutcome
from app.charging.ports import Clock, Outgoing, OutgoingFailed, OutgoingPaid, Wallet
from app.charging.session import Session
from app.flow import Again, Done, Performed
from app.invoices import decode
from app.records.effects import OwedEffect
from app.wallets.looking_up import LookUpBudget

log = logging.getLogger(__name__)


class Opens(Protocol):
    """Opens a tenant's wallet by its connection."""

    async def open(self, tenant: str, wallet_id: str) -> Wallet:
        """Raises ``Unavailable``."""
        ...


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
    """The fee limit, and how a doubtful refund is followed up."""

    fee_limit_ppm: int = 10_000
    """1 %; borne by the owner."""
    fee_floor_msat: int = 10_000
    """A small refund may cost this much all the same."""
    first_s: float = 2
    longest_s: float = 300
    unknown_s: float = 60
    """Between look-ups that find the hash unknown to the wallet. Times ``unknown_times`` it is
    longer than a lease: no earlier attempt is running when the invoice is sent again."""
    unknown_times: int = 3
    confirm_s: float = 2
    """Before it is sent again the wallet is asked once more after this long."""
    offline_s: float = 20


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
        effect = owed.effect
        assert isinstance(effect, PayRefund)
        if not _is_bound(session, effect):
            log.error("refund %s is not bound to session %s", owed.ref.sk, effect.session_id)
            return Done()
        try:
            wallet = await self.wallets.open(owed.ref.tenant, effect.wallet_id)
        except StromError as error:
            log.warning("refund %s: %s", owed.ref.sk, error)
            return Again(self.settings.offline_s, counted=False)
        if owed.attempts == 0:
            return await self._send(owed, effect, wallet)
        return await self._follow_up(owed, effect, wallet)

    def fee_limit_msat(self, amount_msat: int) -> int:
        """The most that routing may cost the owner."""
        share_msat = amount_msat * self.settings.fee_limit_ppm // 1_000_000
        return max(share_msat, self.settings.fee_floor_msat)

    async def _send(self, owed: OwedEffect, effect: PayRefund, wallet: Wallet) -> Performed:
        try:
            outgoing = await wallet.pay(
                effect.bolt11,
                amount_msat=effect.amount_msat,
                fee_limit_msat=self.fee_limit_msat(effect.amount_msat),
            )
        except StromError as error:  # the port raises only while nothing has been sent
            log.warning("refund %s was not sent: %s", owed.ref.sk, error)
            return Again(self.settings.offline_s, counted=False)
        ended = await self._ended(owed, effect, outgoing)
        return ended or Again(self.settings.first_s)

    async def _follow_up(self, owed: OwedEffect, effect: PayRefund, wallet: Wallet) -> Performed:
        wait_s = self.budget.wait_s(owed.ref.tenant, effect.wallet_id)
        if wait_s:
            return Again(wait_s, counted=False)
        try:
            outgoing = await wallet.look_up_outgoing(effect.payment_hash)
            ended = await self._ended(owed, effect, outgoing)
            if ended is not None:
                return ended
            if _is_known(outgoing):
                return Again(self._pending_s(effect), counted=False)
            if not self._may_send_again(owed, wallet):
                return await self._unknown(owed, effect, wallet)
            await self.clock.sleep(self.settings.confirm_s)
            outgoing = await wallet.look_up_outgoing(effect.payment_hash)
        except StromError as error:
            log.warning("refund %s cannot be looked up: %s", owed.ref.sk, error)
            return Again(self.settings.offline_s, counted=False)
        ended = await self._ended(owed, effect, outgoing)
        if ended is not None:
            return ended
        if _is_known(outgoing):
            return Again(self._pending_s(effect), counted=False)
        log.warning("refund %s is unknown to the wallet: sent again", owed.ref.sk)
        return await self._send(owed, effect, wallet)

    async def _ended(self, owed: OwedEffect, effect: PayRefund, outgoing: Outgoing) -> Done | None:
        now = self.clock.now()
        match outgoing:
            case OutgoingPaid(fee_msat):
                return Done((RefundOutcome(now, effect.payment_hash, "paid", fee_msat),))
            case OutgoingFailed(reason):
                log.warning("refund %s failed: %s", owed.ref.sk, reason)
                await self._tell(owed, effect, "failed", reason)
                return Done((RefundOutcome(now, effect.payment_hash, "failed"),))
        return None

    def _may_send_again(self, owed: OwedEffect, wallet: Wallet) -> bool:
        """Every so many answers that the wallet does not know it, where that is harmless."""
        turn = owed.attempts % (self.settings.unknown_times + 1) == self.settings.unknown_times
        return turn and wallet.capabilities.resend_is_harmless

    async def _unknown(self, owed: OwedEffect, effect: PayRefund, wallet: Wallet) -> Again:
        """The wallet does not know it (yet): a crash before sending, or a wallet that lags."""
        harmless = wallet.capabilities.resend_is_harmless
        if not harmless and owed.attempts == self.settings.unknown_times:
            log.error("refund %s is unknown to the wallet and stays locked", owed.ref.sk)
            await self._tell(owed, effect, "stuck", "the wallet cannot say whether it was paid")
        doubled = 2.0 ** min(owed.attempts // (self.settings.unknown_times + 1), 6)
        return Again(self.settings.unknown_s * doubled)

    async def _tell(
        self, owed: OwedEffect, effect: PayRefund, trouble: Literal["failed", "stuck"], reason: str
    ) -> None:
        """Tell the owner; an outcome is not lost because nobody could be told."""
        if self.alert is None:
            return
        try:
            await self.alert.refund_trouble(owed.ref.tenant, effect.session_id, trouble, reason)
        except Exception:
            log.exception("the owner could not be told of a refund that %s", trouble)

    def _pending_s(self, effect: PayRefund) -> float:
        """The older a payment under way, the longer the pause: a payee can stall it for days."""
        age_s = (self.clock.now() - decode(effect.bolt11).created_at).total_seconds()
        return min(max(age_s / 8, self.settings.first_s), self.settings.longest_s)


def _is_bound(session: Session | None, effect: PayRefund) -> bool:
    """Whether the session's refund is this one; nothing else may ever be paid out."""
    refund = None if session is None else session.refund
    return refund is not None and (refund.payment_hash, refund.amount_msat) == (
        effect.payment_hash,
        effect.amount_msat,
    )


def _is_known(outgoing: Outgoing) -> bool:
    return getattr(outgoing, "known_to_wallet", True)
