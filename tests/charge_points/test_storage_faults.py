"""A whole charge while the table fails at every write in turn: nothing is lost, nothing twice.

The edge is played as it is: it tells again until it is saved, and connects again.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import pytest

from app.charging.errors import (
    StorageConflict,
    StorageError,
    StorageThrottled,
    StorageUncertain,
    Unavailable,
)
from app.charging.ports import Operation
from app.charging.session import End
from app.edge_messages import (
    Booted,
    Command,
    CommandOutcome,
    ConnectorStatus,
    MessageResult,
    Said,
    TransactionStarted,
    TransactionStopped,
)
from app.operations import Start, Stop, name_of
from tests.charge_points.world import CP, World, read, started
from tests.flow.system import TENANT

TRIES = 60
OUTAGE_S = 20
"""Longer than the flow retries by itself: the edge hears that nothing was saved."""


@dataclass
class Failing:
    """Fails the n-th write, and all others for a while."""

    world: World
    error: type[StorageError]
    first: int
    lasting_s: float
    seen: int = 0
    until: datetime | None = None

    def __call__(self, _operations: Sequence[Operation]) -> None:
        self.seen += 1
        if self.seen == self.first:
            self.until = self.world.at(self.lasting_s)
            raise self.error("trouble")
        if self.until is not None and self.world.at() < self.until:
            raise self.error("trouble")


@dataclass
class Edge:
    """Tells everything until it is saved."""

    world: World
    unsaved: int = 0
    transactions: set[int] = field(default_factory=set)

    async def connect(self) -> list[Command]:
        for _ in range(TRIES):
            try:
                return list((await self.world.connect()).commands)
            except AssertionError:  # an answer that is no grant: the charge point comes again
                await self._wait()
        raise AssertionError("never let in")

    async def tell(self, said: Said) -> MessageResult:
        for _ in range(TRIES):
            result = await self.world.say(said)
            if result.saved:
                if isinstance(said, TransactionStarted) and result.transaction_id:
                    self.transactions.add(result.transaction_id)
                return result
            self.unsaved += 1
            await self._wait()
        raise AssertionError("never saved")

    async def command(self, kind: str, given: list[Command]) -> Command:
        """What comes over the bus or with a connect answer, sooner or later."""
        for _ in range(TRIES):
            for command in [*given, *await self.world.commanded()]:
                if name_of(command.operation) == kind:
                    return command
            await self._wait()
        raise AssertionError(f"no {kind} ever came")

    async def _wait(self) -> None:
        self.world.clock.pass_s(2)
        await retried(self.world, lambda: self.world.later(0))


async def retried(world: World, step: Callable[[], Awaitable[object]]) -> None:
    """What the loops do: an error is logged, and the next turn tries again."""
    for _ in range(TRIES):
        try:
            await step()
        except (StorageError, Unavailable):
            world.clock.pass_s(1)
            continue
        return
    raise AssertionError("never worked")


async def charge(world: World, edge: Edge) -> None:
    """Paid, started, read until the budget is used up, stopped."""
    given = await edge.connect()
    await edge.tell(Booted("Maker", "Box"))
    await edge.tell(ConnectorStatus(1, "Preparing", "NoError", world.at()))
    await retried(world, world.pay)
    start = await edge.command("start", given)
    await edge.tell(CommandOutcome(start.id, start.attempt, "accepted"))
    assert isinstance(start.operation, Start)
    begun = started(world.at(), start.operation.id_tag)
    transaction = (await edge.tell(begun)).transaction_id
    assert transaction is not None
    await edge.tell(begun)  # the charge point has not heard the answer
    for meter_wh in (1500, 4000, 11_000):
        world.clock.pass_s(240)
        await edge.tell(read(transaction, world.at(), meter_wh))
    stop = await edge.command("stop", [])
    assert stop.operation == Stop(transaction)
    end = TransactionStopped(transaction, 11_200, world.at())
    await edge.tell(end)
    await edge.tell(end)
    await edge.tell(ConnectorStatus(1, "Available", "NoError", world.at()))


async def require_one_whole_charge(world: World, edge: Edge) -> None:
    session = await world.stored()
    assert (session.end, session.energy_wh) == (End.CHARGED, 10_200)
    balances = session.balances
    assert (balances.paid, balances.charged, balances.absorbed) == (5_000_000, 5_100_000, 100_000)
    assert balances.refundable == 0
    assert session.settled
    await world.require_books()
    assert set(world.transactions()) == edge.transactions
    assert len(edge.transactions) == 1
    assert world.claims() == []
    await world.received()  # a ring that came late harms nobody
    for _ in range(3):
        await world.later(100)
    assert await world.flow.sessions.owed(TENANT, f"T#{TENANT}#P#{CP}") == []
    assert await world.commanded() == []
    assert [row for row in world.tables.rows() if "due_shard" in row] == []


async def run(
    error: type[StorageError], when: str, first: int, lasting_s: float
) -> tuple[bool, int]:
    """One charge with trouble; whether the trouble was met, and how often the edge told again."""
    world = await World().furnish()
    failing = Failing(world, error, first, lasting_s)
    setattr(world.faults, when, failing)
    edge = Edge(world)
    await charge(world, edge)
    world.faults.before_write = world.faults.after_write = None
    await require_one_whole_charge(world, edge)
    return failing.until is not None, edge.unsaved


@pytest.mark.parametrize("lasting_s", [0, OUTAGE_S])
@pytest.mark.parametrize(
    ("error", "when"),
    [
        (StorageThrottled, "before_write"),
        (StorageConflict, "before_write"),
        (StorageUncertain, "before_write"),
        (StorageUncertain, "after_write"),
    ],
)
async def test_a_charge_survives_trouble_at_every_write(
    error: type[StorageError], when: str, lasting_s: float
) -> None:
    first, unsaved = 1, 0
    while True:
        hit, told_again = await run(error, when, first, lasting_s)
        unsaved += told_again
        if not hit:
            break
        first += 1
    assert first > 15, "a charge has more writes than that"
    assert unsaved > 0, "the trouble reached the edge"


async def test_without_trouble_nothing_is_told_twice() -> None:
    _, unsaved = await run(StorageThrottled, "before_write", 10**9, 1)
    assert unsaved == 0
