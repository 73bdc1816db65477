"""Mail that is kept instead of sent, where there is no mail server: try-out, demo, test.

All of it lies in one partition of the directory, for who runs such a Strom sees all of it.
"""

from dataclasses import dataclass

from app.charging.ports import Chance, Clock, Put, Tables
from app.notifications.mail import Mail
from app.records.codec import from_item, to_item, to_ms
from app.records.ids import new_id
from app.records.outbox import OutboxMail

_PARTITION = "G#outbox#-"


@dataclass(frozen=True, slots=True)
class OutboxMailer:
    """The ``Mailer`` port over rows, and the page's view of them."""

    tables: Tables
    clock: Clock
    chance: Chance

    async def send(self, mail: Mail) -> None:
        """Keep it."""
        now = self.clock.now()
        kept = OutboxMail(
            f"{to_ms(now):015}-{new_id(self.chance, 4)}",
            mail.tenant,
            mail.to,
            mail.subject,
            mail.text,
            now,
        )
        await self.tables.directory().write([Put(to_item(_PARTITION, kept.id, kept))])

    async def mails(self, tenant: str | None = None) -> list[OutboxMail]:
        """The latest hundred, the newest first; of one tenant, or of all."""
        page = await self.tables.directory().query(_PARTITION, newest_first=True, limit=100)
        kept = [from_item(OutboxMail, item) for item in page.items]
        return [mail for mail in kept if tenant is None or mail.tenant == tenant]
