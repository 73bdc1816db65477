"""Who follows a session live, and telling them; what is lost here is read again by the page.

What an edge instance has told changes sessions that are mostly watched through the same instance:
its notices ride on the answer. Others go over the bus.
"""

import logging
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from app.charge_points.deadlines import deadline_of
from app.charging.errors import NotFound
from app.charging.ports import Clock, Item, Key, Put, Tables
from app.charging.session import Session
from app.edge_messages import (
    BusMessage,
    CommandBus,
    DeadlineMoved,
    ReadingsWanted,
    SessionNotice,
    Watch,
    Watching,
)
from app.records import keys
from app.records.live import LiveChargers
from app.records.sessions import Sessions
from app.tokens import Signer

log = logging.getLogger(__name__)

View = Callable[[str, Session, int], Awaitable[dict[str, object]]]
"""What a driver's page shows of a session: tenant, session, version → JSON-able view."""
MOST_NOTED = 10_000


@dataclass(frozen=True, slots=True)
class Answer:
    """What is being answered to an edge instance, as far as live pages are concerned."""

    instance: str
    notices: list[SessionNotice] = field(default_factory=list)


_ANSWER: ContextVar[Answer | None] = ContextVar("ANSWER", default=None)


@contextmanager
def answering(instance: str) -> Iterator[list[SessionNotice]]:
    """Collects the notices for this instance that come up within."""
    answer = Answer(instance)
    token = _ANSWER.set(answer)
    try:
        yield answer.notices
    finally:
        _ANSWER.reset(token)


@dataclass(frozen=True, slots=True)
class Live:
    """Registers watchers and sends them notices; tells the edge of a moved deadline."""

    tables: Tables
    sessions: Sessions
    chargers: LiveChargers
    bus: CommandBus
    clock: Clock
    signer: Signer
    view: View
    valid_for_s: int = 180
    watched_until_s: dict[tuple[str, str], int] = field(default_factory=dict)
    """What this process knows of who is watched: readings of those are wanted often."""

    async def watch(self, asked: Watch) -> Watching:
        """Let an edge follow the session of a token; raises ``NotFound``."""
        named = self.signer.session(asked.token)
        tenant, session_id = named.tenant, named.session_id
        stored = await self.sessions.find(tenant, session_id)
        if stored is None or stored.session.link != named.link:
            raise NotFound("this session has not been paid yet")
        row = Key(keys.session_pk(tenant, session_id), keys.WATCH + asked.instance)
        until_s = int(self.clock.now().timestamp()) + self.valid_for_s
        watcher: Item = {"pk": row.pk, "sk": row.sk, "queue": asked.queue, "expires_at": until_s}
        await self.tables.tenant(tenant).write([Put(watcher)])
        self._note(tenant, session_id, until_s)
        if not any(_expires_at_s(row) > until_s - self.valid_for_s for row in stored.watchers):
            await self._want_readings(tenant, stored.session)
        view = await self.view(tenant, stored.session, stored.version)
        return Watching(tenant, session_id, self.valid_for_s, view, stored.version)

    async def session_changed(
        self,
        tenant: str,
        before: Session,
        session: Session,
        version: int,
        watchers: Sequence[Item] | None = None,
    ) -> None:
        """Tell the edge of a changed deadline, then whoever watches of the new view."""
        if before.budget_msat != session.budget_msat:
            await self._move_deadline(tenant, session)
        if watchers is None:
            pk = keys.session_pk(tenant, session.id)
            watchers = (await self.tables.tenant(tenant).query(pk, sk_prefix=keys.WATCH)).items
        watchers = self._watching(tenant, session.id, watchers)
        view = await self.view(tenant, session, version) if watchers else {}
        for watcher in watchers:
            notice = SessionNotice(tenant, session.id, version, view)
            answer = _ANSWER.get()
            if answer is not None and watcher["sk"] == keys.WATCH + answer.instance:
                answer.notices.append(notice)
            else:
                await self._send(str(watcher["queue"]), notice)

    def watched(self, tenant: str, session_id: str) -> bool:
        """Whether anybody watched when this process last looked, and may still."""
        until_s = self.watched_until_s.get((tenant, session_id), 0)
        return self.clock.now().timestamp() < until_s

    def _watching(self, tenant: str, session_id: str, known: Sequence[Item]) -> list[Item]:
        """Those who watch still; the rows of others expire by themselves."""
        now_s = self.clock.now().timestamp()
        watching = [item for item in known if _expires_at_s(item) >= now_s]
        self._note(tenant, session_id, max(map(_expires_at_s, watching), default=0))
        return watching

    def _note(self, tenant: str, session_id: str, until_s: int) -> None:
        noted = self.watched_until_s
        noted.pop((tenant, session_id), None)
        if until_s:
            noted[tenant, session_id] = until_s
            while len(noted) > MOST_NOTED:
                del noted[next(iter(noted))]

    async def _move_deadline(self, tenant: str, session: Session) -> None:
        """A top-up counts before the old deadline comes due, not only at the next reading."""
        deadline = deadline_of(session)
        if deadline is None:
            return
        connection = await self.chargers.connection(tenant, session.charge_point)
        if connection.connected:
            moved = DeadlineMoved(tenant, session.charge_point, connection.epoch, deadline)
            await self._send(connection.queue, moved)

    async def _want_readings(self, tenant: str, session: Session) -> None:
        """The first to watch is not shown what is minutes old for minutes more."""
        if not session.running:
            return
        connection = await self.chargers.connection(tenant, session.charge_point)
        if connection.connected:
            wanted = ReadingsWanted(tenant, session.charge_point, connection.epoch)
            await self._send(connection.queue, wanted)

    async def _send(self, queue: str, message: BusMessage) -> None:
        """An edge instance that is gone must not keep the others from hearing."""
        try:
            await self.bus.send(queue, message)
        except Exception:
            log.exception("a notice for %s", queue)


def _expires_at_s(watcher: Item) -> int:
    return int(str(watcher["expires_at"]))
