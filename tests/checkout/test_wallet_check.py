"""A wallet that could not refund takes no money, and its owner hears of it before the drivers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from app.charging.errors import Unavailable
from app.checkout.settings import CheckoutSettings
from app.checkout.wallet_check import WalletCheck
from app.notifications.alerts import OwnerAlerts
from app.notifications.outbox import OutboxMailer
from tests.checkout.world import BASE, OWNER, FakeWallet, Owed, Shop, can


class Till:
    """The check of a shop, with an owner who gets mail."""

    def __init__(self, shop: Shop, settings: CheckoutSettings | None = None) -> None:
        self.shop, self.owed = shop, Owed()
        self.settings = settings or CheckoutSettings(BASE)
        self.mails = OutboxMailer(shop.tables, shop.clock, shop.chance)
        self.alerts = OwnerAlerts(shop.tables, shop.clock, self.mails, BASE)
        self.check = self.restarted()

    def restarted(self) -> WalletCheck:
        return WalletCheck(self.shop.clock, self.settings, self.owed, self.alerts)

    async def looks(self, wallet: FakeWallet) -> str:
        """What a driver would be told; empty when they may pay."""
        try:
            await self.check.require_usable(OWNER, wallet)
        except Unavailable as error:
            return error.message
        return ""

    async def kinds(self) -> list[str]:
        return sorted(alert.kind for alert in await self.alerts.latest(OWNER, 99))


@pytest.fixture
async def till() -> Till:
    return Till(await Shop().opens())


@pytest.mark.parametrize(
    ("wallet", "kind"),
    [
        (lambda: FakeWallet(spendable=None), "wallet_unreachable"),
        (lambda: FakeWallet(can(pay=False)), "wallet_cannot_pay"),
    ],
)
async def test_a_wallet_that_cannot_refund_turns_the_driver_away_and_calls_the_owner(
    till: Till, wallet: Callable[[], FakeWallet], kind: str
) -> None:
    assert await till.looks(wallet())
    assert await till.kinds() == [kind]
    [mail] = await till.mails.mails(OWNER)
    assert mail.to == "ada@example.org"


@pytest.mark.parametrize(("policy", "may_pay"), [("warn", True), ("refuse", False)])
async def test_a_wallet_that_holds_too_little(policy: str, may_pay: bool) -> None:
    settings = CheckoutSettings(BASE, short_wallet=policy)  # type: ignore[arg-type]  # one of two
    till = Till(await Shop().opens(), settings)
    till.owed.msat = 2_000_000
    assert (await till.looks(FakeWallet(spendable=1_999_999)) == "") is may_pay
    assert await till.kinds() == ["balance_low"]
    [mail] = await till.mails.mails(OWNER)
    assert "1999.999 sats, and 2000 sats are owed" in mail.text


async def test_a_wallet_in_order_calls_nobody(till: Till) -> None:
    till.owed.msat = 1_000_000
    assert await till.looks(FakeWallet(spendable=1_000_000)) == ""
    assert await till.kinds() == []


async def test_many_drivers_and_many_processes_make_one_letter_a_day(till: Till) -> None:
    for _ in range(3):
        for _ in range(5):
            assert await till.looks(FakeWallet(spendable=None))
        till.check = till.restarted()
    assert len(await till.mails.mails(OWNER)) == 1
    await till.shop.clock.sleep(24 * 3600)
    assert await till.looks(FakeWallet(spendable=None))
    assert len(await till.mails.mails(OWNER)) == 2


async def test_each_kind_of_trouble_has_its_own_letter(till: Till) -> None:
    till.owed.msat = 5_000_000
    await till.looks(FakeWallet(spendable=None))
    await till.looks(FakeWallet())
    assert await till.kinds() == ["balance_low", "wallet_unreachable"]


class Deaf:
    async def alert(self, tenant: str, kind: str, text: str) -> bool:
        raise RuntimeError("no table")


async def test_a_driver_may_pay_although_the_owner_cannot_be_told(till: Till) -> None:
    till.owed.msat = 5_000_000
    till.check = WalletCheck(till.shop.clock, till.settings, till.owed, Deaf())
    assert await till.looks(FakeWallet()) == ""


async def test_a_sum_over_thousands_of_sessions_keeps_no_driver_waiting(
    till: Till, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.checkout.wallet_check._PATIENCE_S", 0.05)
    asked = 0

    async def forever(_: str) -> int:
        nonlocal asked
        asked += 1
        await asyncio.Event().wait()
        return 0

    monkeypatch.setattr(till.owed, "refunds_owed_msat", forever)
    assert await till.looks(FakeWallet(spendable=1)) == ""
    assert await till.looks(FakeWallet(spendable=1)) == ""
    assert asked == 1  # and not again by every driver
    assert await till.kinds() == []
