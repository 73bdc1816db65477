"""What is said on one connection, kept for its owner while the owner wants to read it.

Off, it is not there at all. On, frames are gathered and forwarded in bundles, every few seconds
while somebody looks. Bounded in memory and by the hour; what is left out is counted. A few frames
may be kept from before it was switched on (`EdgeSettings.recent_frames`).
"""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime

from app.edge_messages import FramesLogged, LoggedFrame
from app.ocpp_edge.alarms import Alarm, Alarms
from app.ocpp_edge.fleet.redaction import readable

EVERY_S = 10.0
WHILE_LOOKED_AT_S = 2.0
MOST_FRAMES = 200
MOST_BYTES = 64 * 1024
MOST_BYTES_AN_HOUR = 4 * 1024 * 1024
RECENT_BYTES = 16 * 1024
HOUR_S = 3600.0


class FrameLog:
    """The frames of one connection. ``forward`` is False when it cannot take a bundle now."""

    __slots__ = (
        "_alarm",
        "_alarms",
        "_bytes",
        "_forward",
        "_frames",
        "_hour",
        "_hour_bytes",
        "_left_out",
        "_looked_at_until",
        "_recent",
        "_until",
    )

    def __init__(
        self, alarms: Alarms, forward: Callable[[FramesLogged], bool], *, recent: int = 0
    ) -> None:
        self._alarms = alarms
        self._forward = forward
        self._recent = recent
        self._frames: deque[tuple[float, bool, bytes]] = deque()
        self._bytes = 0
        self._left_out = 0
        self._until = self._looked_at_until = 0.0
        self._hour = self._hour_bytes = 0
        self._alarm: Alarm | None = None

    def want(self, until: float, looked_at_until: float) -> None:
        """Forward frames until a moment, and soon while somebody looks at them."""
        self._until, self._looked_at_until = until, looked_at_until
        self._stop_waiting()
        if self._frames or self.is_wanted:
            self._flush_later()

    @property
    def is_wanted(self) -> bool:
        """Whether anybody wants to read what is said."""
        return self._alarms.now() < self._until

    def add(self, frame: bytes, *, sent: bool) -> None:
        """A frame came, or was sent."""
        now = self._alarms.now()
        if now >= self._until and self._alarm is None:
            self._keep_recent(now, frame, sent)
            return
        if len(self._frames) >= MOST_FRAMES or self._bytes >= MOST_BYTES or self._is_used_up(now):
            self._left_out += 1
            return
        self._hour_bytes += len(frame)
        self._append(now, frame, sent)
        if self._alarm is None:
            self._flush_later()

    def close(self) -> None:
        """The connection is gone: what was said last is what one wants to read."""
        self._stop_waiting()
        if self.is_wanted:
            self._flush()

    def _append(self, now: float, frame: bytes, sent: bool) -> None:
        self._frames.append((now, sent, frame))
        self._bytes += len(frame)

    def _keep_recent(self, now: float, frame: bytes, sent: bool) -> None:
        self._append(now, frame, sent)
        while len(self._frames) > self._recent or self._bytes > RECENT_BYTES:
            self._bytes -= len(self._frames.popleft()[2])

    def _is_used_up(self, now: float) -> bool:
        hour = int(now // HOUR_S)
        if hour != self._hour:
            self._hour, self._hour_bytes = hour, 0
        return self._hour_bytes >= MOST_BYTES_AN_HOUR

    def _flush_later(self) -> None:
        now = self._alarms.now()
        wait_s = WHILE_LOOKED_AT_S if now < self._looked_at_until else EVERY_S
        self._alarm = self._alarms.after(wait_s, self._flush)

    def _flush(self) -> None:
        self._alarm = None
        if not self._frames and not self._left_out:
            return
        frames = tuple(
            LoggedFrame(datetime.fromtimestamp(at, UTC), sent, readable(frame))
            for at, sent, frame in self._frames
        )
        if self._forward(FramesLogged(frames, self._left_out)):
            self._left_out = 0
        else:
            self._left_out += len(frames)
        self._frames.clear()
        self._bytes = 0

    def _stop_waiting(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
