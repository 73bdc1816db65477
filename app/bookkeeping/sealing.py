"""Performing ``SealSession``."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from app.charging.effects import SealSession
from app.charging.ports import Clock
from app.charging.session import Session
from app.flow import Again, Done, Performed
from app.records.effects import OwedEffect
from app.records.seals import Seals

RETRY_S = 1.0
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sealing:
    """Appends settled sessions to their tenant's chain, one at a time."""

    seals: Seals
    clock: Clock

    async def seal(self, owed: OwedEffect, session: Session | None) -> Performed:
        """Append the seal; another one at the same moment only delays it."""
        effect = owed.effect
        assert isinstance(effect, SealSession)
        appended = await self.seals.add(
            owed.ref.tenant,
            effect.session_id,
            effect.ledger_sequence,
            effect.ledger_hash,
            self.clock.now(),
            since=_first_attempt_after(session) if owed.attempts else None,
        )
        return Done() if appended else Again(RETRY_S)


def _first_attempt_after(session: Session | None) -> datetime:
    """Before this moment the session cannot have been sealed; clocks differ by less than a day."""
    if session is None or session.ended_at is None:
        return BEGINNING
    return session.ended_at - timedelta(days=1)
