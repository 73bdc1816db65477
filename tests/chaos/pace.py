"""How fast what takes days or months comes in a lane."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Pace:
    """Times that no setting shortens."""

    doubt_s: float = 24 * 3600
    """A refund whose wallet cannot be asked for so long needs its owner."""
    refund_expiry_s: int = 0
    """A refund that nobody claims for so long is its owner's; 0: as the owner has set it."""


PLAIN = Pace()
