"""Speaking with the mail server; loaded with the first mail, because most processes send none."""

from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, make_msgid

import aiosmtplib

from app.charging.errors import Unavailable
from app.charging.ports import Clock
from app.notifications.mail import Mail
from app.notifications.smtp import SmtpSettings


async def send(settings: SmtpSettings, clock: Clock, mail: Mail) -> None:
    """Hand a mail to the server; raises ``Unavailable``."""
    try:
        async with _connection(settings) as server:
            await server.send_message(_message(settings, clock, mail))
    except (aiosmtplib.SMTPException, OSError) as error:
        raise Unavailable("the mail server did not take the mail") from error


async def try_out(settings: SmtpSettings) -> None:
    """Come as far as with a mail, and send none; raises ``Unavailable`` with its own words."""
    try:
        async with _connection(settings):
            return
    except aiosmtplib.SMTPAuthenticationError as error:
        raise Unavailable("it does not know this user and password") from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise Unavailable(f"it does not let us in ({_first_line(error)})") from error


def _connection(settings: SmtpSettings) -> aiosmtplib.SMTP:
    return aiosmtplib.SMTP(
        hostname=settings.host,
        port=settings.port,
        use_tls=settings.security == "tls",
        start_tls=settings.security == "starttls",
        username=settings.username or None,
        password=settings.password or None,
        timeout=settings.timeout_s,
    )


def _message(settings: SmtpSettings, clock: Clock, mail: Mail) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"] = formataddr((settings.sender_name, settings.sender))
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=settings.sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
