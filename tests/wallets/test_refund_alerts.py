"""A refund in trouble reaches its owner: a letter with a link to where it can be resolved."""

from __future__ import annotations

from app.bootstrap.adapters import RefundAlerts
from app.charging import effects as ef
from app.charging.ports import Outgoing, OutgoingFailed, OutgoingUnknown
from app.notifications.alerts import OwnerAlerts
from app.notifications.outbox import OutboxMailer
from app.telemetry.numbers import Numbers
from app.wallets.performing import WalletPerformers
from tests.checkout.world import OWNER, FakeWallet, Shop, Wallets, can

LOST = OutgoingUnknown("no such hash", known_to_wallet=False)
URL = "https://strom.example"


class Letters:
    """A shop whose refunds go through a wallet that says what a test wants."""

    def __init__(self, shop: Shop, paying: list[Outgoing]) -> None:
        self.shop = shop
        self.mails = OutboxMailer(shop.tables, shop.clock, shop.chance)
        alerts = RefundAlerts(OwnerAlerts(shop.tables, shop.clock, self.mails, URL), Numbers())
        said: list[Outgoing | Exception] = [*paying]
        wallet = FakeWallet(can(resend=False), paying=said, outgoing=[LOST])
        wallets = Wallets(wallet)
        payer = WalletPerformers(wallets, shop.clock, alert=alerts).refunds
        performers = dict(shop.flow.performers)
        performers[ef.PayRefund] = payer.pay_refund
        shop.flow.performers = performers

    async def claims(self) -> None:
        issued = await self.shop.has_charged()
        await self.shop.says(1, "Available")
        await self.claims_again(issued.session_token)

    async def claims_again(self, token: str) -> None:
        offer = await self.shop.checkout.withdraw_offer(token)
        pr = await self.shop.refund_invoice(offer.amount_msat)
        await self.shop.checkout.claim_refund(token, offer.k1, pr)
        await self.shop.performs()

    async def subjects(self) -> list[str]:
        return sorted(mail.subject for mail in await self.mails.mails(OWNER))


async def test_a_stuck_refund_is_one_letter_with_the_page_to_resolve_it(shop: Shop) -> None:
    letters = Letters(shop, [LOST])
    await letters.claims()
    for _ in range(100):
        await shop.sweeps(after_s=100)
    assert await letters.subjects() == ["A refund needs you"]
    [mail] = await letters.mails.mails(OWNER)
    assert f"{URL}/refunds" in mail.text
    assert "does not know this payment" in mail.text


async def test_a_failure_does_not_hide_what_is_stuck_on_the_same_day(shop: Shop) -> None:
    letters = Letters(shop, [OutgoingFailed("no route"), LOST])
    await letters.claims()
    assert await letters.subjects() == ["A refund could not be paid"]
    await letters.claims()
    for _ in range(5):
        await shop.sweeps(after_s=100)
    assert await letters.subjects() == ["A refund could not be paid", "A refund needs you"]
