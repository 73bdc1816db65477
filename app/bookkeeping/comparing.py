"""What one table knows of an owner's money and another does not: after a table was restored.

Ledgers only grow, so whatever the table before knows beyond the restored one has happened between
the two: payments that are nobody's here, refunds that would be offered again. The latter can be
written down here as what they are: paid, by the word of the table before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.charging.events import RefundClaimed, RefundResolved
from app.flow import Flow
from app.records.books import Line

PAID, REFUNDED, CHARGED = "paid", "refunded", "charged"


@dataclass(frozen=True, slots=True)
class Unknown:
    """Movements of one session that are known there and not here; sums in msat."""

    session_id: str
    is_known_here: bool
    """Whether the session itself is, as it was earlier."""
    paid: int
    charged: int
    refunded: int
    movements: int
    refunds: tuple[tuple[str, int], ...] = ()
    """Payment hash and msat of each refund that was paid."""


def unknown_here(here: Sequence[Line], there: Sequence[Line]) -> list[Unknown]:
    """By session, in the order in which they began there."""
    known = {(line.session, line.hash) for line in here}
    sessions = {line.session for line in here}
    missing: dict[str, list[Line]] = {}
    for line in there:
        if (line.session, line.hash) not in known:
            missing.setdefault(line.session, []).append(line)
    return [
        Unknown(
            session_id,
            session_id in sessions,
            paid=sum(line.amount_msat for line in lines if line.debit == PAID),
            charged=sum(line.amount_msat for line in lines if line.credit == CHARGED),
            refunded=sum(line.amount_msat for line in lines if line.credit == REFUNDED),
            movements=len(lines),
            refunds=tuple(
                (line.cause.split()[1], line.amount_msat)
                for line in lines
                if line.credit == REFUNDED
            ),
        )
        for session_id, lines in missing.items()
    ]


@dataclass(frozen=True, slots=True)
class RefundsFromBefore:
    """Writes refunds down that only another table knows to be paid. Nothing is sent, ever."""

    flow: Flow
    by: str
    """Whose word it is; stands in the ledger."""

    async def write(self, tenant: str, found: Unknown, now: datetime) -> bool:
        """True when all of a session's are written down; False where it is not over here, or owes
        another amount: then nothing was changed."""
        stored = await self.flow.sessions.find(tenant, found.session_id)
        owed = 0 if stored is None else stored.session.claimable_msat
        if len(found.refunds) != 1 or owed != found.refunded:
            return False
        ((payment_hash, amount_msat),) = found.refunds
        claimed = RefundClaimed(now, payment_hash, "", amount_msat)
        resolved = RefundResolved(now, payment_hash, "paid", self.by)
        after = await self.flow.record(tenant, found.session_id, [claimed, resolved])
        return payment_hash in after.refunds_paid
