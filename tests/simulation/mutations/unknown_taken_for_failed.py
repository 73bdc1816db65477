"""A wallet that does not say what became of a refund is believed to have failed."""

from contextlib import AbstractContextManager
from unittest.mock import patch

from app.charging.effects import PayRefund
from app.charging.events import RefundOutcome
from app.charging.session import Session
from app.flow import Again, Done, Performed
from app.records.effects import OwedEffect
from app.wallets.refunds import RefundPayer


def injected() -> AbstractContextManager[object]:
    real = RefundPayer.pay_refund

    async def pay(self: RefundPayer, owed: OwedEffect, session: Session | None) -> Performed:
        performed = await real(self, owed, session)
        assert isinstance(owed.effect, PayRefund)
        if isinstance(performed, Again) and performed.counted:
            now, payment_hash = self.clock.now(), owed.effect.payment_hash
            return Done((RefundOutcome(now, payment_hash, "failed"),))
        return performed

    return patch.object(RefundPayer, "pay_refund", pay)
