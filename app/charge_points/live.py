"""Who follows a session live, and telling them; what is lost here is read again by the page."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.charge_points.deadlines import deadline_of
from app.charging.errors import NotFound
from app.charging.ports import Clock, Delete, Item, Key, Put, Tables
from app.charging.session import Session
from app.edge_messages import CommandBus, DeadlineMoved, SessionNotice, Watch, Watching
from app.records import keys
from app.records.codec import to_ms
from app.records.live import LiveChargers
from app.records.sessions import Sessions
from app.tokens import SESSION, Signer

View = Callable[[str, Session, int], Awaitable[dict[str, object]]]
"""What a driver's page shows of a session: tenant, session, version → JSON-able view."""
PREFIX = "W#"


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
    valid_for_s: int = 120

    async def watch(self, asked: Watch) -> Watching:
        """Let an edge follow the session of a token; raises ``NotFound``."""
        tenant, session_id = self.signer.parts(SESSION, asked.token)
        stored = await self.sessions.find(tenant, session_id)
        if stored is None:
            raise NotFound("this session has not been paid yet")
        row = Key(keys.session_pk(tenant, session_id), PREFIX + asked.instance)
        until_s = int(self.clock.now().timestamp()) + self.valid_for_s
        watcher: Item = {"pk": row.pk, "sk": row.sk, "queue": asked.queue, "expires_at": until_s}
        await self.tables.tenant(tenant).write([Put(watcher)])
        view = await self.view(tenant, stored.session, stored.version)
        return Watching(tenant, session_id, self.valid_for_s, view, stored.version)

    async def session_changed(
        self, tenant: str, before: Session, session: Session, version: int
    ) -> None:
        """Tell the edge of a changed deadline, then whoever watches of the new view."""
        if before.budget_msat != session.budget_msat:
            await self._move_deadline(tenant, session)
        table = self.tables.tenant(tenant)
        page = await table.query(keys.session_pk(tenant, session.id), sk_prefix=PREFIX)
        now_ms = to_ms(self.clock.now())
        view = await self.view(tenant, session, version) if page.items else {}
        for item in page.items:
            if int(str(item["expires_at"])) * 1000 < now_ms:
                await table.write([Delete(Key(str(item["pk"]), str(item["sk"])))])
                continue
            notice = SessionNotice(tenant, session.id, version, view)
            await self.bus.send(str(item["queue"]), notice)

    async def _move_deadline(self, tenant: str, session: Session) -> None:
        """A top-up counts before the old deadline comes due, not only at the next reading."""
        deadline = deadline_of(session)
        connection = await self.chargers.connection(tenant, session.charge_point)
        if deadline is not None and connection.connected:
            moved = DeadlineMoved(tenant, session.charge_point, connection.epoch, deadline)
            await self.bus.send(connection.queue, moved)
