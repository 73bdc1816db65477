"""What is counted of sessions, where their changes and their money are at hand anyway."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.charging.ports import Clock, Item
from app.charging.session import Phase, Session
from app.flow import Notices
from app.telemetry.numbers import Numbers

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class CountedNotices:
    """Counts and logs what has come of sessions, and passes the notices on."""

    numbers: Numbers
    notices: Notices

    async def session_changed(
        self,
        tenant: str,
        before: Session,
        session: Session,
        version: int,
        watchers: Sequence[Item] | None,
    ) -> None:
        """Count, and pass it on."""
        numbers = self.numbers
        if session.phase is not before.phase:
            numbers.phases[session.phase] += 1
            log.info("a session is %s", session.phase, extra={"end": str(session.end or "")})
        if session.refund is not before.refund:
            numbers.refunds["paid"] += len(session.refunds_paid) - len(before.refunds_paid)
            numbers.refunds["failed"] += len(session.refunds_failed) - len(before.refunds_failed)
        await self.notices.session_changed(tenant, before, session, version, watchers)


@dataclass(frozen=True, slots=True)
class Counting:
    """Adds up what open sessions owe, whoever reads them all."""

    numbers: Numbers
    clock: Clock

    def count(self, sessions: Sequence[Session]) -> None:
        """All of one tenant's."""
        owed, now = self.numbers.counting, self.clock.now()
        for session in sessions:
            owed.sessions[session.phase] += 1
            balances, refund = session.balances, session.refund
            if session.phase is not Phase.ENDED:
                owed.prepaid_msat += balances.refundable
            elif balances.refundable:
                owed.claimable += 1
                owed.claimable_msat += balances.refundable
                waits_s = _age_s(now, session.owed_since or session.ended_at)
                owed.oldest_claimable_s = max(owed.oldest_claimable_s, waits_s)
            if refund is not None:
                owed.paying += 1
                owed.paying_msat += balances.refund_in_flight
                owed.oldest_paying_s = max(owed.oldest_paying_s, _age_s(now, refund.at))


def _age_s(now: datetime, since: datetime | None) -> float:
    return 0.0 if since is None else max(0.0, (now - since).total_seconds())
