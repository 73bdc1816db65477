"""The mail server: it answers, takes TLS, and lets us in. Nothing is sent."""

from app.bootstrap.room_settings import smtp_settings
from app.charging.errors import Unavailable
from app.entrypoints.doctor.findings import Finding, ok, problem
from app.entrypoints.doctor.ground import Ground
from app.notifications.smtp import SmtpMailer

NAME = "mail"


async def look(ground: Ground) -> list[Finding]:
    """Whether none is wanted is said with the settings."""
    settings = ground.settings
    if not settings.smtp_host:
        return [ok(NAME, "No mail server is set; mails are kept on the page /outbox.")]
    if settings.smtp_secret:
        return []  # its password is read where the parts on AWS start
    where = f"{settings.smtp_host}:{settings.smtp_port}"
    try:
        await SmtpMailer(smtp_settings(settings), ground.clock).try_out()
    except Unavailable as error:
        do = (
            "Check STROM_SMTP_HOST, _PORT, _TLS, _USER and _PASSWORD; mails wait for a minute only."
        )
        return [problem(NAME, f"{where}: {error.message}.", do)]
    return [ok(NAME, f"{where} lets us in.")]
