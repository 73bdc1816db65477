"""Mail by SMTP."""

from dataclasses import dataclass, field
from typing import Literal

from app.charging.ports import Clock
from app.notifications.mail import Mail


@dataclass(frozen=True, slots=True)
class SmtpSettings:
    """The mail server and who we are to it. SES on AWS speaks SMTP too."""

    host: str
    sender: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str = ""
    password: str = field(default="", repr=False)
    sender_name: str = "Strom"
    timeout_s: int = 15


@dataclass(frozen=True, slots=True)
class SmtpMailer:
    """The ``Mailer`` port over SMTP; a connection per mail."""

    settings: SmtpSettings
    clock: Clock

    async def send(self, mail: Mail) -> None:
        """Hand it to the mail server."""
        from app.notifications import smtp_server  # with the first mail

        await smtp_server.send(self.settings, self.clock, mail)

    async def try_out(self) -> None:
        """Come as far as with a mail, and send none; raises ``Unavailable`` with its own words."""
        from app.notifications import smtp_server

        await smtp_server.try_out(self.settings)
