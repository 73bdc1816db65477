"""Which transaction a StopTransaction means that names none of ours: 0, -1, or anything else.

Some charge points never learn the id of a transaction; the idTag is then all there is to go by.
"""

from app.charge_points.messages.desk import Desk
from app.charging.session import Session
from app.edge_messages import ChargerMessage
from app.records.charge_points import StoredTransaction
from app.records.id_tags import normal


async def running_for(desk: Desk, message: ChargerMessage, id_tag: str) -> StoredTransaction | None:
    """What runs under an idTag: that of a session, or a card that charges at one connector."""
    session = await desk.named_by(message.tenant, message.charge_point, id_tag)
    if session is not None:
        return await _transaction(desk, message.tenant, session)
    found = [kept for kept in await _cards(desk, message) if normal(kept.id_tag) == normal(id_tag)]
    return found[0] if len(found) == 1 else None


async def _cards(desk: Desk, message: ChargerMessage) -> list[StoredTransaction]:
    """What was begun with cards and runs."""
    tenant, charge_point, found = message.tenant, message.charge_point, list[StoredTransaction]()
    for connector in await desk.live.connector_states(tenant, charge_point):
        holder = await desk.holder(tenant, charge_point, connector) if connector else None
        stored = await desk.flow.sessions.find(tenant, holder) if holder else None
        kept = None if stored is None else await _transaction(desk, tenant, stored.session)
        if kept is not None and kept.own_use:
            found.append(kept)
    return found


async def _transaction(desk: Desk, tenant: str, session: Session) -> StoredTransaction | None:
    if session.transaction_id is None or not session.running:
        return None
    return await desk.live.transaction(tenant, session.charge_point, session.transaction_id)
