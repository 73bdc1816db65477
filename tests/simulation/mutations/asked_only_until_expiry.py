"""An invoice is not asked about any more once it has expired: what is reported late is lost."""

from contextlib import AbstractContextManager
from unittest.mock import patch

from app.charging.effects import AwaitPayment
from app.charging.session import Session
from app.flow import Again, Done, Performed
from app.records.effects import OwedEffect
from app.wallets.asking import PaymentAsker


def injected() -> AbstractContextManager[object]:
    real = PaymentAsker.await_payment

    async def ask(self: PaymentAsker, owed: OwedEffect, session: Session | None) -> Performed:
        performed = await real(self, owed, session)
        assert isinstance(owed.effect, AwaitPayment)
        is_over = self.clock.now() >= owed.effect.expires_at
        return Done() if is_over and isinstance(performed, Again) else performed

    return patch.object(PaymentAsker, "await_payment", ask)
