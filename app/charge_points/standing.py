"""Cars that stand after their charge: told to the session that counts it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.charging.claims import Claim, ClaimKind, connector_key
from app.charging.events import ConnectorFreed, Event
from app.charging.session import Phase, Session
from app.flow import Flow
from app.records import rows
from app.records.charge_points import Connection, ConnectorState
from app.records.live import FREE, LiveChargers

BACK_SOON = "restart"
"""Why a socket closed that is open again at once."""
BACK_WITHIN = timedelta(minutes=5)
_GONE_WHEN_NEW = frozenset({"Preparing", "Reserved", "Unavailable"})
"""Only after the charge: who prepares has begun anew (OCPP 1.6 §4.9, F2), and that the connector
was free before need not have been heard of; the newest status alone is told again."""


def gone_since(state: ConnectorState, ended_at: datetime) -> datetime | None:
    """Since when no car is seen to stand at a connector whose charge has ended; None while one
    may. Both by the charge point's clock."""
    if state.free_since is not None and state.free_since > ended_at:
        return state.free_since  # another may have come and gone since
    if state.status in FREE:
        return max(ended_at, state.at)
    return state.at if state.status in _GONE_WHEN_NEW and state.at > ended_at else None


async def told(flow: Flow, tenant: str, session_id: str, state: ConnectorState) -> None:
    """What a connector has said of itself ends the standing of a car that it cannot be any more;
    ``session_id`` is the session that has the connector."""
    if state.status not in FREE | _GONE_WHEN_NEW:
        return
    session = await _standing(flow, tenant, session_id)
    since = None if session is None else gone_since(state, session.counted.seen_at)
    if session is not None and since is not None:
        await flow.record(tenant, session.id, [ConnectorFreed(since)])


async def nobody_stands(flow: Flow, tenant: str, charge_point: str, seen_at: datetime) -> None:
    """After a moment, by our clock, no car can be seen to stand at a charge point: none pays
    longer."""
    known = await rows.charge_points(flow.tables).find(tenant, charge_point)
    for connector in known.connectors if known else ():
        await _unseen(flow, tenant, charge_point, connector.number, seen_at)


async def _unseen(flow: Flow, tenant: str, charge_point: str, connector: int, at: datetime) -> None:
    claim = Claim(ClaimKind.CONNECTOR, connector_key(charge_point, connector), "")
    session_id = await flow.sessions.holder(tenant, claim)
    session = None if session_id is None else await _standing(flow, tenant, session_id)
    if session is not None:
        await no_longer_seen(flow, tenant, session, at)


async def no_longer_seen(flow: Flow, tenant: str, session: Session, at: datetime) -> None:
    """The same, of a session in which a car stands."""
    await flow.record(tenant, session.id, [_freed(session, at)])


async def out_of_sight_since(live: LiveChargers, connection: Connection) -> datetime | None:
    """When a charge point was last in sight, by our clock; None while it is.

    An edge that died told nobody who is gone; one that was stopped promised that they come back.
    """
    if connection.connected:
        return await live.edge_gone_since(connection.instance)
    gone_at = connection.changed_at
    if gone_at is None or connection.drop != BACK_SOON:
        return gone_at
    return gone_at if live.clock.now() >= gone_at + BACK_WITHIN else None


@dataclass(frozen=True, slots=True)
class Sight:
    """Looks now and then at cars that stand, for whom nobody may tell any more."""

    live: LiveChargers

    async def look(self, tenant: str, session: Session) -> Sequence[Event]:
        """What ends a standing that nobody sees: the connector was called free, and whoever kept
        that died before the session knew; or nobody can tell any more."""
        number = session.connector
        state = await self.live.connector_state(tenant, session.charge_point, number)
        free_since = None if state is None else gone_since(state, session.counted.seen_at)
        if free_since is not None:
            return (ConnectorFreed(free_since),)
        connection = await self.live.connection(tenant, session.charge_point)
        since = await out_of_sight_since(self.live, connection)
        return () if since is None else (_freed(session, since),)


def _freed(session: Session, at: datetime) -> ConnectorFreed:
    return ConnectorFreed(at - timedelta(seconds=session.lag_s))


async def _standing(flow: Flow, tenant: str, session_id: str) -> Session | None:
    stored = await flow.sessions.find(tenant, session_id)
    if stored is None or stored.session.phase is not Phase.FINISHING:
        return None
    return stored.session
