"""A tenant's connected wallets. Credentials are sealed; the envelope alone opens them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

Trouble = Literal["", "unreachable", "low"]
"""What was wrong when the wallet was last asked: no answer, or less than is owed to drivers."""


@dataclass(frozen=True, slots=True)
class WalletConnection:
    """A wallet an owner connected. A replaced one is retired once nothing open names it."""

    id: str
    kind: str
    """``lnbits`` or ``sandbox``; later ``nwc``, ``lnd``."""
    label: str
    sealed_credentials: bytes
    status: Literal["active", "replaced", "retired"]
    created_at: datetime
    can_pay: bool = True
    smallest_unit_msat: int = 1000
    last_spendable_msat: int | None = None
    last_checked_at: datetime | None = None
    last_problem: str = ""
    last_trouble: Trouble = ""
    replaced_at: datetime | None = None
