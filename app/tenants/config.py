"""What the provider decides about accounts."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal

from app.records.attempts import Allowance

SignUpPolicy = Literal["open", "invited", "approved"]
"""Who may become an owner: anyone; who was invited; anyone, but the provider looks first."""


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """The provider's settings for accounts. ``server_key`` signs links: 32 bytes or more."""

    server_key: bytes = field(repr=False)
    public_base_url: str
    sign_up: SignUpPolicy = "open"
    confirm_within: timedelta = timedelta(days=7)
    reset_within: timedelta = timedelta(hours=1)
    invited_for: timedelta = timedelta(days=14)
    sign_ins: Allowance = Allowance(10, timedelta(minutes=15))
    """Per e-mail and IP address."""
    sign_ins_per_ip: Allowance = Allowance(60, timedelta(minutes=15))
    sign_ups_per_ip: Allowance = Allowance(20, timedelta(hours=1))
    letters: Allowance = Allowance(4, timedelta(hours=1))
    """Per address a letter is asked for, so that nobody's mailbox is flooded."""
    letters_per_ip: Allowance = Allowance(30, timedelta(hours=1))

    def __post_init__(self) -> None:
        if len(self.server_key) < 32:
            raise ValueError("server_key needs 32 bytes or more")
