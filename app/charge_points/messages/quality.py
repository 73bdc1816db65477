"""How the connection of a charge point does, as its edge has seen it."""

from app.charge_points.messages.desk import Desk
from app.edge_messages import ChargerMessage, MessageResult, Observed
from app.records.observations import Observations


async def observed(desk: Desk, message: ChargerMessage, said: Observed) -> MessageResult:
    """Only the newest connection is told of."""
    tenant, charge_point = message.tenant, message.charge_point
    connection = await desk.live.connection(tenant, charge_point)
    if connection.epoch != message.epoch:
        return MessageResult(saved=False, fenced=True)
    now = desk.clock.now()
    observations = Observations(desk.live.tables)
    await observations.keep(tenant, charge_point, message.epoch, said, now)
    return MessageResult(saved=True)
