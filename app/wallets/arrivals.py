"""Watching open invoices at wallets that tell: what was just paid is asked about at once.

A wallet's word here is a hint, as a webhook is: it makes us ask, and the answer alone counts. So a
watch that is lost, or was never begun, only delays: the asking at growing intervals goes on.

Which invoices are watched follows from that asking: one that was found open is expected, one that
was found paid is forgotten. Nothing is stored, and any process that asks watches as well.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.charging.effects import AwaitPayment
from app.charging.errors import NotFound, StromError, Unavailable
from app.charging.ports import Chance, Clock
from app.wallets.opening import Opens, WatchedWallet

log = logging.getLogger(__name__)

Hint = Callable[[str, str, str], Awaitable[None]]
"""Tenant, session, payment hash: ask the wallet about this one now."""


class Untold(Unavailable):
    """This wallet does not tell of payments; it is only asked."""


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """How much is watched. Each watch may be a connection of its own."""

    most: int = 200
    """In this process."""
    most_per_tenant: int = 10
    """Of one tenant, so that nobody's invoices crowd out another's."""
    first_s: float = 1
    """Before a watch that was lost is begun again; twice as long after each further loss …"""
    longest_s: float = 60
    """… up to this."""


@dataclass(eq=False, slots=True)
class _Watch:
    tenant: str
    invoice: AwaitPayment
    task: asyncio.Task[None] | None = None
    is_over: bool = False
    is_asking: bool = False


class ArrivalWatch:
    """Watches the invoices that are expected, the newest where there are too many."""

    def __init__(
        self,
        wallets: Opens,
        hint: Hint,
        clock: Clock,
        chance: Chance,
        settings: WatchSettings | None = None,
    ) -> None:
        self._wallets = wallets
        self._hint = hint
        self._clock = clock
        self._chance = chance
        self._settings = settings or WatchSettings()
        self._watches: dict[tuple[str, str], _Watch] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_running = False

    @property
    def watched(self) -> int:
        """How many invoices are being watched."""
        return len(self._watches)

    @property
    def is_running(self) -> bool:
        """Whether anybody listens."""
        return self._is_running

    async def run(self) -> None:
        """Watch what is expected from now on; when cancelled, end every watch first."""
        self._is_running = True
        try:
            await asyncio.Event().wait()
        finally:
            self._is_running = False
            self._watches.clear()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def expect(self, tenant: str, invoice: AwaitPayment) -> None:
        """Watch an open invoice until its expiry; nothing happens unless ``run`` runs."""
        key = (tenant, invoice.payment_hash)
        if not self._is_running or key in self._watches or not self._make_room(tenant, invoice):
            return
        watch = self._watches[key] = _Watch(tenant, invoice)
        watch.task = asyncio.create_task(self._follow(watch))
        self._tasks.add(watch.task)
        watch.task.add_done_callback(self._tasks.discard)

    def forget(self, tenant: str, payment_hash: str) -> None:
        """This one needs no watching any more."""
        watch = self._watches.get((tenant, payment_hash))
        if watch is not None:
            self._end(watch)

    def _make_room(self, tenant: str, invoice: AwaitPayment) -> bool:
        """End the oldest where there are too many; False when the new one is older itself."""
        crowded = [watch for watch in self._watches.values() if watch.tenant == tenant]
        if len(crowded) < self._settings.most_per_tenant:
            crowded = list(self._watches.values())
            if len(crowded) < self._settings.most:
                return True
        oldest = min(crowded, key=lambda watch: watch.invoice.expires_at, default=None)
        if oldest is None or oldest.invoice.expires_at >= invoice.expires_at:
            return False
        self._end(oldest)
        return True

    def _end(self, watch: _Watch) -> None:
        watch.is_over = True
        self._watches.pop((watch.tenant, watch.invoice.payment_hash), None)
        # What follows a hint may be at work just now, and be what has called this.
        if watch.task is not None and not watch.is_asking:
            watch.task.cancel()

    async def _follow(self, watch: _Watch) -> None:
        try:
            await self._watch(watch)
        except Exception:
            log.exception("the watch of an invoice of %s has ended", watch.tenant)
        finally:
            if not watch.is_over:
                self._watches.pop((watch.tenant, watch.invoice.payment_hash), None)

    async def _watch(self, watch: _Watch) -> None:
        turns = 0
        while not watch.is_over and (left_s := self._left_s(watch)) > 0:
            try:
                async with asyncio.timeout(left_s):
                    await self._arrival(watch)
            except (Untold, NotFound, TimeoutError):
                return
            except StromError as error:
                if turns == 0:
                    log.info("a wallet of %s is not heard: %s", watch.tenant, error)
            else:
                await self._ask(watch)
            turns += 1
            if not watch.is_over:
                await self._clock.sleep(self._pause_s(turns))

    async def _arrival(self, watch: _Watch) -> None:
        wallet = await self._wallets.open(watch.tenant, watch.invoice.wallet_id)
        if not isinstance(wallet, WatchedWallet):
            raise Untold("This wallet does not tell of payments.")
        await wallet.arrival(watch.invoice.payment_hash)

    async def _ask(self, watch: _Watch) -> None:
        watch.is_asking = True
        try:
            await self._hint(watch.tenant, watch.invoice.session_id, watch.invoice.payment_hash)
        except StromError as error:
            log.warning("a wallet's hint could not be followed: %s", error)
        finally:
            watch.is_asking = False

    def _left_s(self, watch: _Watch) -> float:
        return (watch.invoice.expires_at - self._clock.now()).total_seconds()

    def _pause_s(self, turns: int) -> float:
        """Longer from turn to turn, and never the same for all who lost one server at once."""
        longest_s = min(
            self._settings.first_s * 2.0 ** min(turns - 1, 20), self._settings.longest_s
        )
        return longest_s * (0.5 + self._chance.below(1000) / 2000)
