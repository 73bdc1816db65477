"""Live pages: browsers that follow a session on the edge's socket `/live/{token}`.

The app decides who may watch what, for a while; the edge asks again before that is over. What a
page is shown comes as notices over the command bus and goes only to watchers. A lost notice costs
nothing: the page reads again when it connects.
"""

import asyncio
import logging

import msgspec

from app.charging.errors import BadInput, Refused, TooMany, Unavailable
from app.edge_messages import SessionNotice, Watch, Watching
from app.ocpp_edge.alarms import Alarm, Alarms
from app.ocpp_edge.app_client import AppClient
from app.ocpp_edge.parts import Socket
from app.ocpp_edge.settings import EdgeSettings

log = logging.getLogger(__name__)

SOONEST_RENEWAL_S = 1.0


class LivePage:
    """One browser that follows one session."""

    __slots__ = ("alarm", "sequence", "session", "socket", "tenant", "token")

    def __init__(self, socket: Socket, token: str, watching: Watching) -> None:
        self.socket = socket
        self.token = token
        self.tenant = watching.tenant
        self.session = watching.session
        self.sequence = -1
        self.alarm: Alarm | None = None

    def show(self, sequence: int, view: dict[str, object]) -> None:
        """Send a view unless a newer one was sent: the bus keeps no order."""
        if sequence >= self.sequence:
            self.sequence = sequence
            self.socket.send_frame(msgspec.json.encode({"sequence": sequence, "view": view}))


class LivePages:
    """All pages on this instance."""

    def __init__(self, app: AppClient, alarms: Alarms, settings: EdgeSettings) -> None:
        self._app = app
        self._alarms = alarms
        self._settings = settings
        self._pages: dict[tuple[str, str], list[LivePage]] = {}
        self._count = 0
        self._renewals: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return self._count

    async def ask(self, token: str) -> Watching:
        """Ask the app to let a browser watch. Raises what `AppClient.watch` does, and `TooMany`."""
        if self._count >= self._settings.max_live_pages:
            raise TooMany("too many live pages", retry_after_s=30)
        settings = self._settings
        return await self._app.watch(Watch(settings.instance, settings.queue, token))

    def open(self, socket: Socket, token: str, watching: Watching) -> LivePage | None:
        """Begin to follow; the view comes first. None when the session has too many watchers."""
        pages = self._pages.setdefault((watching.tenant, watching.session), [])
        if len(pages) >= self._settings.max_live_pages_per_session:
            return None
        page = LivePage(socket, token, watching)
        pages.append(page)
        self._count += 1
        page.show(watching.sequence, watching.view)
        self._renew_later(page, watching.valid_for_s * 2 / 3)
        return page

    def close(self, page: LivePage) -> None:
        """The browser is gone."""
        key = (page.tenant, page.session)
        pages = self._pages.get(key, [])
        if page in pages:
            pages.remove(page)
            self._count -= 1
        if not pages:
            self._pages.pop(key, None)
        if page.alarm is not None:
            page.alarm.cancel()
            page.alarm = None

    def notice(self, notice: SessionNotice) -> None:
        """A session has changed: show its watchers."""
        for page in self._pages.get((notice.tenant, notice.session), ()):
            page.show(notice.sequence, notice.view)

    def _renew_later(self, page: LivePage, seconds: float) -> None:
        seconds = max(seconds, SOONEST_RENEWAL_S)
        page.alarm = self._alarms.after(seconds, lambda: self._start_renewal(page))

    def _start_renewal(self, page: LivePage) -> None:
        renewal = asyncio.get_running_loop().create_task(self._renew(page))
        self._renewals.add(renewal)
        renewal.add_done_callback(self._renewals.discard)

    async def _renew(self, page: LivePage) -> None:
        try:
            watching = await self.ask_again(page)
        except Unavailable:
            wait = self._settings.retry_s * 5
        except (Refused, BadInput):
            page.socket.close_soon(1008, "no longer to be followed")
            return
        else:
            wait = watching.valid_for_s * 2 / 3
            page.show(watching.sequence, watching.view)
        if page.alarm is not None:  # else it was closed in the meantime
            self._renew_later(page, wait)

    async def ask_again(self, page: LivePage) -> Watching:
        """Ask for the same once more."""
        settings = self._settings
        return await self._app.watch(Watch(settings.instance, settings.queue, page.token))
