"""One run: from a seed to a verdict."""

import asyncio
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256

from app.charging.errors import StromError
from app.settings import Settings
from app.wallets.connections import BACKENDS
from tests.simulation import acting, bolt11_model, final, scenario, setup
from tests.simulation.app_process import ModelBackend
from tests.simulation.loop import VirtualLoop
from tests.simulation.pricing_checks import judge_prices
from tests.simulation.process import make_task
from tests.simulation.world import World, until

CALM_S = 30.0


@dataclass(slots=True)
class Verdict:
    """What came of a run."""

    seed: int
    wrongs: list[str]
    trace: list[str]
    sessions: int
    virtual_s: float
    counts: Counter[str] = field(default_factory=Counter)

    @property
    def digest(self) -> str:
        """Names the whole course of the run."""
        return sha256("\n".join(self.trace).encode()).hexdigest()


def run(
    seed: int, *, keep: frozenset[int] | None = None, without: frozenset[str] = frozenset()
) -> Verdict:
    """Let a seed happen; ``keep`` only these acts, ``without`` these kinds of trouble."""
    loop = VirtualLoop()
    loop.set_task_factory(make_task)  # type: ignore[arg-type]  # narrower than typeshed's
    world = World(loop, scenario.draw(seed), _settings(), without)
    with ExitStack() as stack:
        stack.enter_context(_listening_for_defects(world))
        stack.enter_context(bolt11_model.in_place_of_the_library())
        stack.enter_context(world.town.keys.in_place_of_the_library())
        stack.enter_context(_backend(world))
        try:
            loop.run_until_complete(_until_wrong(world, keep))
            verdict = Verdict(
                seed=seed,
                wrongs=list(world.wrongs),
                trace=list(world.trace),
                sessions=len(world.checks.books),
                virtual_s=loop.time(),
                counts=_counts(world),
            )
        finally:
            _end(loop)
    return verdict


def _counts(world: World) -> Counter[str]:
    """What there was of the things that matter."""
    counts = Counter(f"ended: {book.body.get('end')}" for book in world.checks.books.values())
    for service in world.services.values():
        for sent in service.sent.values():
            counts.update(f"refund {one.state}" for one in sent)
    for (_, session_id), book in world.checks.books.items():
        money = book.balances
        counts["absorbed"] += money.absorbed > 0
        counts["topped up"] += len(book.body.get("payments", ())) > 1
        counts["refund failed"] += len(book.body.get("refunds_failed", ()))
        counts["forfeited"] += money.forfeited > 0
        counts["refund by address"] += any(
            r.session_id == session_id and r.payment_hash not in world.town.may_receive
            for _, r in world.checks.refunds
        )
        counts["stood after the charge"] += book.stood
        counts["end unseen"] += bool(book.body.get("end_unseen"))
        counts["ran after all"] += book.body.get("revived", 0) > 0
        counts["late start"] += book.body.get("stop_asked_by") == "late start"
    counts.update(world.town.counted)
    counts["stop never told"] += sum(c.stops_never_told for c in world.town.chargers)
    counts["processes killed"] += sum(line.endswith(" is dead") for line in world.trace)
    counts["writes"] += sum(" writes " in line for line in world.trace)
    return +counts


async def _until_wrong(world: World, keep: frozenset[int] | None) -> None:
    """Play to the end, or until something is wrong: what follows then says no more."""
    playing = asyncio.ensure_future(_play(world, keep))
    wrong = asyncio.ensure_future(world.went_wrong.wait())
    await asyncio.wait({playing, wrong}, return_when=asyncio.FIRST_COMPLETED)
    wrong.cancel()
    if playing.done():
        playing.result()
    playing.cancel()


async def _play(world: World, keep: frozenset[int] | None) -> None:
    await setup.set_up(world.tables, world.clock, world.scenario)
    for which in range(world.scenario.apps):
        world.start_app(which)
    for which in range(world.scenario.edges):
        world.start_edge(which)
    for number in range(len(world.scenario.places)):
        world.start_charger(number)
    acts = world.scenario.acts
    drives = acting.begin(world, [(n, a) for n, a in enumerate(acts) if keep is None or n in keep])
    await until(scenario.CHAOS_S)
    world.trouble.is_on = False
    world.note("calm")
    for charger in world.town.chargers:
        charger.behave()
    for drive in drives:
        await asyncio.wait({drive})
    await asyncio.sleep(CALM_S)
    await final.end_own_use(world)
    await final.come_to_rest(world)
    for _ in range(final.ROUNDS):
        await final.claim_all(world)
        await final.come_to_rest(world)
    if world.scenario.is_left_alone:
        await final.leave_alone(world)
    final.judge(world)
    await judge_prices(world)


@contextmanager
def _backend(world: World) -> Iterator[None]:
    """The owners' wallets are those of the model."""
    known = BACKENDS
    assert isinstance(known, dict)
    known[setup.KIND] = ModelBackend(world.services)
    try:
        yield
    finally:
        del known[setup.KIND]


class _Defects(logging.Handler):
    """What is logged with a traceback is a defect, unless it is one of our own errors."""

    def __init__(self, world: World) -> None:
        super().__init__(logging.ERROR)
        self._world = world

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        if error is not None and not isinstance(error, StromError):
            self._world.wrong(f"{record.getMessage()}: {type(error).__name__}: {error}")


@contextmanager
def _listening_for_defects(world: World) -> Iterator[None]:
    handler, root = _Defects(world), logging.getLogger()
    disabled = root.manager.disable
    logging.disable(logging.WARNING)
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        logging.disable(disabled)


def _end(loop: VirtualLoop) -> None:
    """Leave nothing behind that would end in another context, or at the collector's whim."""
    for _ in range(20):
        pending = asyncio.all_tasks(loop)
        if not pending:
            break
        for task in pending:
            task.cancel()
        loop.call_later(1.0, loop.stop)
        loop.run_forever()
    loop.close()


@cache
def _settings() -> Settings:
    return setup.settings()
