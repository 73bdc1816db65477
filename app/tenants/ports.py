"""What this room asks of the others."""

from collections.abc import Mapping
from typing import Protocol


class Letters(Protocol):
    """Writes and sends the mails of an account. Answers before they are delivered.

    It must take as long for an address without account as for one with, and must not fail for a
    mail server that is away: what it cannot send, it logs.
    """

    async def send(self, tenant: str, to: str, letter: str, values: Mapping[str, str]) -> None:
        """Send one of the letters ``confirm_email``, ``reset_password``, ``already_registered``,
        ``invitation``, ``approved``, ``suspended``."""
        ...
