"""What one table knows of an owner's money and another does not: after a table was restored.

Ledgers only grow, so whatever the table before knows beyond the restored one has happened between
the two: payments that are nobody's here, refunds that would be offered again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

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
        )
        for session_id, lines in missing.items()
    ]
