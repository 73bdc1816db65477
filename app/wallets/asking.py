"""Asking wallets about payments, taking and giving back held ones.

A payment is what the wallet answers when asked. Money that comes in late is not lost: an expired
invoice is asked about for a while longer, because a wallet may call it gone before its node has
reported the payment.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable

from app.charging.effects import AwaitPayment, CancelPayment, Effect, SettlePayment
from app.charging.errors import NotFound, Unavailable
from app.charging.events import PaymentGone, PaymentHeld, PaymentSettled
from app.charging.payments import payment
from app.charging.ports import (
    Clock,
    Incoming,
    IncomingGone,
    IncomingHeld,
    IncomingOpen,
    IncomingSettled,
    Wallet,
)
from app.charging.session import Session
from app.flow import Again, Done, Performed, Performer
from app.records.effects import OwedEffect
from app.wallets.looking_up import LookUpBudget
from app.wallets.opening import Opens, WatchedWallet


@runtime_checkable
class HoldWallet(Protocol):
    """What a wallet with hold invoices can do beside the ``Wallet`` port."""

    async def settle_held(self, payment_hash: str) -> None:
        """Take the money; doing it again changes nothing."""
        ...

    async def cancel_held(self, payment_hash: str) -> None:
        """Give it back; doing it again changes nothing."""
        ...


class Arrivals(Protocol):
    """Watches wallets that tell of payments."""

    @property
    def is_running(self) -> bool:
        """Whether what is expected is watched at all."""
        ...

    def expect(self, tenant: str, invoice: AwaitPayment) -> None:
        """Watch an open invoice."""
        ...

    def forget(self, tenant: str, payment_hash: str) -> None:
        """This one needs no watching any more."""
        ...


@dataclass(frozen=True, slots=True)
class AskSettings:
    """How often an open invoice is asked about."""

    open_cap_s: float = 30
    """The longest pause while it can be paid: so late a lost webhook is noticed."""
    grace_s: float = 3600
    """How long after its expiry it is asked about still."""
    grace_cap_s: float = 600
    held_s: float = 10
    settle_s: float = 2
    life_s: float = 600
    """Of an invoice, from which follows how old one is."""
    unheard_share: float = 0.25
    """Where a wallet rings nobody and nobody listens: it is asked again after this part of the time
    that an invoice has been open, so that who has just paid waits little."""
    unheard_s: float = 1
    """And not sooner than this."""
    can_be_rung: bool = True
    """Whether wallets reach us: where they do not, what rings elsewhere rings nobody."""


@dataclass(frozen=True, slots=True)
class PaymentAsker:
    """Performs ``AwaitPayment``, ``SettlePayment`` and ``CancelPayment``."""

    wallets: Opens
    clock: Clock
    budget: LookUpBudget
    settings: AskSettings
    arrivals: Arrivals | None = None

    def by_effect(self) -> Mapping[type[Effect], Performer]:
        """The performer of each effect."""
        return {
            AwaitPayment: self.await_payment,
            SettlePayment: self.settle,
            CancelPayment: self.cancel,
        }

    async def await_payment(self, owed: OwedEffect, session: Session | None) -> Performed:
        """Ask once; owed until it is paid, or was not until long after its expiry."""
        effect = owed.effect
        assert isinstance(effect, AwaitPayment)
        wait_s = self.budget.wait_s(owed.ref.tenant, effect.wallet_id)
        if wait_s:
            return Again(wait_s, counted=False)
        wallet = await self.wallets.open(owed.ref.tenant, effect.wallet_id)
        found = await _look_up(wallet, effect.payment_hash)
        if isinstance(wallet, WatchedWallet):
            self._watch(owed.ref.tenant, effect, found)
        now = self.clock.now()
        match found:
            case IncomingSettled(amount_msat):
                return Done((PaymentSettled(now, effect.payment_hash, amount_msat),))
            case IncomingHeld(amount_msat):
                held = PaymentHeld(now, effect.payment_hash, amount_msat)
                return Again(self.settings.held_s, (held,))
            case IncomingGone() if _is_counted(session, effect.payment_hash):
                return Done((PaymentGone(now, effect.payment_hash),))
        rings = wallet.capabilities.rings and self.settings.can_be_rung
        unheard = not rings and not self._is_listening
        return self._soon(effect, owed.attempts) if unheard else self._later(effect, owed.attempts)

    async def settle(self, owed: OwedEffect, session: Session | None) -> Performed:
        """Take a held payment, and look that it was taken."""
        effect = owed.effect
        assert isinstance(effect, SettlePayment)
        wallet = await self._hold_wallet(owed.ref.tenant, effect.wallet_id)
        before = self._terminal(await _look_up(wallet, effect.payment_hash), effect.payment_hash)
        if before is not None:
            return before
        await wallet.settle_held(effect.payment_hash)
        return await self._outcome(wallet, effect.payment_hash)

    async def cancel(self, owed: OwedEffect, session: Session | None) -> Performed:
        """Give a held payment back, and look that it went."""
        effect = owed.effect
        assert isinstance(effect, CancelPayment)
        wallet = await self._hold_wallet(owed.ref.tenant, effect.wallet_id)
        before = self._terminal(await _look_up(wallet, effect.payment_hash), effect.payment_hash)
        if before is not None:
            return before
        await wallet.cancel_held(effect.payment_hash)
        return await self._outcome(wallet, effect.payment_hash)

    @property
    def _is_listening(self) -> bool:
        return self.arrivals is not None and self.arrivals.is_running

    def _soon(self, effect: AwaitPayment, attempts: int) -> Performed:
        """The payer's word would be all there is: asked in step with how long they take."""
        left_s = (effect.expires_at - self.clock.now()).total_seconds()
        if left_s <= 0:
            return self._later(effect, attempts)
        settings = self.settings
        wanted_s = settings.unheard_share * (settings.life_s - left_s)
        return Again(min(max(wanted_s, settings.unheard_s), settings.open_cap_s), prompt=True)

    def _later(self, effect: AwaitPayment, attempts: int) -> Performed:
        """Not paid so far: at growing intervals, then, past its expiry, sparsely, then no more."""
        now, settings = self.clock.now(), self.settings
        if now >= effect.expires_at + timedelta(seconds=settings.grace_s):
            return Done()
        cap_s = settings.open_cap_s if now < effect.expires_at else settings.grace_cap_s
        return Again(min(2.0 ** min(attempts, 20), cap_s))

    def _watch(self, tenant: str, effect: AwaitPayment, found: Incoming) -> None:
        """What is open may be told of by its wallet sooner than we ask again."""
        if self.arrivals is None:
            return
        if isinstance(found, IncomingOpen):
            self.arrivals.expect(tenant, effect)
        else:
            self.arrivals.forget(tenant, effect.payment_hash)

    async def _hold_wallet(self, tenant: str, wallet_id: str) -> "_Holding":
        wallet = await self.wallets.open(tenant, wallet_id)
        if not wallet.capabilities.hold_invoices or not isinstance(wallet, HoldWallet):
            raise Unavailable("This wallet has no hold invoices.")
        return wallet

    async def _outcome(self, wallet: Wallet, payment_hash: str) -> Performed:
        found = await _look_up(wallet, payment_hash)
        return self._terminal(found, payment_hash) or Again(self.settings.settle_s)

    def _terminal(self, found: Incoming, payment_hash: str) -> Done | None:
        now = self.clock.now()
        match found:
            case IncomingSettled(amount_msat):
                return Done((PaymentSettled(now, payment_hash, amount_msat),))
            case IncomingGone():
                return Done((PaymentGone(now, payment_hash),))
        return None


class _Holding(Wallet, HoldWallet, Protocol):
    """A wallet with hold invoices."""


async def _look_up(wallet: Wallet, payment_hash: str) -> Incoming:
    """What the wallet says; one that does not know its own invoice may know it later."""
    try:
        return await wallet.look_up_incoming(payment_hash)
    except NotFound:
        return IncomingOpen()


def _is_counted(session: Session | None, payment_hash: str) -> bool:
    """Whether the session lives on this payment, which was held before."""
    return session is not None and payment(session, payment_hash) is not None
