"""Cars that stand after their charge: told to the session that counts it."""

from datetime import datetime

from app.charging.claims import Claim, ClaimKind, connector_key
from app.charging.events import ConnectorFreed
from app.charging.session import Phase
from app.flow import Flow

FREE = "Available"


async def left(flow: Flow, tenant: str, charge_point: str, connector: int, at: datetime) -> None:
    """The cable is out of a connector, or nobody can tell any more."""
    claim = Claim(ClaimKind.CONNECTOR, connector_key(charge_point, connector), "")
    session_id = await flow.sessions.holder(tenant, claim)
    stored = None if session_id is None else await flow.sessions.find(tenant, session_id)
    if stored is not None and stored.session.phase is Phase.FINISHING:
        await flow.record(tenant, stored.session.id, [ConnectorFreed(at)])
