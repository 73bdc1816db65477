"""Refunds of a tenant, read from its sessions: owed, under way, in doubt, paid, forfeited."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from app.charging.effects import PayRefund
from app.charging.ledger import Account, LedgerEntry
from app.charging.session import Session
from app.records.keys import session_pk
from app.records.sessions import Sessions

RefundState = Literal["owed", "in_flight", "stuck", "paid", "forfeited"]


@dataclass(frozen=True, slots=True)
class RefundLine:
    """One refund. ``trouble`` says why one that is stuck needs its owner."""

    session_id: str
    charge_point_id: str
    connector: int
    state: RefundState
    amount_msat: int
    since: datetime
    expires_at: datetime | None = None
    """When one that nobody claims is the owner's."""
    payment_hash: str = ""
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Refunds:
    """Reads refunds; changes nothing."""

    sessions: Sessions

    async def open(self, tenant: str) -> list[RefundLine]:
        """Every refund that is not over: those that need the owner first, then the oldest."""
        found = [await self._open(tenant, one) for one in await self.sessions.open(tenant)]
        lines = [line for line in found if line is not None]
        return sorted(lines, key=lambda line: (line.state != "stuck", line.since))

    async def over(
        self, tenant: str, start: str = "", limit: int = 50
    ) -> tuple[list[RefundLine], str]:
        """Refunds paid and forfeited among the newest sessions, and where to go on."""
        named, more = await self.sessions.newest(tenant, limit, start)
        found: list[RefundLine] = []
        for _, session_id in named:
            stored = await self.sessions.find(tenant, session_id)
            if stored is not None and _has_ended_refunds(stored.session):
                entries = await self.sessions.ledger(tenant, session_id)
                found += over_of(stored.session, entries)
        return found, more

    async def _open(self, tenant: str, session: Session) -> RefundLine | None:
        refund = session.refund
        if refund is not None:
            trouble = await refund_trouble(self.sessions, tenant, session)
            return _line(
                session,
                "stuck" if trouble else "in_flight",
                refund.amount_msat,
                refund.at or session.ended_at,
                payment_hash=refund.payment_hash,
                trouble=trouble,
            )
        if session.claimable_msat == 0:
            return None
        since = session.owed_since or session.ended_at
        return _line(
            session, "owed", session.claimable_msat, since, expires_at=session.refund_expires_at
        )


async def refund_trouble(sessions: Sessions, tenant: str, session: Session) -> str:
    """Why the refund under way needs its owner; empty while it does not."""
    if session.refund is None:
        return ""
    owed = await sessions.owed(tenant, session_pk(tenant, session.id))
    return next((one.trouble for one in owed if isinstance(one.effect, PayRefund)), "")


def over_of(session: Session, entries: list[LedgerEntry]) -> list[RefundLine]:
    """What of a session's ledger is a refund that came to its end."""
    found: list[RefundLine] = []
    for entry in entries:
        if entry.credit is Account.REFUNDED:
            payment_hash = entry.cause.split()[1]
            found.append(
                _line(session, "paid", entry.amount_msat, entry.at, payment_hash=payment_hash)
            )
        elif entry.credit is Account.FORFEITED:
            found.append(_line(session, "forfeited", entry.amount_msat, entry.at))
    return found


def _has_ended_refunds(session: Session) -> bool:
    return session.balances.refunded > 0 or session.balances.forfeited > 0


def _line(
    session: Session,
    state: RefundState,
    amount_msat: int,
    since: datetime | None,
    *,
    expires_at: datetime | None = None,
    payment_hash: str = "",
    trouble: str = "",
) -> RefundLine:
    return RefundLine(
        session.id,
        session.charge_point,
        session.connector,
        state,
        amount_msat,
        since or session.quote.at,
        expires_at,
        payment_hash,
        trouble,
    )
