"""Performing ``SealSession``."""

from dataclasses import dataclass

from app.charging.effects import SealSession
from app.charging.ports import Clock
from app.charging.session import Session
from app.flow import Again, Done, Performed
from app.records.effects import OwedEffect
from app.records.seals import Seals

RETRY_S = 1.0


@dataclass(frozen=True, slots=True)
class Sealing:
    """Appends settled sessions to their tenant's chain, one at a time."""

    seals: Seals
    clock: Clock

    async def seal(self, owed: OwedEffect, _session: Session | None) -> Performed:
        """Append the seal; another one at the same moment only delays it."""
        effect = owed.effect
        assert isinstance(effect, SealSession)
        appended = await self.seals.add(
            owed.ref.tenant,
            effect.session_id,
            effect.ledger_sequence,
            effect.ledger_hash,
            self.clock.now(),
        )
        return Done() if appended else Again(RETRY_S)
