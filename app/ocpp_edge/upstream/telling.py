"""How the link of a charge point does, told to the app: what is new, and not too often."""

from app.charging.ports import Clock
from app.edge_messages import UpstreamState
from app.ocpp_edge.alarms import Alarm, Alarms
from app.ocpp_edge.upstream.backlog import Backlog
from app.ocpp_edge.upstream.link import Link
from app.ocpp_edge.upstream.ports import App


class Telling:
    """Of one link."""

    def __init__(
        self, link: Link, backlog: Backlog, app: App, alarms: Alarms, clock: Clock, every_s: float
    ) -> None:
        self._link = link
        self._backlog = backlog
        self._app = app
        self._alarms = alarms
        self._clock = clock
        self._every_s = every_s
        self._last: tuple[bool, str, int, int] | None = None
        self._told_at = 0.0
        self._alarm: Alarm | None = None
        self._is_closed = False

    def close(self) -> None:
        """Nobody speaks for this link any more."""
        self._is_closed = True
        if self._alarm is not None:
            self._alarm.cancel()

    def changed(self) -> None:
        """Something may be new."""
        if self._is_closed or self._alarm is not None or self._state() == self._last:
            return
        wait = self._told_at + self._every_s - self._alarms.steady()
        if wait > 0:
            self._alarm = self._alarms.after(wait, self._tell)
        else:
            self._tell()

    def _tell(self) -> None:
        self._alarm = None
        state = self._state()
        if state == self._last or self._is_closed:
            return
        self._last, self._told_at = state, self._alarms.steady()
        connected, error, queued, lost = state
        self._app.put(UpstreamState(self._clock.now(), connected, error, queued, lost))

    def _state(self) -> tuple[bool, str, int, int]:
        """A backlog that is being worked off is no news."""
        link, backlog = self._link, self._backlog
        return link.is_open, link.error, 0 if link.is_open else len(backlog), backlog.lost
