"""One attempt at paying a refund: only ever what its session is bound to."""

from dataclasses import dataclass

from app.charging.effects import PayRefund
from app.charging.ports import Outgoing, OutgoingUnknown, Wallet
from app.charging.session import Refund, Session
from app.records.effects import OwedEffect


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a refund that is bound."""

    owed: OwedEffect
    effect: PayRefund
    refund: Refund
    fee_limit_msat: int
    wallet: Wallet | None = None

    @property
    def may_send_again(self) -> bool:
        """Whether the wallet's backend declares that sending a hash twice is harmless."""
        return self.wallet is not None and self.wallet.capabilities.resend_is_harmless


def attempt_of(owed: OwedEffect, session: Session | None) -> Attempt | None:
    """The attempt, if the session's refund is this one; nothing else may ever be paid out."""
    effect, refund = owed.effect, None if session is None else session.refund
    assert isinstance(effect, PayRefund)
    if session is None or refund is None:
        return None
    if (refund.payment_hash, refund.amount_msat) != (effect.payment_hash, effect.amount_msat):
        return None
    return Attempt(owed, effect, refund, session.quote.limits.fee_limit_msat(refund.amount_msat))


def is_lost(outgoing: Outgoing) -> bool:
    """A crash before sending, or a wallet that lags, or one that forgot it."""
    return isinstance(outgoing, OutgoingUnknown) and not outgoing.known_to_wallet
