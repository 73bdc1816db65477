"""The messages of one charge point that wait for the app, in order and in bounded number."""

from collections import Counter
from collections.abc import Callable

from app.edge_messages import (
    Authorize,
    Booted,
    ConnectorStatus,
    MessageResult,
    Readings,
    Said,
    TransactionStopped,
)
from app.ocpp_edge.held_readings import key_of, newest_signed, thin

MAX_ENTRIES = 64
MAX_ASKS = 16
MAX_WAITING = 4

Waiting = Callable[[MessageResult], None]
"""Answers the charge point."""


class Entry:
    """One message to the app."""

    __slots__ = ("said", "traceparent", "waiting")

    def __init__(
        self, said: Said, waiting: list[Waiting] | None = None, traceparent: str = ""
    ) -> None:
        self.said = said
        self.waiting = waiting
        """None: the charge point does not wait for the app."""
        self.traceparent = traceparent
        """The span that it is part of."""

    def also_answers(self, waiting: Waiting) -> None:
        """The charge point has said the same again."""
        assert self.waiting is not None
        del self.waiting[: 1 - MAX_WAITING]
        self.waiting.append(waiting)


class Entries:
    """Notices, of which the newest count, and asks, which the charge point repeats itself.

    Of a connector's statuses the first that calls it free stays as well: from then on a car stood
    there no longer, whoever came next.
    """

    __slots__ = ("_queue",)

    def __init__(self) -> None:
        self._queue: list[Entry] = []

    def __len__(self) -> int:
        return len(self._queue)

    def add_ask(self, said: Said, waiting: Waiting, traceparent: str = "") -> None:
        """One more to be answered; too many are not kept, they come again."""
        if sum(entry.waiting is not None for entry in self._queue) < MAX_ASKS:
            self._queue.append(Entry(said, [waiting], traceparent))

    def add_notice(self, said: Said, traceparent: str = "") -> Said | None:
        """One more to be told. What must go for it is given back."""
        if isinstance(said, ConnectorStatus):
            first_free = next((e for e in self._queue if _is_free(e.said, said.connector)), None)
            self._queue = [
                e for e in self._queue if e is first_free or not _same_connector(e.said, said)
            ]
        dropped = self._drop_oldest() if len(self._queue) >= MAX_ENTRIES else None
        self._queue.append(Entry(said, None, traceparent))
        return dropped

    def add_readings(self, bundle: Readings, counters: Counter[str]) -> Said | None:
        """Into the bundle of the same meter, if one waits. What must go for it is given back."""
        for entry in self._queue:
            said = entry.said
            if isinstance(said, Readings) and key_of(said) == key_of(bundle):
                readings = [*said.readings, *bundle.readings]
                thin(readings, counters)
                signed = newest_signed((*said.signed, *bundle.signed), counters)
                entry.said = Readings(*key_of(bundle), tuple(readings), tuple(signed))
                return None
        return self.add_notice(bundle)

    def put_back(self, entry: Entry) -> None:
        """A notice that could not be told is first again, unless a newer status replaces it."""
        said = entry.said
        stays = isinstance(said, ConnectorStatus) and _is_free(said, said.connector)
        if stays or not any(_same_connector(other.said, said) for other in self._queue):
            self._queue.insert(0, entry)

    def take(self, *, urgent: bool) -> Entry | None:
        """The first one; or the first that need not wait for notices."""
        position = self._first_urgent() if urgent else 0
        return self._queue.pop(position) if self._queue and position is not None else None

    @property
    def has_urgent(self) -> bool:
        """Whether there is one that need not wait for notices."""
        return self._first_urgent() is not None

    @property
    def are_readings(self) -> bool:
        """Whether there is nothing else."""
        return all(isinstance(entry.said, Readings) for entry in self._queue)

    @property
    def has_asks(self) -> bool:
        """Whether there is one that the charge point waits for."""
        return any(entry.waiting is not None for entry in self._queue)

    def find_ask(self, said: Said) -> Entry | None:
        """The ask that says the same."""
        for entry in self._queue:
            if entry.waiting is not None and entry.said == said:
                return entry
        return None

    def forget_those_at_the_door(self) -> None:
        """The connection is gone: nobody waits to be let in, or to begin, any more."""
        self._queue = [e for e in self._queue if not isinstance(e.said, Authorize | Booted)]

    def _first_urgent(self) -> int | None:
        """An ask; but no stop, which comes after its readings."""
        for position, entry in enumerate(self._queue):
            if entry.waiting is not None and not isinstance(entry.said, TransactionStopped):
                return position
        return None

    def _drop_oldest(self) -> Said | None:
        for position, entry in enumerate(self._queue):
            if entry.waiting is None:
                return self._queue.pop(position).said
        return None


def _is_free(said: Said, connector: int) -> bool:
    """Whether it says that nobody can be standing there (OCPP 1.6 §4.9)."""
    if not isinstance(said, ConnectorStatus) or said.connector != connector:
        return False
    return said.status in ("Available", "Faulted")


def _same_connector(one: Said, other: Said) -> bool:
    return (
        isinstance(one, ConnectorStatus)
        and isinstance(other, ConnectorStatus)
        and one.connector == other.connector
    )
