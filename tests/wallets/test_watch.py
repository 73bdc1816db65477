"""An owner hears of a wallet that does not answer or holds too little, before a driver does."""

from dataclasses import dataclass, field, replace

import pytest

from app.charging.errors import NotFound
from app.charging.session import Session
from app.notifications.alerts import OwnerAlerts
from app.notifications.outbox import OutboxMailer
from app.records.wallets import Trouble, WalletConnection
from app.wallets.watch import WalletWatch
from tests.charging.sessions import NOON, quote, session
from tests.checkout.world import OWNER, Shop

TENANT = "tenant000001"


@dataclass
class Wallets:
    """A connector whose wallet is in the given trouble."""

    trouble: Trouble = ""
    connected: bool = True
    retired_but: set[str] = field(default_factory=set)

    async def active(self, tenant: str) -> WalletConnection:
        if not self.connected:
            raise NotFound("none")
        return WalletConnection("w2", "lnbits", "", b"", "active", NOON)

    async def refresh(self, tenant: str, wallet_id: str) -> WalletConnection:
        asked = await self.active(tenant)
        return replace(asked, last_trouble=self.trouble, last_problem=f"it is {self.trouble}")

    async def retire(self, tenant: str, in_use: set[str]) -> None:
        self.retired_but = in_use


@dataclass
class Alerts:
    told: list[tuple[str, str]] = field(default_factory=list)

    async def alert(self, tenant: str, kind: str, text: str) -> bool:
        self.told.append((kind, text))
        return True


class OpenSessions:
    async def open(self, tenant: str) -> list[Session]:
        return [session(replace(quote(), wallet_id="w1"))]


def watch(wallets: Wallets, alerts: Alerts | OwnerAlerts) -> WalletWatch:
    return WalletWatch(wallets, OpenSessions(), alerts)  # type: ignore[arg-type]  # stand-ins


@pytest.mark.parametrize(
    ("trouble", "kind"), [("unreachable", "wallet_unreachable"), ("low", "balance_low")]
)
async def test_trouble_is_told(trouble: Trouble, kind: str) -> None:
    alerts = Alerts()
    await watch(Wallets(trouble), alerts).look(TENANT)
    assert alerts.told == [(kind, f"it is {trouble}")]


async def test_without_trouble_nobody_is_disturbed() -> None:
    alerts, wallets = Alerts(), Wallets()
    await watch(wallets, alerts).look(TENANT)
    assert alerts.told == []
    assert wallets.retired_but == {"w1"}, "an open session names it"


async def test_a_tenant_without_a_wallet_has_nothing_to_watch() -> None:
    alerts = Alerts()
    await watch(Wallets(connected=False), alerts).look(TENANT)
    assert alerts.told == []


async def test_the_same_trouble_is_one_letter_a_day() -> None:
    shop = await Shop().opens()
    mails = OutboxMailer(shop.tables, shop.clock, shop.chance)
    alerts = OwnerAlerts(shop.tables, shop.clock, mails, "https://strom.example")
    watched = watch(Wallets("low"), alerts)
    for _ in range(48):
        await watched.look(OWNER)
        await shop.clock.sleep(3600)
    assert len(await mails.mails(OWNER)) == 3  # from noon to noon, over two midnights
    assert [alert.kind for alert in await alerts.latest(OWNER)] == ["balance_low"] * 3
