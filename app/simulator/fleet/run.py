"""Running a fleet over several processes."""

import contextlib
import multiprocessing
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, wait
from typing import Any

from app.simulator.fleet.plan import FleetPlan, FleetReport, FleetState, merged_states
from app.simulator.fleet.times import Times
from app.simulator.fleet.worker import Order, Outcome, work

POLL_S = 0.1
FILES_SPARE = 200


class FleetControl:
    """Storms and the end, ordered from another thread or a signal."""

    def __init__(self) -> None:
        self._storms = 0
        self.stopped = threading.Event()

    def storm(self) -> None:
        """All chargers lose the line at once."""
        self._storms += 1

    def stop(self) -> None:
        """The plan is over now."""
        self.stopped.set()

    def take_storm(self) -> bool:
        """Whether one was ordered; it counts as begun."""
        if not self._storms:
            return False
        self._storms -= 1
        return True


Tell = Callable[[FleetState], None]


def run_fleet(
    plan: FleetPlan, *, control: FleetControl | None = None, tell: Tell | None = None
) -> FleetReport:
    """Do what the plan says, and return what came of it. Blocks; ``tell`` hears how it goes."""
    allow_files(plan.size // max(1, plan.processes) + FILES_SPARE)
    run = _Run(plan, control or FleetControl(), tell)
    try:
        return run.report(*run.steady())
    finally:
        run.end()


def allow_files(wanted: int) -> None:
    """Raise the soft limit of open files as far as the hard one lets; children inherit it."""
    try:
        import resource
    except ImportError:  # not on Windows
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            most = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


class _Run:
    def __init__(self, plan: FleetPlan, control: FleetControl, tell: Tell | None) -> None:
        self._plan, self._control, self._tell = plan, control, tell
        self._trouble: list[str] = []
        self._outcomes: list[Outcome] = []
        self._states: dict[int, FleetState] = {}
        self._pipes: list[Connection] = []
        self._processes: list[Any] = []
        context = multiprocessing.get_context("spawn")
        for share in plan.shares():
            mine, theirs = context.Pipe()
            process = context.Process(target=work, args=(share, theirs), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(mine)
            self._processes.append(process)

    def steady(self) -> tuple[int, float]:
        """Connect, run, storm; returns how many were connected, and how long that took."""
        plan, began = self._plan, time.monotonic()
        while self._online() < plan.size and not self._over():
            self._listen()
            if time.monotonic() - began > plan.connect_within_s + plan.connect_timeout_s:
                self._trouble.append("not all chargers could connect")
                break
        connected, connect_s = self._online(), time.monotonic() - began
        self._order("measure")
        began, storms = time.monotonic(), sorted(plan.storms_at_s)
        while not self._over():
            self._listen()
            passed_s = time.monotonic() - began
            if storms and passed_s >= storms[0]:
                storms.pop(0)
                self._order("storm")
            if self._control.take_storm():
                self._order("storm")
            if plan.duration_s is not None and passed_s >= plan.duration_s:
                break
        return connected, connect_s

    def report(self, connected: int, connect_s: float) -> FleetReport:
        """Stop, and add up what the processes say."""
        self._order("stop")
        until = time.monotonic() + self._plan.drain_s + self._plan.connect_timeout_s
        while len(self._outcomes) < len(self._processes) and time.monotonic() < until:
            self._listen()
            if not self._pipes:
                break
        missing = len(self._processes) - len(self._outcomes)
        if missing:
            self._trouble.append(f"{missing} processes ended without a report")
        answers = Times()
        for outcome in self._outcomes:
            answers.merge(outcome.answers)
        storms = zip(*(outcome.storm_s for outcome in self._outcomes), strict=False)
        shares = max(1, len(self._outcomes))
        return FleetReport(
            chargers=self._plan.size,
            connected=connected,
            connect_s=connect_s,
            answers=answers,
            unanswered=sum(outcome.unanswered for outcome in self._outcomes),
            readings=sum(outcome.readings for outcome in self._outcomes),
            lost_messages=sum(outcome.lost_messages for outcome in self._outcomes),
            storm_s=tuple(max(each) for each in storms),
            charger_kib=sum(outcome.charger_kib for outcome in self._outcomes) / shares,
            cpu_s=sum(outcome.cpu_s for outcome in self._outcomes),
            trouble=tuple(self._trouble),
        )

    def end(self) -> None:
        """Nothing is left running."""
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(10)
            if process.is_alive():
                process.terminate()

    def _online(self) -> int:
        return sum(state.online for state in self._states.values())

    def _over(self) -> bool:
        return self._control.stopped.is_set() or not self._pipes

    def _order(self, order: Order) -> None:
        for pipe in self._pipes:
            with contextlib.suppress(OSError):
                pipe.send(order)

    def _listen(self) -> None:
        for pipe in wait(self._pipes, POLL_S):
            assert isinstance(pipe, Connection)
            try:
                said = pipe.recv()
            except (EOFError, OSError):
                self._pipes.remove(pipe)
                continue
            if isinstance(said, Outcome):
                self._outcomes.append(said)
            else:
                self._states[id(pipe)] = said
                if self._tell and len(self._states) == len(self._processes):
                    self._tell(merged_states(self._states.values()))
