"""The letters of an account: what the tenants' room sends, through whatever mailer there is."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass

from app.charging.errors import Unavailable
from app.notifications.mail import Mailer, written

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Letters:
    """Writes a letter from its template and hands it over; a mail server that is away is logged."""

    mailer: Mailer

    async def send(self, tenant: str, to: str, letter: str, values: Mapping[str, str]) -> None:
        """Send the letter of that name."""
        try:
            await self.mailer.send(written(tenant, to, letter, values))
        except Unavailable as error:
            _log.warning("letter %s to tenant %s: %s", letter, tenant, error.message)
