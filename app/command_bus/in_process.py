"""The command bus of `strom serve`, where app and edge share a process."""

import asyncio
import logging

from app.edge_messages import BusMessage

log = logging.getLogger(__name__)

DEFAULT_LIMIT = 10_000
MAX_PER_RECEIVE = 100


class InProcessBus:
    """A bounded queue per edge instance, in memory.

    A full queue drops its oldest message: losing one loses nothing, because commands are rows that
    the sweep rings again, and notices may be lost.
    """

    def __init__(self, limit: int = DEFAULT_LIMIT) -> None:
        self._limit = limit
        self._queues: dict[str, asyncio.Queue[BusMessage]] = {}

    async def send(self, queue: str, message: BusMessage) -> None:
        """Leave a message for the instance that reads this queue."""
        waiting = self._queue(queue)
        if waiting.full():
            waiting.get_nowait()
            log.warning("command bus is full; the oldest message is dropped", extra={"q": queue})
        waiting.put_nowait(message)

    async def receive(self, queue: str) -> tuple[BusMessage, ...]:
        """Wait for the next messages of a queue; returns at least one."""
        waiting = self._queue(queue)
        messages = [await waiting.get()]
        while len(messages) < MAX_PER_RECEIVE and not waiting.empty():
            messages.append(waiting.get_nowait())
        return tuple(messages)

    def _queue(self, name: str) -> asyncio.Queue[BusMessage]:
        found = self._queues.get(name)
        if found is None:
            found = self._queues[name] = asyncio.Queue(self._limit)
        return found
