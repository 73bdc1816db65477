from __future__ import annotations

import logging
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import get_args

import pytest
from aiosmtpd.controller import Controller

from app.charging.errors import Unavailable
from app.notifications.alerts import AlertKind, OwnerAlerts
from app.notifications.background import BackgroundMailer
from app.notifications.letters import Letters
from app.notifications.mail import Mail, written
from app.notifications.outbox import OutboxMailer
from app.notifications.smtp import SmtpMailer, SmtpSettings
from tests.support import servers
from tests.support.tenancy import House, SetClock

LETTERS = ["confirm_email", "reset_password", "already_registered", "invitation"]
LETTERS += ["approved", "suspended"]
ALERTS = get_args(AlertKind)
VALUES = {"name": "Ada <b>", "url": "https://strom.example/x/y", "text": "no answer"}


class Sink:
    """An SMTP server that keeps what it gets."""

    def __init__(self) -> None:
        self.envelopes: list[tuple[str, list[str], EmailMessage]] = []
        self.port = servers.free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port)

    async def handle_DATA(self, server: object, session: object, envelope: object) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[attr-defined]  # untyped
        assert isinstance(message, EmailMessage)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos, message))  # type: ignore[attr-defined]  # untyped
        return "250 OK"


@pytest.fixture
def sink() -> Iterator[Sink]:
    sink = Sink()
    sink.controller.start()
    yield sink
    sink.controller.stop()


def smtp(port: int) -> SmtpMailer:
    settings = SmtpSettings("127.0.0.1", "strom@example.org", port, "none")
    return SmtpMailer(settings, SetClock())


async def test_a_letter_arrives_as_text_and_page(sink: Sink) -> None:
    await Letters(smtp(sink.port)).send("t", "ada@example.org", "confirm_email", VALUES)
    ((sender, recipients, message),) = sink.envelopes
    assert (sender, recipients) == ("strom@example.org", ["ada@example.org"])
    assert message["Subject"] == "Confirm your e-mail address"
    assert message["From"] == "Strom <strom@example.org>"
    assert message["Auto-Submitted"] == "auto-generated"
    text, page = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert page is not None
    assert "Hello Ada <b>,\n" in text.get_content().replace("\r\n", "\n")
    assert "Hello Ada &lt;b&gt;," in page.get_content()
    assert 'href="https://strom.example/x/y"' in page.get_content()


async def test_a_mail_server_that_is_away_is_unavailable_and_fails_no_sign_up(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with pytest.raises(Unavailable):
        await smtp(1).send(Mail("t", "ada@example.org", "s", "t", "h"))
    with caplog.at_level(logging.WARNING):
        await Letters(smtp(1)).send("t", "ada@example.org", "confirm_email", VALUES)
    assert "confirm_email" in caplog.text
    assert VALUES["url"] not in caplog.text


async def test_a_mail_server_is_tried_without_a_mail(sink: Sink) -> None:
    await smtp(sink.port).try_out()
    assert sink.envelopes == []
    with pytest.raises(Unavailable, match="does not let us in"):
        await smtp(1).try_out()
    asks = SmtpSettings("127.0.0.1", "strom@example.org", sink.port, "starttls")
    with pytest.raises(Unavailable, match=r"STARTTLS|support"):
        await SmtpMailer(asks, SetClock()).try_out()


async def test_mail_beside_the_request_is_tried_again() -> None:
    tries: list[Mail] = []

    class Shaky:
        async def send(self, mail: Mail) -> None:
            tries.append(mail)
            if len(tries) < 3:
                raise Unavailable("away")

    mailer = BackgroundMailer(Shaky(), SetClock())
    await mailer.send(Mail("t", "ada@example.org", "s", "t", "h"))
    assert tries == []
    await mailer.drain()
    assert len(tries) == 3


@pytest.mark.parametrize("name", [*LETTERS, *(f"alert_{kind}" for kind in ALERTS)])
def test_every_letter_can_be_written(name: str) -> None:
    mail = written("t", "ada@example.org", name, VALUES)
    assert mail.subject
    assert VALUES["url"] in mail.text
    assert VALUES["url"] in mail.html


async def test_the_outbox_keeps_mail_for_its_page() -> None:
    house = House()
    outbox = OutboxMailer(house.tables, house.clock, house.chance)
    for tenant, subject in [("a", "one"), ("b", "two"), ("a", "three")]:
        await outbox.send(Mail(tenant, "ada@example.org", subject, "text", "page"))
        await house.clock.sleep(1)
    assert [mail.subject for mail in await outbox.mails()] == ["three", "two", "one"]
    assert [mail.subject for mail in await outbox.mails("a")] == ["three", "one"]


async def test_an_owner_is_told_once_a_day_of_each_kind() -> None:
    house = House()
    owner = (await house.owner()).tenant
    outbox = OutboxMailer(house.tables, house.clock, house.chance)
    alerts = OwnerAlerts(house.tables, house.clock, outbox, "https://strom.example")
    assert await alerts.alert(owner.id, "wallet_unreachable", "connection refused")
    assert not await alerts.alert(owner.id, "wallet_unreachable", "connection refused")
    assert await alerts.alert(owner.id, "refund_stuck", "9 sat")
    await house.clock.sleep(24 * 3600)
    assert await alerts.alert(owner.id, "wallet_unreachable", "still")
    mails = await outbox.mails(owner.id)
    assert len(mails) == 3
    assert mails[0].to == "ada@example.org"
    assert (await alerts.latest(owner.id))[0].text == "still"
