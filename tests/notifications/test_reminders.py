"""An owner hears of refunds that nobody claims: once, in time, and of all of them together."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.charging.effects import RemindOfRefund
from app.checkout.offers import IssuedInvoice
from app.notifications.alerts import OwnerAlerts
from app.notifications.outbox import OutboxMailer
from app.notifications.reminders import RefundReminders
from app.records.refunds import Refunds
from tests.checkout.world import OWNER, Shop

DAY_S = 24 * 3600


class House:
    """A shop whose owner gets reminders."""

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.mails = OutboxMailer(shop.tables, shop.clock, shop.chance)
        self.alerts = OwnerAlerts(shop.tables, shop.clock, self.mails, "https://strom.example")
        self.refunds = Refunds(shop.flow.sessions)
        performers = dict(shop.flow.performers)
        reminders = RefundReminders(self.refunds, self.alerts, shop.clock)
        performers[RemindOfRefund] = reminders.remind
        shop.flow.performers = performers

    async def charged(self) -> IssuedInvoice:
        """One that left 7000 sats; the plug is free again."""
        issued = await self.shop.has_charged()
        await self.shop.says(1, "Available")
        return issued

    async def days_pass(self, days: float) -> None:
        """Swept twice: what falls due first owes something that is due a moment later."""
        await self.shop.comes_online()
        await self.shop.sweeps(days * DAY_S)
        await self.shop.sweeps(10)

    async def letters(self) -> list[str]:
        return [mail.text for mail in await self.mails.mails(OWNER)]


@pytest.fixture
async def house() -> House:
    return House(await Shop().opens())


async def test_a_week_before_the_end_the_owner_is_reminded_once(house: House) -> None:
    await house.charged()
    await house.days_pass(82)
    assert await house.letters() == []
    await house.days_pass(1.5)
    [letter] = await house.letters()
    assert "A refund of 7000 sats is unclaimed; it ends on" in letter
    for _ in range(6):
        await house.days_pass(1)
    assert len(await house.letters()) == 1
    assert len(await house.alerts.latest(OWNER)) == 1


async def test_one_letter_tells_of_all_that_end_soon(house: House) -> None:
    await house.charged()
    await house.charged()
    await house.days_pass(83.5)
    [letter] = await house.letters()
    assert "2 refunds, 14000 sats together" in letter


async def test_what_was_claimed_meanwhile_is_not_spoken_of(house: House) -> None:
    issued = await house.charged()
    house.shop.clock.at += timedelta(days=83.5)
    await house.shop.flow.sweep("DUE#0")  # the reminder is owed now, and due in a moment
    offer = await house.shop.checkout.withdraw_offer(issued.session_token)
    pr = await house.shop.refund_invoice(offer.amount_msat)
    await house.shop.checkout.claim_refund(issued.session_token, offer.k1, pr)
    await house.shop.performs()
    await house.days_pass(0)
    assert await house.letters() == []


async def test_an_owner_can_do_without_and_choose_the_day(house: House) -> None:
    await house.shop.change_tenant(refund_reminder_days=0)
    await house.charged()
    await house.shop.change_tenant(refund_reminder_days=30)
    await house.charged()
    await house.days_pass(61)
    assert len(await house.letters()) == 1
    await house.days_pass(30)
    assert len(await house.letters()) == 1


async def test_refunds_are_listed_with_what_becomes_of_them(house: House) -> None:
    issued = await house.charged()
    [line] = await house.refunds.open(OWNER)
    assert (line.state, line.amount_msat) == ("owed", 7_000_000)
    assert line.expires_at == line.since + timedelta(days=90)
    offer = await house.shop.checkout.withdraw_offer(issued.session_token)
    pr = await house.shop.refund_invoice(offer.amount_msat)
    await house.shop.checkout.claim_refund(issued.session_token, offer.k1, pr)
    [line] = await house.refunds.open(OWNER)
    assert (line.state, line.expires_at) == ("in_flight", None)
    await house.shop.performs()
    assert await house.refunds.open(OWNER) == []
    [over], more = await house.refunds.over(OWNER)
    assert (over.state, over.amount_msat, more) == ("paid", 7_000_000, "")


async def test_a_forfeited_refund_is_listed(house: House) -> None:
    await house.charged()
    await house.days_pass(91)
    [over], _ = await house.refunds.over(OWNER)
    assert over.state == "forfeited"
