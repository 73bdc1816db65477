"""An owner with a charge point of their own, on a Strom of their own; charges one after another."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.chaos.journey import PAID_SATS, USED_SATS, whole_journey
from tests.chaos.pace import PLAIN, Pace
from tests.chaos.strom import ChaosStrom
from tests.chaos.waiting import patiently
from tests.chaos.weather import CALM, Forecast
from tests.journeys.chargers import BY_HAND, Charger
from tests.journeys.checks import LEFT, RIGHT
from tests.journeys.drivers import STARTING_SATS, Driver
from tests.journeys.owners import Owner, balances_of
from tests.journeys.serving import assert_log_is_clean
from tests.journeys.wallet_line import WalletLine, wallet_line
from tests.support.lnbits import LnbitsNode, LnbitsWalletKeys

SETTINGS = {
    "PERFORM_TIMEOUT_S": "3",
    "LEASE_S": "3.5",
    "REFUND_UNKNOWN_S": "1.2",
    "SWEEP_INTERVAL_S": "0.2",
    "LOG_LEVEL": "WARNING",
}
"""Whatever was under way at a death is looked at again within seconds."""


@dataclass(frozen=True)
class Came:
    """What a journey comes to; what was not used or forfeited went back."""

    paid_sats: int = PAID_SATS
    used_sats: int = USED_SATS
    forfeited_sats: int = 0
    session_id: str = ""
    """Where no driver has a page of it."""


@dataclass
class Lane:
    """Everything for one charge after another, and what it must come to."""

    strom: ChaosStrom
    node: LnbitsNode
    owner: Owner
    charger: Charger
    earned_sats: int = 0
    next_deaths: list[str] = field(default_factory=list)
    line: WalletLine | None = None
    """What the owner's wallet hangs on, where it can be cut."""
    earlier: list[LnbitsWalletKeys] = field(default_factory=list)
    """Wallets that the owner has replaced."""

    @property
    def tenant(self) -> str:
        return str(self.owner.http.headers["Authorization"]).split("_")[1]

    async def charges_once(self, *deadly: str) -> list[str]:
        """A whole charge, killed at each of ``deadly``; returns the names that were passed."""

        async def charge(driver: Driver) -> Came:
            await whole_journey(driver, self.charger)
            return Came()

        return await self.plays(charge, *deadly)

    async def plays(self, journey: Callable[[Driver], Awaitable[Came]], *deadly: str) -> list[str]:
        """Any journey, killed at each of ``deadly``; returns the names that were passed."""
        async with self.driver() as driver:
            await self.dies_at(*deadly)
            came = await journey(driver)
            passed = await self.is_calm()
            await self.holds(driver, came)
        return passed

    @contextlib.asynccontextmanager
    async def driver(self) -> AsyncIterator[Driver]:
        driver = await Driver.arrives(self.strom, self.node)
        async with driver.browser:
            yield driver

    async def dies_at(self, *names: str) -> None:
        """Each in turn: the second while it gets over the first."""
        self.strom.deaths.clear()
        self.next_deaths = list(names[1:])
        await self.strom.arm(names[0] if names else "")

    async def is_calm(self) -> list[str]:
        """Nobody dies any more; Strom runs."""
        self.next_deaths.clear()
        return await patiently(self._disarmed, "Strom to live")

    async def _disarmed(self) -> list[str] | None:
        try:
            return ["", *await self.strom.disarm()]
        except (OSError, EOFError, TimeoutError, AssertionError):
            return None

    async def holds(self, driver: Driver, came: Came | None = None) -> None:
        """Both wallets to the sat, the ledger to the msat."""
        came = came or Came()
        kept_sats = came.used_sats + came.forfeited_sats
        self.earned_sats += kept_sats
        wallets = [self.owner.wallet, *self.earlier]
        held = sum([await self.node.balance_sats(wallet) for wallet in wallets])
        gained = held - self.owner.started_with * len(wallets)
        assert gained == self.earned_sats, f"the owner has {gained - self.earned_sats} sats more"
        left = await self.node.balance_sats(driver.wallet)
        assert left == STARTING_SATS - kept_sats, f"the driver has {left} sats"
        session_id = came.session_id or (await patiently(driver.view, "the page"))["id"]
        await self._books_hold(
            session_id,
            paid=came.paid_sats * 1000,
            charged=came.used_sats * 1000,
            forfeited=came.forfeited_sats * 1000,
            refunded=(came.paid_sats - kept_sats) * 1000,
        )

    async def _books_hold(self, session_id: str, **expected_msat: int) -> None:

        async def settled() -> dict[str, object] | None:
            found = await self.owner.session(session_id)
            return None if found["session"]["is_open"] else found

        detail = await patiently(settled, "the session to be settled")
        balances = {name: msat for name, msat in balances_of(detail["ledger"]).items() if msat}  # type: ignore[arg-type]
        assert balances == {name: msat for name, msat in expected_msat.items() if msat}
        left, right = (sum(balances.get(name, 0) for name in side) for side in (LEFT, RIGHT))
        assert left == right

    async def audited(self) -> None:
        """`strom audit` finds nothing, and every charge in its books."""
        report = await self.strom.audit(self.tenant)
        assert report["differences"] == []
        assert report["not_asked"] == 0


@contextlib.asynccontextmanager
async def lane(
    folder: Path,
    tables: str,
    node: LnbitsNode,
    *,
    forecast: Forecast = CALM,
    wallet_url: str = "",
    settings: dict[str, str] | None = None,
    pace: Pace = PLAIN,
    price: dict[str, Any] | None = None,
) -> AsyncIterator[Lane]:
    """A lane from nothing; at its end the books are audited and the log is read.

    ``price``: another tariff than owners have.
    """

    def another() -> ChaosStrom:
        home = folder / f"chaos-{secrets.token_hex(6)}"
        home.mkdir()
        wanted = {**SETTINGS, **(settings or {})}
        return ChaosStrom(home, tables, wanted, forecast=forecast, pace=pace)

    strom = await _started(another)
    try:
        owner = await Owner.signs_up(strom, node, wallet_url)
        if price is not None:
            await owner.asks_for(**price)
        async with (
            contextlib.aclosing(owner.http),
            await owner.adds_charger(settings=BY_HAND) as charger,
        ):
            made = Lane(strom, node, owner, charger)

            def again() -> str:
                return made.next_deaths.pop(0) if made.next_deaths else ""

            living = asyncio.create_task(strom.lives_on(again))
            try:
                yield made
                await made.audited()
            finally:
                living.cancel()
                await asyncio.wait([living])
    finally:
        await asyncio.to_thread(strom.stop)
    assert_log_is_clean(strom)


async def _started(make: Callable[[], ChaosStrom]) -> ChaosStrom:
    """On ports that were free when they were chosen, and when it came to take them."""
    while True:
        strom = make()
        try:
            await strom.started_again()
        except EOFError:
            await strom.has_ended()
            if "address already in use" not in strom.log.lower():
                raise
        else:
            return strom


@contextlib.asynccontextmanager
async def lane_on_a_line(
    folder: Path, tables: str, node: LnbitsNode, pace: Pace = PLAIN
) -> AsyncIterator[Lane]:
    """A lane whose owner's wallet can be cut off."""
    async with (
        wallet_line(node.base_url) as line,
        lane(folder, tables, node, wallet_url=line.url, pace=pace) as made,
    ):
        made.line = line
        yield made
