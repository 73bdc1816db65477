"""Authorize, StartTransaction, StopTransaction: facts, whichever connection brings them."""

import logging
from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from app.charge_points.clocks import lag_s, trusted_time
from app.charge_points.id_tags import OwnTags, Verdict
from app.charge_points.messages import upstream
from app.charge_points.messages.desk import Desk
from app.charge_points.messages.doubts import at_the_end
from app.charge_points.messages.followers import end_before
from app.charge_points.messages.named import who_has_the_name
from app.charge_points.messages.nameless import running_for
from app.charge_points.messages.signed import signed_values, within_a_row
from app.charge_points.own_use import opening, session_of
from app.charge_points.standing import gone_since
from app.charging.effects import StopCharging
from app.charging.events import (
    ChargingStarted,
    ChargingStopped,
    ConnectorFreed,
    Event,
    Funded,
)
from app.charging.session import Funding, Phase, Session
from app.edge_messages import (
    Authorize,
    ChargerMessage,
    MessageResult,
    TransactionStarted,
    TransactionStopped,
)
from app.records.charge_points import StoredTransaction
from app.records.live import dedup_key

log = logging.getLogger(__name__)


async def authorize(desk: Desk, message: ChargerMessage, said: Authorize) -> MessageResult:
    """An idTag of ours may charge while its session waits for it, or charges."""
    session = await desk.named_by(message.tenant, message.charge_point, said.id_tag)
    if session is not None:
        wanted = session.phase in (Phase.STARTING, Phase.CHARGING)
        return MessageResult(saved=True, accepted=wanted)
    found = await _judged(desk, message, said.id_tag)
    return MessageResult(
        saved=True,
        accepted=found.accepted,
        id_tag_status=found.status,
        parent_id_tag=found.group,
        id_tag_until=found.until,
        known=found.known,
    )


async def started(desk: Desk, message: ChargerMessage, said: TransactionStarted) -> MessageResult:
    """The same start, however often it is told, is the same transaction."""
    tenant, charge_point = message.tenant, message.charge_point
    kept = await _kept(desk, message, said)
    if kept.own_use or not kept.session_id:
        await end_before(desk, message, kept)
    told = await upstream.begun(desk, message, kept, said)
    if kept.foreign:
        return MessageResult(saved=True, transaction_id=kept.transaction_id, upstream=told)
    if kept.session_id:
        lag = lag_s(kept.started_at, desk.clock.now())
        await desk.keep_signed(tenant, kept.session_id, kept.signed)
        begun = ChargingStarted(kept.started_at, kept.transaction_id, kept.meter_start_wh, lag)
        events: list[Event] = [begun, *_end_told_before(kept, lag)]
        if kept.own_use:
            session = await _on_the_owner(desk, tenant, charge_point, kept, events)
        else:
            session = await desk.flow.record(tenant, kept.session_id, events)
        if session.transaction_id == kept.transaction_id:
            runs = session.phase in (Phase.CHARGING, Phase.STOPPING)
            number = kept.transaction_id
            result = desk.answer(tenant, session, accepted=runs, transaction_id=number)
            return structs.replace(result, upstream=told)
    await stop_stranger(desk, tenant, charge_point, kept)
    return MessageResult(saved=True, accepted=False, transaction_id=kept.transaction_id)


async def stopped(desk: Desk, message: ChargerMessage, said: TransactionStopped) -> MessageResult:
    """Always acknowledged: an error would make the charge point send it again for ever."""
    now = desk.clock.now()
    tenant, charge_point = message.tenant, message.charge_point
    kept = await desk.live.transaction(tenant, charge_point, said.transaction_id)
    if kept is None and said.reference:
        kept = await _end_before_its_start(desk, message, said)
    elif kept is None:
        kept = await running_for(desk, message, said.id_tag)
    if kept is None:
        log.warning("%s stopped an unknown transaction", charge_point)
        return MessageResult(saved=True)
    await upstream.over(desk, message, kept, said)
    if kept.session_id:
        await desk.keep_signed(tenant, kept.session_id, signed_values(said.signed))
        reads = desk.meter_reads(kept.transaction_id, said.readings, now)
        at = trusted_time(said.at, now)
        lag = lag_s(at, now)
        end = ChargingStopped(at, kept.transaction_id, said.meter_wh, said.reason, lag)
        session = await desk.flow.record(tenant, kept.session_id, [*reads, end])
        if session.phase is Phase.FINISHING:
            await _left_before(desk, tenant, session, at)
        if session.transaction_id == kept.transaction_id:  # the session knows that it has ended
            doubts = await at_the_end(desk, tenant, session, [*reads, end])
            return MessageResult(saved=True, noticed=doubts)
    await desk.live.transaction_stopped(tenant, charge_point, kept.transaction_id)
    return MessageResult(saved=True)


async def _left_before(desk: Desk, tenant: str, session: Session, at: datetime) -> None:
    """Some charge points call the connector free, or broken, before they tell the transaction's
    end, or tell both later: what was before it was connected nobody has seen."""
    charge_point = session.charge_point
    state = await desk.live.connector_state(tenant, charge_point, session.connector)
    connection = await desk.live.connection(tenant, charge_point)
    since = None if state is None else gone_since(state, at)
    if connection.changed_at is not None and at < connection.changed_at:
        since = at
    if since is not None:
        await desk.flow.record(tenant, session.id, [ConnectorFreed(since)])


async def _kept(desk: Desk, message: ChargerMessage, said: TransactionStarted) -> StoredTransaction:
    """The transaction, kept under what identifies it; its session, if it is one of ours."""
    now = desk.clock.now()
    tenant, charge_point = message.tenant, message.charge_point
    written = said.timestamp or said.at.isoformat()
    key = dedup_key(said.connector, said.id_tag, written, said.meter_wh)
    if said.reference:
        key = f"{said.reference}|{written}"
    session = await desk.named_by(tenant, charge_point, said.id_tag)
    session_id, own_use, foreign = "", False, False
    if session is not None:
        session_id = session.id if session.connector == said.connector else ""
    else:
        found = await _judged(desk, message, said.id_tag)
        if found.accepted:
            session_id, own_use = session_of(charge_point, key), True
        elif not found.known:
            foreign = await upstream.answers_for(desk, message, said)

    def made(transaction_id: int) -> StoredTransaction:
        return StoredTransaction(
            transaction_id=transaction_id,
            session_id=session_id,
            connector=said.connector,
            id_tag=said.id_tag,
            started_at=trusted_time(said.at, now),
            meter_start_wh=said.meter_wh,
            own_use=own_use,
            foreign=foreign,
            upstream=said.upstream,
            reference=said.reference,
        )

    if said.transaction_id is not None:
        named = made(said.transaction_id)
        kept = await desk.live.keep_named_transaction(tenant, charge_point, named)
        return await who_has_the_name(desk, message, kept, named)
    return await desk.live.keep_transaction(tenant, charge_point, key, made)


async def _on_the_owner(
    desk: Desk,
    tenant: str,
    charge_point: str,
    kept: StoredTransaction,
    begun: Sequence[Event],
) -> Session:
    """A card's charge begins at the charge point: its session begins with it."""
    now = desk.clock.now()
    events = [Funded(now, Funding.OWNER), *begun]
    at = (tenant, charge_point, kept.connector)
    start = await opening(desk.live.tables, desk.settings, at, now)
    return await desk.flow.record(tenant, kept.session_id, events, opening=start)


def _end_told_before(kept: StoredTransaction, lag: int) -> list[ChargingStopped]:
    """The end of a transaction whose start comes only now."""
    if kept.stopped_at is None:
        return []
    number, meter_wh = kept.transaction_id, kept.meter_stop_wh
    return [ChargingStopped(kept.stopped_at, number, meter_wh, kept.stop_reason, lag)]


async def _end_before_its_start(
    desk: Desk, message: ChargerMessage, said: TransactionStopped
) -> StoredTransaction:
    """Kept until its start comes: the order of what was told offline may be lost."""
    at = trusted_time(said.at, desk.clock.now())
    end = StoredTransaction(
        transaction_id=said.transaction_id,
        session_id="",
        connector=0,
        id_tag="",
        started_at=at,
        meter_start_wh=said.meter_wh,
        stopped=True,
        reference=said.reference,
        stopped_at=at,
        meter_stop_wh=said.meter_wh,
        stop_reason=said.reason,
        signed=within_a_row(signed_values(said.signed)),
    )
    return await desk.live.keep_named_transaction(message.tenant, message.charge_point, end)


async def _judged(desk: Desk, message: ChargerMessage, id_tag: str) -> Verdict:
    tags = OwnTags(desk.live.tables, desk.clock)
    return await tags.verdict(message.tenant, message.charge_point, id_tag)


async def stop_stranger(
    desk: Desk, tenant: str, charge_point: str, kept: StoredTransaction
) -> None:
    """A transaction nobody paid for is stopped, however long that takes."""
    if kept.stopped or kept.foreign:
        return
    stop = StopCharging("", charge_point, kept.transaction_id)
    await desk.flow.owe(tenant, stop, None, desk.settings.stranger_stop_s)
