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
        try:
            async with self._connection() as server:
                await server.send_message(self._message(mail))
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unavailable("the mail server did not take the mail") from error

    async def try_out(self) -> None:
        """Come as far as with a mail, and send none; raises ``Unavailable`` with its own words."""
        try:
            async with self._connection():
                return
        except aiosmtplib.SMTPAuthenticationError as error:
            raise Unavailable("it does not know this user and password") from error
        except (aiosmtplib.SMTPException, OSError) as error:
            raise Unavailable(f"it does not let us in ({_first_line(error)})") from error

    def _connection(self) -> aiosmtplib.SMTP:
        settings = self.settings
        return aiosmtplib.SMTP(
            hostname=settings.host,
            port=settings.port,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            username=settings.username or None,
            password=settings.password or None,
            timeout=settings.timeout_s,
        )

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


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
