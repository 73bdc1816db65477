"""Releasing the cable, for whoever paid the session there."""

from dataclasses import dataclass

from app.charge_points.owner_commands import OwnerCommands
from app.operations import Unlock


@dataclass(frozen=True, slots=True)
class CableRelease:
    """What payers have charge points do."""

    commands: OwnerCommands

    async def unlock(self, tenant: str, charge_point: str, connector: int) -> None:
        """Release the cable; raises ``Conflict`` while the charge point is offline."""
        await self.commands.give(tenant, charge_point, Unlock(connector), by="payer")
