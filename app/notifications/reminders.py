"""Performing ``RemindOfRefund``: the owner hears of refunds that nobody has claimed.

A driver cannot be reached unless they gave an address, and then the refund finds them by itself.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.charging.ports import Clock
from app.charging.session import Session
from app.flow import Done, Performed
from app.notifications.alerts import OwnerAlerts
from app.records.effects import OwedEffect
from app.records.refunds import RefundLine, Refunds


@dataclass(frozen=True, slots=True)
class RefundReminders:
    """One letter a day, about every refund that ends soon."""

    refunds: Refunds
    alerts: OwnerAlerts
    clock: Clock

    async def remind(self, owed: OwedEffect, session: Session | None) -> Performed:
        """Tell the owner, unless it was claimed meanwhile or they were told today."""
        if session is None or session.claimable_msat == 0:
            return Done()
        until = self.clock.now() + timedelta(seconds=session.quote.limits.remind_s, days=1)
        lines = await self.refunds.open(owed.ref.tenant)
        ending = [line for line in lines if line.expires_at and line.expires_at <= until]
        if ending:
            await self.alerts.alert(owed.ref.tenant, "refund_unclaimed", summary(ending))
        return Done()


def summary(lines: Sequence[RefundLine]) -> str:
    """How many, how much, and until when."""
    sats = sum(line.amount_msat for line in lines) // 1000
    first: datetime = min(line.expires_at for line in lines if line.expires_at)
    if len(lines) == 1:
        return f"A refund of {sats} sats is unclaimed; it ends on {first:%Y-%m-%d}."
    return (
        f"{len(lines)} refunds, {sats} sats together, are unclaimed; "
        f"the first ends on {first:%Y-%m-%d}."
    )
