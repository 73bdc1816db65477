"""MeterValues: to the session they belong to, whatever transaction they name."""

from app.charge_points.messages.desk import Desk
from app.charge_points.messages.doubts import noticed
from app.charge_points.messages.signed import signed_values
from app.charge_points.messages.transactions import stop_stranger
from app.edge_messages import ChargerMessage, MessageResult, Readings


async def read(desk: Desk, message: ChargerMessage, said: Readings) -> MessageResult:
    """Keep readings of a session; others are acknowledged, and what they are of is stopped."""
    now = desk.clock.now()
    tenant = message.tenant
    found = await _session_of(desk, message, said)
    if found is None:
        return MessageResult(saved=True)
    session_id, transaction_id = found
    await desk.keep_signed(tenant, session_id, signed_values(said.signed))
    if not said.readings:
        return MessageResult(saved=True)
    events = desk.meter_reads(transaction_id, said.readings, now)
    session = await desk.flow.record(tenant, session_id, events)
    within_s = await desk.follow(tenant, session)
    doubts = noticed(session, events)
    return desk.answer(tenant, session, within_s=within_s, noticed=doubts)


async def _session_of(
    desk: Desk, message: ChargerMessage, said: Readings
) -> tuple[str, int] | None:
    """Session and its transaction. A wrong id means what runs on the connector; none, nothing:
    the edge has looked for it already."""
    tenant, charge_point = message.tenant, message.charge_point
    if said.transaction_id:
        known = await desk.live.session_of(tenant, charge_point, said.transaction_id)
        if known == "":
            await _stop(desk, message, said.transaction_id)
        if known is not None:
            return (known, said.transaction_id) if known else None
    if said.transaction_id is None:
        return None
    session_id = await desk.holder(tenant, charge_point, said.connector)
    kept = await desk.flow.sessions.find(tenant, session_id) if session_id else None
    if kept is None or kept.session.transaction_id is None:
        return None
    return kept.session.id, kept.session.transaction_id


async def _stop(desk: Desk, message: ChargerMessage, transaction_id: int) -> None:
    """A stranger's transaction runs: its stop is owed, if it is not any more."""
    tenant, charge_point = message.tenant, message.charge_point
    kept = await desk.live.transaction(tenant, charge_point, transaction_id)
    if kept is not None:
        await stop_stranger(desk, tenant, charge_point, kept)
