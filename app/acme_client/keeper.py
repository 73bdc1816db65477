"""Gets the certificate, renews it in time, and puts it before whoever connects from then on."""

import asyncio
import logging
import threading
from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

from app.acme_client.kept import Attempts, Kept, moment, placeholder
from app.acme_client.settings import AcmeSettings
from app.acme_client.timing import due_at, first_try_at, pause_after, renew_from
from app.charging.ports import Chance, Clock

log = logging.getLogger(__name__)
LOOK_S = 3600.0
"""At the longest: the machine may have slept, or its clock been set."""
GRAINS = 1_000_000
UNFORESEEN = "unforeseen, see the log"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Standing:
    """How our own certificate does, for `strom doctor` and whoever else looks."""

    names: tuple[str, ...]
    has_certificate: bool
    """One that others trust, for all names; else one signed by ourselves is shown."""
    not_after: datetime | None
    failures: int
    """Since the last one came."""
    problem: str
    next_try_at: datetime | None

    def wrong(self, now: datetime) -> str:
        """What is to be mended, in one line; empty: nothing."""
        which = f"the certificate for {', '.join(self.names)}"
        why = f": {self.problem}" if self.problem else ""
        if not self.has_certificate:
            return f"{which} has not come yet{why}"
        assert self.not_after is not None
        if self.not_after <= now:
            return f"{which} has ended on {moment(self.not_after)}{why}"
        if self.failures:
            return f"{which} ends on {moment(self.not_after)} and could not be renewed{why}"
        return ""


def standing(settings: AcmeSettings) -> Standing:
    """Read from the files alone, by any process that may."""
    kept = Kept(settings.folder)
    shown, attempts = kept.shown(), kept.attempts()
    is_ours = due_at(shown, settings.names, 0) is not None
    return Standing(
        names=settings.names,
        has_certificate=is_ours,
        not_after=shown.not_after if shown is not None and is_ours else None,
        failures=len(attempts.failed_at),
        problem=attempts.problem,
        next_try_at=attempts.next_at,
    )


def prepare(settings: AcmeSettings, now: datetime) -> None:
    """Let there be something to show; raises ``OSError``."""
    kept = Kept(settings.folder)
    shown = kept.shown()
    if shown is None or (shown.is_placeholder and shown.not_after <= now):
        kept.keep(placeholder(settings.names, now))


class AcmeKeeper:
    """``answers`` are the door's; ``show`` are told that the file is another."""

    def __init__(
        self,
        settings: AcmeSettings,
        answers: MutableMapping[str, str],
        clock: Clock,
        chance: Chance,
        show: Sequence[Callable[[], None]],
    ) -> None:
        self._settings = settings
        self._kept = Kept(settings.folder)
        self._answers = answers
        self._clock = clock
        self._jitter = chance.below(GRAINS) / GRAINS
        self._show = show
        self._has_tried = False

    async def run(self) -> None:
        """For ever."""
        while True:
            pause_s = await self.step()
            await self._clock.sleep(min(pause_s, LOOK_S))

    async def step(self) -> float:
        """Order if it is time; returns how long there is nothing to do."""
        now = self._clock.now()
        at = await asyncio.to_thread(self._due_at, now)
        if at > now:
            return (at - now).total_seconds()
        return await self._try(now)

    def _due_at(self, now: datetime) -> datetime:
        """When to try: when it is due, and not before the last failure's pause is over."""
        attempts = self._kept.attempts()
        due = due_at(self._kept.shown(), self._settings.names, self._jitter)
        if attempts.directory_url not in ("", self._settings.directory_url):
            due = None  # from another, say one for trying out
        not_before = attempts.next_at if self._has_tried else first_try_at(attempts, now)
        return max(due or now, not_before or now)

    async def _try(self, now: datetime) -> float:
        before, self._has_tried = self._kept.attempts(), True
        pause = pause_after(len(before.failed_at) + 1, is_limited=False)
        try:
            # Before it is made: one that kills us counts, and a full disk shows before an order.
            tried = before.failed(now, "it was cut off", now + pause)
            self._kept.remember(tried)
            key_and_chain = await in_a_thread_of_its_own(self._order)
            self._kept.keep(key_and_chain)
            self._kept.remember(Attempts(self._settings.directory_url))
        except Exception as error:
            return self._failed(before, now, error)
        for show in self._show:
            show()
        shown = self._kept.shown()
        assert shown is not None
        names = ", ".join(self._settings.names)
        log.info(
            "the certificate for %s is there until %s, and renewed from %s on",
            names, moment(shown.not_after), moment(renew_from(shown)),
        )  # fmt: skip
        return 0.0

    def _order(self) -> bytes:
        from app.acme_client.ordering import order

        return order(self._settings, self._kept.account_key(), self._answers)

    def _failed(self, before: Attempts, now: datetime, error: Exception) -> float:
        problem, is_limited = _told(error)
        count = len(before.failed_at) + 1
        pause = pause_after(count, is_limited=is_limited) * (1 + self._jitter / 10)
        after = before.failed(now, problem, now + pause, is_limited=is_limited)
        try:
            self._kept.remember(after)
        except OSError as full:
            log.warning("what was tried for a certificate could not be kept: %s", full)
        facts = replace(standing(self._settings), problem=problem, failures=count)
        log.warning("%s; tried again %s", facts.wrong(now), moment(now + pause))
        return pause.total_seconds()


def _told(error: Exception) -> tuple[str, bool]:
    """For people; and whether it was too often."""
    from app.acme_client.ordering import NotIssued

    if isinstance(error, NotIssued):
        return str(error), error.is_limited
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'}: {(error.strerror or str(error)).lower()}", False
    log.error("a certificate was ordered in vain", exc_info=error)
    return UNFORESEEN, False


async def in_a_thread_of_its_own(work: Callable[[], T]) -> T:
    """Wait for it; whoever stops waiting leaves it behind, and the process ends without it."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def tell(outcome: Callable[[], None]) -> None:
        if not done.done():
            outcome()

    def run() -> None:
        outcome: Callable[[], Any]
        try:
            result = work()
        except BaseException as error:  # it is raised where it is awaited
            failure = error
            outcome = lambda: done.set_exception(failure)  # noqa: E731
        else:
            outcome = lambda: done.set_result(result)  # noqa: E731
        try:
            loop.call_soon_threadsafe(tell, outcome)
        except RuntimeError:  # the loop is gone
            return

    threading.Thread(target=run, name="certificate", daemon=True).start()
    return await done
