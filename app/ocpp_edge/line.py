"""What goes out to one charge point: answers at once, calls one at a time, each with a time-out."""

from collections import Counter

from app.ocpp_edge.alarms import Alarm, Alarms
from app.ocpp_edge.calls import Calls, OutgoingCall
from app.ocpp_edge.fleet.notebook import Notebook
from app.ocpp_edge.frames import CallError, CallResult
from app.ocpp_edge.parts import Socket


class Line:
    """The way out, and what of it waits for an answer."""

    __slots__ = ("_alarm", "_alarms", "_counters", "_notes", "_socket", "_timeout_s", "calls")

    def __init__(
        self,
        socket: Socket,
        notes: Notebook,
        calls: Calls,
        alarms: Alarms,
        counters: Counter[str],
        timeout_s: float,
    ) -> None:
        self.calls = calls
        self._socket = socket
        self._notes = notes
        self._alarms = alarms
        self._counters = counters
        self._timeout_s = timeout_s
        self._alarm: Alarm | None = None

    def send(self, frame: bytes) -> None:
        """Without waiting."""
        if self._notes.log is not None:
            self._notes.log.add(frame, sent=True)
        self._socket.send_frame(frame)

    def call(self, call: OutgoingCall) -> None:
        """Send a call when its turn comes. Its ``not_after`` is a moment of the wall clock."""
        if call.not_after is not None:
            call.not_after = self._alarms.steady_at(call.not_after)
        self.calls.add(call)
        self._send_next()

    def answered(self, answer: CallResult | CallError) -> None:
        """The charge point has answered a call, or thinks so."""
        due = self.calls.due
        was_awaited = self.calls.answered(answer)
        sent_at = None
        if was_awaited and due is not None and self.calls.due is None:
            sent_at = due - self._timeout_s
        self._notes.answered(was_awaited=was_awaited, sent_at=sent_at)
        if was_awaited:
            self._send_next()
        else:
            self._counters["unsolicited_answers"] += 1

    def open(self) -> None:
        """The charge point listens: let calls go out."""
        self.calls.is_open = True
        self._send_next()

    def close(self) -> None:
        """The socket is gone."""
        if self._alarm is not None:
            self._alarm.cancel()
        self.calls.close()

    def _send_next(self) -> None:
        frame = self.calls.start(self._alarms.steady())
        if frame is None:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        assert self.calls.due is not None
        self._alarm = self._alarms.at(self.calls.due, self._is_due)
        self.send(frame)

    def _is_due(self) -> None:
        if self.calls.time_out(self._alarms.steady()):
            self._counters["calls_timed_out"] += 1
            self._notes.quality.timeouts += 1
        self._send_next()
