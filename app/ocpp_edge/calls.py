"""Calls to a charge point and their answers, without IO (OCPP-J 1.6 §4.1.1).

One call is outstanding at a time, others wait in a bounded queue, urgent ones (start, stop) in
front. An answer nobody waits for is ignored. A call that had no answer in time is remembered for a
while: some charge points answer after a minute, and then ``on_answer`` runs a second time.
"""

from collections.abc import Callable

from msgspec import Struct

from app.ocpp_edge import frames
from app.ocpp_edge.frames import CallError, CallResult, Payload

LATE_CALLS_KEPT = 4


class NoAnswer(Struct, frozen=True):
    """``reason``: ``timed out``, ``expired``, ``disconnected``, ``queue full``."""

    reason: str
    was_sent: bool = False


Answer = CallResult | CallError | NoAnswer


class OutgoingCall:
    """A call on its way. ``not_after``: the moment after which it must not be sent any more."""

    __slots__ = ("action", "not_after", "on_answer", "payload", "urgent")

    def __init__(
        self,
        action: str,
        payload: Payload,
        on_answer: Callable[[Answer], None],
        *,
        not_after: float | None = None,
        urgent: bool = False,
    ) -> None:
        self.action = action
        self.payload = payload
        self.on_answer = on_answer
        self.not_after = not_after
        self.urgent = urgent


class Calls:
    """The calls to one charge point. Moments are seconds since 1970, given by the caller."""

    __slots__ = (
        "_count",
        "_current",
        "_current_id",
        "_late",
        "_limit",
        "_prefix",
        "_timeout_s",
        "_waiting",
        "due",
        "is_open",
    )

    def __init__(self, prefix: str, *, timeout_s: float, limit: int) -> None:
        self._prefix = prefix
        self._timeout_s = timeout_s
        self._limit = limit
        self._count = 0
        self._waiting: list[OutgoingCall] = []
        self._current: OutgoingCall | None = None
        self._current_id = ""
        self._late: dict[str, OutgoingCall] | None = None
        self.due: float | None = None
        """When the outstanding call is given up."""
        self.is_open = False
        """Calls wait until the charge point has shown that it listens."""

    def add(self, call: OutgoingCall) -> None:
        """Queue a call; a full queue answers it with `NoAnswer`."""
        if len(self._waiting) >= self._limit:
            call.on_answer(NoAnswer("queue full" if self._limit else "disconnected"))
        elif call.urgent:
            ahead = sum(waiting.urgent for waiting in self._waiting)
            self._waiting.insert(ahead, call)
        else:
            self._waiting.append(call)

    def start(self, now: float) -> bytes | None:
        """The next frame to send, if one may be sent now; its answer is then awaited."""
        while self.is_open and self._current is None and self._waiting:
            call = self._waiting.pop(0)
            if call.not_after is not None and now > call.not_after:
                call.on_answer(NoAnswer("expired"))
                continue
            self._count += 1
            self._current, self._current_id = call, f"{self._prefix}-{self._count}"
            self.due = now + self._timeout_s
            return frames.write_call(self._current_id, call.action, call.payload)
        return None

    def answered(self, answer: CallResult | CallError) -> bool:
        """Hand the answer to the call it belongs to; False when there is none."""
        message_id = str(answer.id)
        call = self._current
        if call is not None and message_id == self._current_id:
            self._current, self.due = None, None
        elif self._late and message_id in self._late:
            call = self._late.pop(message_id)
        else:
            return False
        call.on_answer(answer)
        return True

    def time_out(self, now: float) -> bool:
        """Give up on the outstanding call if its time is over."""
        call = self._current
        if call is None or self.due is None or now < self.due:
            return False
        if self._late is None:
            self._late = {}
        elif len(self._late) >= LATE_CALLS_KEPT:
            del self._late[next(iter(self._late))]
        self._late[self._current_id] = call
        self._current, self.due = None, None
        call.on_answer(NoAnswer("timed out", was_sent=True))
        return True

    def close(self) -> None:
        """The connection is gone: nobody will answer."""
        current, waiting = self._current, self._waiting
        self._waiting, self._current, self._late, self.due = [], None, None, None
        self._limit = 0
        if current is not None:
            current.on_answer(NoAnswer("disconnected", was_sent=True))
        for call in waiting:
            call.on_answer(NoAnswer("disconnected"))
