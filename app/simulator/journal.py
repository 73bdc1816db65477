"""What went over the wire, for tests to read and for people to watch."""

import json
from collections import Counter, deque
from collections.abc import Callable
from typing import Any, NamedTuple

from app.simulator.core.bell import Bell

CALL, RESULT, ERROR = 2, 3, 4
SENT, RECEIVED, EVENT = "sent", "received", "event"


class LogEntry(NamedTuple):
    """One message or event.

    ``action`` of an answer ends in ``.conf`` or ``.error``; direction ``event`` is something
    that happened at the charger itself, with its story in ``payload["text"]``.
    """

    direction: str
    action: str
    payload: dict[str, Any]


class Journal:
    """Remembers the last messages and tells whoever listens; each rings the bell."""

    def __init__(self, length: int, bell: Bell) -> None:
        self._bell = bell
        self.entries: deque[LogEntry] = deque(maxlen=length)
        self.listeners: list[Callable[[LogEntry], None]] = []
        self._asked: dict[str, str] = {}
        self._counts: Counter[tuple[str, str]] = Counter()

    @property
    def wanted(self) -> bool:
        """Whether anyone reads it; if not, frames need not be taken apart for it."""
        return bool(self.entries.maxlen or self.listeners)

    def note(self, text: str) -> None:
        """Write down what happened at the charger itself."""
        if self.wanted:
            self._add(LogEntry(EVENT, "", {"text": text}))

    def frame(self, direction: str, text: str) -> None:
        """Write down a frame; one that cannot be read is kept as it came."""
        if not self.wanted:
            return
        try:
            self._add(self._entry(direction, json.loads(text)))
        except (ValueError, TypeError, LookupError):
            self._add(LogEntry(direction, "?", {"text": text}))

    def count(self, direction: str, action: str) -> int:
        """How many such messages there were since the charger was made."""
        return self._counts[direction, action]

    def forget_questions(self) -> None:
        """The connection is gone: open questions will not be answered."""
        self._asked.clear()

    def _entry(self, direction: str, frame: list[Any]) -> LogEntry:
        kind, unique_id = frame[0], frame[1]
        if kind == CALL:
            self._asked[unique_id] = frame[2]
            return LogEntry(direction, frame[2], frame[3])
        action = self._asked.pop(unique_id, "?")
        if kind == RESULT:
            return LogEntry(direction, f"{action}.conf", frame[2])
        return LogEntry(direction, f"{action}.error", {"code": frame[2], "text": frame[3]})

    def _add(self, entry: LogEntry) -> None:
        self.entries.append(entry)
        self._counts[entry.direction, entry.action] += 1
        for listener in self.listeners:
            listener(entry)
        self._bell.ring()
