"""A refund whose outcome is not known is simply sent again."""

from contextlib import AbstractContextManager
from dataclasses import replace
from unittest.mock import patch

from app.charging.session import Session
from app.flow import Performed
from app.records.effects import OwedEffect
from app.wallets.refunds import RefundPayer


def injected() -> AbstractContextManager[object]:
    real = RefundPayer.pay_refund

    async def pay(self: RefundPayer, owed: OwedEffect, session: Session | None) -> Performed:
        return await real(self, replace(owed, attempts=0), session)

    return patch.object(RefundPayer, "pay_refund", pay)
