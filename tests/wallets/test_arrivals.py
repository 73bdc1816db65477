"""Open invoices are watched where the wallet tells: hints, losses, bounds, and a clean end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from app.charging.effects import AwaitPayment
from app.charging.errors import NotFound, StromError, Unavailable
from app.charging.ports import IncomingHeld, IncomingOpen, IncomingSettled
from app.records.effects import OwedEffect, ref_of
from app.wallets.arrivals import ArrivalWatch, Untold, WatchSettings
from app.wallets.performing import WalletPerformers
from tests.checkout.world import NOON, OWNER, FakeWallet, SeededChance, Wallets

Outcome = Exception | None


@dataclass
class TellingWallet(FakeWallet):
    """Watches end as the test says."""

    watches: list[asyncio.Future[None]] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)

    async def arrival(self, payment_hash: str) -> None:
        ending: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.watches.append(ending)
        self.hashes.append(payment_hash)
        await ending

    def ends(self, outcome: Outcome = None) -> None:
        """The newest watch."""
        if outcome is None:
            self.watches[-1].set_result(None)
        else:
            self.watches[-1].set_exception(outcome)


class Clock:
    """Stands still; sleepers wait until the test lets them go on, and say for how long."""

    def __init__(self) -> None:
        self.at = NOON
        self.pauses_s: list[float] = []
        self.goes_on = asyncio.Event()

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.pauses_s.append(seconds)
        await self.goes_on.wait()
        self.goes_on.clear()


class World:
    def __init__(self, settings: WatchSettings | None = None) -> None:
        self.wallet, self.clock = TellingWallet(), Clock()
        self.wallets = Wallets(self.wallet)
        self.hints: list[tuple[str, str, str]] = []
        self.when_hinted: Callable[[], None] = lambda: None
        self.watch = ArrivalWatch(self.wallets, self.hint, self.clock, SeededChance(), settings)

    async def hint(self, tenant: str, session_id: str, payment_hash: str) -> None:
        self.when_hinted()
        await asyncio.sleep(0)
        self.hints.append((tenant, session_id, payment_hash))

    @asynccontextmanager
    async def running(self) -> AsyncIterator[World]:
        before = asyncio.all_tasks()
        task = asyncio.create_task(self.watch.run())
        await settled()
        try:
            yield self
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            assert asyncio.all_tasks() == before, "a task was left behind"
            assert self.watch.watched == 0

    async def expects(self, name: str = "a", tenant: str = OWNER, life_s: int = 600) -> None:
        self.watch.expect(tenant, invoice(name, life_s))
        await settled()


def invoice(name: str = "a", life_s: int = 600) -> AwaitPayment:
    return AwaitPayment("s" + name, "w1", name * 64, 5000, NOON + timedelta(seconds=life_s))


async def settled() -> None:
    """Everything that can happen without time passing has happened."""
    for _ in range(20):
        await asyncio.sleep(0)


async def test_what_the_wallet_tells_makes_us_ask() -> None:
    async with World().running() as world:
        await world.expects()
        assert world.hints == []

        world.wallet.ends()
        await settled()

        assert world.hints == [(OWNER, "sa", "a" * 64)]


async def test_a_hint_is_not_a_payment() -> None:
    """While the wallet's answer says open, the invoice is watched on, more and more rarely."""
    async with World().running() as world:
        await world.expects()
        for turn in range(1, 9):
            world.wallet.ends()
            await settled()
            assert len(world.hints) == len(world.clock.pauses_s) == turn
            world.clock.goes_on.set()
            await settled()

        assert all(
            (whole / 2 <= pause <= whole)
            for pause, whole in zip(world.clock.pauses_s, (1, 2, 4, 8, 16, 32, 60, 60), strict=True)
        )


async def test_a_lost_watch_is_begun_again_later() -> None:
    async with World().running() as world:
        await world.expects()

        world.wallet.ends(Unavailable("lost"))
        await settled()
        assert world.clock.pauses_s
        assert world.hints == []
        world.clock.goes_on.set()
        await settled()

        assert len(world.wallet.watches) == 2
        world.wallet.ends()
        await settled()
        assert len(world.hints) == 1


async def test_those_who_lost_one_server_do_not_come_back_at_once() -> None:
    async with World().running() as world:
        for name in "abcdef":
            await world.expects(name)
        for watch in world.wallet.watches:
            watch.set_exception(Unavailable("lost"))
        await settled()

        assert len(set(world.clock.pauses_s)) > 3


@pytest.mark.parametrize("outcome", [Untold("never"), NotFound("no such wallet"), ValueError("?")])
async def test_a_watch_that_cannot_be_ends(
    outcome: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async with World().running() as world:
        await world.expects()

        world.wallet.ends(outcome)
        await settled()

        assert world.watch.watched == 0
        assert world.clock.pauses_s == []
    is_defect = not isinstance(outcome, StromError)
    assert ("has ended" in caplog.text) is is_defect


async def test_a_wallet_that_does_not_tell_is_left_alone() -> None:
    async with World().running() as world:
        world.wallets.wallet = FakeWallet()
        await world.expects()

        assert world.watch.watched == 0
        assert world.clock.pauses_s == []


async def test_an_invoice_is_watched_once_and_until_its_expiry() -> None:
    async with World().running() as world:
        await world.expects()
        await world.expects()
        assert len(world.wallet.watches) == 1

        world.clock.at = NOON + timedelta(seconds=601)
        world.wallet.ends(Unavailable("lost"))
        await settled()
        world.clock.goes_on.set()
        await settled()

        assert world.watch.watched == 0
        assert len(world.wallet.watches) == 1


async def test_an_invoice_that_is_over_already_is_not_watched() -> None:
    async with World().running() as world:
        await world.expects(life_s=0)

        assert world.watch.watched == 0
        assert world.wallet.watches == []


async def test_what_is_forgotten_is_watched_no_more() -> None:
    async with World().running() as world:
        await world.expects()

        world.watch.forget(OWNER, "a" * 64)
        world.watch.forget(OWNER, "b" * 64)
        await settled()

        assert world.watch.watched == 0
        assert world.wallet.watches[0].cancelled()


async def test_the_one_that_asks_may_be_forgotten_by_its_answer() -> None:
    """What was asked finds it paid and forgets it: the asking itself must not be cut off."""
    async with World().running() as world:
        world.when_hinted = lambda: world.watch.forget(OWNER, "a" * 64)
        await world.expects()

        world.wallet.ends()
        await settled()

        assert len(world.hints) == 1
        assert world.watch.watched == 0
        assert world.clock.pauses_s == []


async def test_a_tenant_has_its_share_and_the_newest_are_watched() -> None:
    async with World(WatchSettings(most=10, most_per_tenant=2)).running() as world:
        for name, life_s in (("a", 600), ("b", 610), ("c", 620), ("d", 590)):
            await world.expects(name, life_s=life_s)
        await world.expects("e", tenant="owner0000002")

        assert world.watch.watched == 3
        assert [each.cancelled() for each in world.wallet.watches] == [True, False, False, False]
        assert world.wallet.hashes == ["a" * 64, "b" * 64, "c" * 64, "e" * 64]


async def test_a_process_has_its_bound() -> None:
    async with World(WatchSettings(most=3)).running() as world:
        for n, name in enumerate("abcdef"):
            await world.expects(name, tenant=f"owner{n}", life_s=600 + n)

        assert world.watch.watched == 3
        assert [each.cancelled() for each in world.wallet.watches] == [True] * 3 + [False] * 3


async def test_none_may_be_watched() -> None:
    async with World(WatchSettings(most=0)).running() as world:
        await world.expects()

        assert world.wallet.watches == []


async def test_where_nothing_runs_nothing_is_watched() -> None:
    world = World()
    await world.expects()

    assert world.watch.watched == 0
    assert world.wallet.watches == []


# --- what is expected follows from the asking ---------------------------------------------------


async def performs(world: World, *, after_s: float = 0) -> None:
    world.clock.at = NOON + timedelta(seconds=after_s)
    performers = WalletPerformers(world.wallets, world.clock, arrivals=world.watch).by_effect()
    effect = invoice()
    await performers[AwaitPayment](OwedEffect(ref_of(OWNER, effect), effect, 0, 0), None)
    await settled()


async def test_what_is_found_open_is_watched_until_it_is_found_paid() -> None:
    async with World().running() as world:
        world.wallet.incoming = [IncomingOpen(), NotFound("not yet"), IncomingSettled(5000)]
        await performs(world)
        assert world.watch.watched == 1
        await performs(world)
        assert world.watch.watched == 1

        await performs(world)

        assert world.watch.watched == 0


async def test_a_wallet_that_does_not_tell_is_not_even_opened_again() -> None:
    async with World().running() as world:
        opened = 0

        async def opening(tenant: str, wallet_id: str) -> FakeWallet:
            nonlocal opened
            opened += 1
            return FakeWallet()

        world.wallets.open = opening  # type: ignore[method-assign]  # counted
        await performs(world)

        assert opened == 1


async def test_what_is_held_needs_no_watching() -> None:
    async with World().running() as world:
        world.wallet.incoming = [IncomingOpen(), IncomingHeld(5000)]
        await performs(world)
        await performs(world)

        assert world.watch.watched == 0


async def test_what_has_expired_is_not_watched() -> None:
    async with World().running() as world:
        await performs(world, after_s=700)

        assert world.watch.watched == 0
