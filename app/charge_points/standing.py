"""Cars that stand after their charge: told to the session that counts it."""

from datetime import datetime, timedelta

from app.charging.claims import Claim, ClaimKind, connector_key
from app.charging.events import ConnectorFreed
from app.charging.session import Phase, Session
from app.flow import Flow

FREE = "Available"


async def left(flow: Flow, tenant: str, charge_point: str, connector: int, at: datetime) -> None:
    """The cable is out of a connector, at a moment by the charge point's clock."""
    session = await _standing_at(flow, tenant, charge_point, connector)
    if session is not None:
        await flow.record(tenant, session.id, [ConnectorFreed(at)])


async def unseen(flow: Flow, tenant: str, charge_point: str, connector: int, at: datetime) -> None:
    """From a moment on, by our clock, nobody can tell whether a car stands at a connector."""
    session = await _standing_at(flow, tenant, charge_point, connector)
    if session is not None:
        await no_longer_seen(flow, tenant, session, at)


async def no_longer_seen(flow: Flow, tenant: str, session: Session, at: datetime) -> None:
    """The same, of a session in which a car stands."""
    by_its_clock = at - timedelta(seconds=session.lag_s)
    await flow.record(tenant, session.id, [ConnectorFreed(by_its_clock)])


async def _standing_at(
    flow: Flow, tenant: str, charge_point: str, connector: int
) -> Session | None:
    claim = Claim(ClaimKind.CONNECTOR, connector_key(charge_point, connector), "")
    session_id = await flow.sessions.holder(tenant, claim)
    stored = None if session_id is None else await flow.sessions.find(tenant, session_id)
    if stored is None or stored.session.phase is not Phase.FINISHING:
        return None
    return stored.session
