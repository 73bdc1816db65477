"""What is written down about one connection: how it does, and, if its owner wants, what is said."""

from datetime import UTC, datetime

from app.edge_messages import FrameLogging, FramesLogged, LoggedFrame
from app.ocpp_edge.alarms import Alarms
from app.ocpp_edge.fleet.frame_log import FrameLog
from app.ocpp_edge.fleet.quality import Quality
from app.ocpp_edge.fleet.redaction import readable
from app.ocpp_edge.outbox import Outbox

UNSOLICITED = "answer:unsolicited"
LATE = "answer:late"
MOST_WAITING_WHEN_LOGGED = 8
MOST_KEPT = 5
"""Frames of one connection that are kept although nobody has asked for them."""


class Notebook:
    """The app is told through the outbox, never in the way of what is more urgent."""

    __slots__ = ("_alarms", "_kept", "_outbox", "_recent", "is_puzzled", "log", "quality")

    def __init__(self, outbox: Outbox, alarms: Alarms, *, recent_frames: int) -> None:
        self._outbox = outbox
        self._alarms = alarms
        self._recent = recent_frames
        self._kept = 0
        self.is_puzzled = False
        """The frame at hand says something that is lost on us."""
        self.quality = Quality(alarms.now())
        self.log: FrameLog | None = None
        """What is said is added to it; None while nobody wants to read it."""
        if recent_frames:
            self.log = FrameLog(alarms, self._tell_frames, recent=recent_frames)

    def answered(self, *, was_awaited: bool, sent_at: float | None) -> None:
        """It has answered. ``sent_at``: when the call was sent, unless it had been given up."""
        if not was_awaited:
            self.quality.noticed(UNSOLICITED)
        elif sent_at is None:
            self.quality.noticed(LATE)
        else:
            self.quality.answered(max(self._alarms.steady() - sent_at, 0.0))

    def keep(self, frame: bytes) -> bool:
        """A frame its owner should see, in the frame log whether or not that is on; False when
        there have been enough of them."""
        self.is_puzzled = False
        self._kept += 1
        if self._kept > MOST_KEPT:
            return False
        if self.log is None or not self.log.is_wanted:
            at = datetime.fromtimestamp(self._alarms.now(), UTC)
            self._tell_frames(FramesLogged((LoggedFrame(at, False, readable(frame)),)))
        return True

    def tell_quality(self) -> bool:
        """Let the app know how the connection does."""
        if self._outbox.waiting:
            return False
        self._outbox.put(self.quality.report())
        return True

    def log_frames(self, wanted: FrameLogging) -> None:
        """The owner wants to read what is said; a moment that is past: no more."""
        if self.log is None:
            self.log = FrameLog(self._alarms, self._tell_frames, recent=self._recent)
        looked_at = wanted.looked_at_until
        self.log.want(wanted.until.timestamp(), looked_at.timestamp() if looked_at else 0.0)
        if not self.log.is_wanted and not self._recent:
            self.log = None

    def close(self) -> None:
        """The connection is gone."""
        if self.log is not None:
            self.log.close()

    def _tell_frames(self, said: FramesLogged) -> bool:
        if self._outbox.waiting > MOST_WAITING_WHEN_LOGGED:
            return False
        self._outbox.put(said)
        return True
