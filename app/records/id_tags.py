"""The owner's own idTags: RFID cards and key fobs that charge at the owner's cost."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

LONGEST = 20
"""OCPP 1.6 §7.28: CiString20, so case does not matter."""


@dataclass(frozen=True, slots=True)
class IdTag:
    """One card. ``id`` in capitals; ``group``: cards of one group stop each other's charges.

    ``charge_points``: where it charges; empty means everywhere.
    """

    id: str
    label: str
    created_at: datetime
    status: Literal["active", "blocked"] = "active"
    expires_at: datetime | None = None
    group: str = ""
    charge_points: tuple[str, ...] = ()

    def is_for(self, charge_point: str) -> bool:
        """Whether it may be used there."""
        return not self.charge_points or charge_point in self.charge_points


def normal(id_tag: str) -> str:
    """An idTag as it is kept and compared (OCPP 1.6 §7.28: case insensitive)."""
    return id_tag.strip().upper()
