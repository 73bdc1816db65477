"""StatusNotification: what a connector says, kept, and told to the session that holds it."""

from app.charge_points.clocks import trusted_time
from app.charge_points.messages.desk import Desk
from app.charge_points.standing import nobody_stands, told
from app.charging.events import ConnectorFaulted
from app.edge_messages import ChargerMessage, ConnectorStatus, LastSeen, MessageResult
from app.records.charge_points import ConnectorState

PREVENTS_CHARGING = frozenset({"ConnectorLockFailure"})
"""Error codes that end a session although the connector may not call itself Faulted."""


async def changed(desk: Desk, message: ChargerMessage, said: ConnectorStatus) -> MessageResult:
    """Fenced by epoch: an old socket must not speak for the connector."""
    now = desk.clock.now()
    tenant, charge_point = message.tenant, message.charge_point
    connection = await desk.live.connection(tenant, charge_point)
    if connection.epoch != message.epoch:
        return MessageResult(saved=False, fenced=True)
    state = ConnectorState(said.status, said.error_code, trusted_time(said.at, now), said.info)
    is_newest = await desk.live.put_connector_state(
        tenant, charge_point, said.connector, state, epoch=message.epoch
    )
    session_id = await desk.holder(tenant, charge_point, said.connector) if is_newest else None
    if session_id:
        await _tell_session(desk, tenant, session_id, said)
        await told(desk.flow, tenant, session_id, state)
    return MessageResult(saved=True)


async def last_seen(desk: Desk, message: ChargerMessage, said: LastSeen) -> MessageResult:
    """A fact, whichever connection brings it: between it and that connection nobody saw a car."""
    await nobody_stands(desk.flow, message.tenant, message.charge_point, said.at)
    return MessageResult(saved=True)


async def _tell_session(desk: Desk, tenant: str, session_id: str, said: ConnectorStatus) -> None:
    if said.status == "Faulted" or said.error_code in PREVENTS_CHARGING:
        fault = ConnectorFaulted(desk.clock.now(), said.error_code)
        await desk.flow.record(tenant, session_id, [fault])
    else:
        await desk.flow.announce(tenant, session_id)
