"""Mail by SMTP."""

from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, make_msgid
from typing import Literal

import aiosmtplib

from app.charging.errors import Unavailable
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
        settings = self.settings
        try:
            await aiosmtplib.send(
                self._message(mail),
                hostname=settings.host,
                port=settings.port,
                use_tls=settings.security == "tls",
                start_tls=settings.security == "starttls",
                username=settings.username or None,
                password=settings.password or None,
                timeout=settings.timeout_s,
            )
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unavailable("the mail server did not take the mail") from error

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage(policy=SMTP)
        message["From"] = formataddr((self.settings.sender_name, self.settings.sender))
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(self.clock.now())
        message["Message-ID"] = make_msgid(domain=self.settings.sender.rpartition("@")[2])
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message
