"""A transaction that begins where another should still be running: that one is over.

A connector has one transaction at a time, and a charge point tells of them in their order (OCPP
1.6 §3.7): the end of the one before was lost. Were it still awaited, readings that name no
transaction would count for who paid there before.
"""

from app.charge_points.messages.desk import Desk
from app.charging.events import ConnectorFreed, TransactionOver
from app.edge_messages import ChargerMessage
from app.records.charge_points import StoredTransaction


async def end_before(desk: Desk, message: ChargerMessage, begun: StoredTransaction) -> None:
    """Settle the charge that still holds the connector, if its transaction is an earlier one: its
    car does not stand there either."""
    tenant = message.tenant
    holder = await desk.holder(tenant, message.charge_point, begun.connector)
    stored = await desk.flow.sessions.find(tenant, holder) if holder else None
    if stored is None:
        return
    number, begun_at = stored.session.transaction_id, stored.session.started_at
    if number is None or begun_at is None or number == begun.transaction_id:
        return
    if begun_at < begun.started_at:
        over = TransactionOver(desk.clock.now(), number, "another has begun there", settles=True)
        gone = ConnectorFreed(begun.started_at)
        await desk.flow.record(tenant, stored.session.id, [over, gone])
