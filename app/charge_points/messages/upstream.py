"""The owner's own backend beside us: whose a transaction is, and what that backend may do.

What is paid for here is ours alone: no wish of the backend's touches a connector that one of our
sessions holds, or that is reserved with us.
"""

from app.charge_points.clocks import trusted_time
from app.charge_points.id_tags import OwnTags
from app.charge_points.messages.desk import Desk
from app.edge_messages import (
    ChargerMessage,
    MessageResult,
    TransactionStarted,
    TransactionStopped,
    UpstreamAsks,
    UpstreamState,
    UpstreamTold,
    UpstreamTransaction,
)
from app.records import rows
from app.records.charge_points import ChargePoint, StoredTransaction
from app.records.reservations import Reservations
from app.records.upstreams import UpstreamEnd, Upstreams

ANONYMOUS = "STROM"
"""Our sessions' idTags name them: nobody else learns them."""
LONGEST_REASON = 20
LISTS = frozenset({"SendLocalList", "ClearCache"})


async def answers_for(desk: Desk, message: ChargerMessage, said: TransactionStarted) -> bool:
    """Whether an idTag that we do not know is the backend's to judge."""
    if not said.upstream:
        return False
    station = await _station(desk, message)
    return station is not None and station.upstream == "shared"


async def begun(
    desk: Desk, message: ChargerMessage, kept: StoredTransaction, said: TransactionStarted
) -> UpstreamTransaction | None:
    """Keep what the backend is to be told of a start; None when it is told nothing."""
    if not kept.upstream or (kept.stopped and kept.stopped_at is None):
        return None
    if not kept.foreign and not kept.session_id:
        return None
    station = await _station(desk, message)
    if station is None or station.upstream is None:
        return None
    upstreams = Upstreams(desk.live.tables)
    tenant, charge_point = message.tenant, message.charge_point
    id_tag = kept.id_tag
    if not kept.foreign:
        setup = await upstreams.setup(tenant, charge_point)
        if setup is None or (setup.mode == "shared" and not setup.report_id_tag):
            return None
        id_tag = setup.report_id_tag or ANONYMOUS
    told = UpstreamTransaction(
        transaction_id=kept.transaction_id,
        connector=kept.connector,
        id_tag=id_tag,
        meter_wh=kept.meter_start_wh,
        at=kept.started_at,
        foreign=kept.foreign,
        stopped_at=kept.stopped_at,
        meter_stop_wh=kept.meter_stop_wh,
        stop_reason=kept.stop_reason[:LONGEST_REASON],
        reference=kept.reference,
        sequence=said.sequence,
    )
    others = await upstreams.transactions(tenant, charge_point)
    gone = [o.transaction_id for o in others if _was_never_stopped(o, told)]
    await upstreams.forget(tenant, charge_point, gone)
    return await upstreams.begin(tenant, charge_point, told)


async def over(
    desk: Desk, message: ChargerMessage, kept: StoredTransaction, said: TransactionStopped
) -> None:
    """Keep the end of a transaction until the backend knows it."""
    if not kept.upstream or kept.stopped:
        return
    at = trusted_time(said.at, desk.clock.now())
    end = UpstreamEnd(at, said.meter_wh, said.reason[:LONGEST_REASON], said.sequence)
    tenant, charge_point = message.tenant, message.charge_point
    await Upstreams(desk.live.tables).ended(tenant, charge_point, kept.transaction_id, end)


async def taken(desk: Desk, message: ChargerMessage, said: UpstreamTold) -> MessageResult:
    """The backend knows; after the end there is no more to tell."""
    upstreams, number = Upstreams(desk.live.tables), said.transaction_id
    tenant, charge_point = message.tenant, message.charge_point
    if said.is_end:
        await upstreams.forget(tenant, charge_point, [number])
    elif said.upstream_id is not None:
        await upstreams.named(tenant, charge_point, number, said.upstream_id)
    return MessageResult(saved=True)


async def does(desk: Desk, message: ChargerMessage, said: UpstreamState) -> MessageResult:
    """How the link does, for the owner to see; of the newest connection alone."""
    tenant, charge_point = message.tenant, message.charge_point
    connection = await desk.live.connection(tenant, charge_point)
    if connection.epoch != message.epoch:
        return MessageResult(saved=False, fenced=True)
    await Upstreams(desk.live.tables).put_state(tenant, charge_point, said)
    return MessageResult(saved=True)


async def may(desk: Desk, message: ChargerMessage, said: UpstreamAsks) -> MessageResult:
    """Whether the backend may do something to the charge point now."""
    station = await _station(desk, message)
    if station is None or station.upstream != "shared":
        return MessageResult(saved=True, accepted=False)
    if said.action in LISTS and station.local_list:
        return MessageResult(saved=True, accepted=False)
    if said.id_tag and await _is_ours(desk, message, said.id_tag):
        return MessageResult(saved=True, accepted=False)
    wanted = [plug.number for plug in station.connectors]
    if said.connector:
        wanted = [number for number in wanted if number == said.connector]
    for number in wanted:
        if await desk.holder(message.tenant, message.charge_point, number) is not None:
            return MessageResult(saved=True, accepted=False)
    free = bool(wanted) and not await _is_reserved(desk, message, said, wanted)
    return MessageResult(saved=True, accepted=free)


async def _is_ours(desk: Desk, message: ChargerMessage, id_tag: str) -> bool:
    """A charge under it would be paid for here: by a payer, or by the owner."""
    tenant, charge_point = message.tenant, message.charge_point
    if await desk.named_by(tenant, charge_point, id_tag) is not None:
        return True
    found = await OwnTags(desk.live.tables, desk.clock).verdict(tenant, charge_point, id_tag)
    return found.known


async def _is_reserved(
    desk: Desk, message: ChargerMessage, said: UpstreamAsks, wanted: list[int]
) -> bool:
    """With us: such a connector is kept for somebody else, and the number is taken."""
    now = desk.clock.now()
    kept = await Reservations(desk.live.tables).all(message.tenant, message.charge_point)
    return any(
        each.holds(now) and (each.connector in wanted or each.id == said.reservation_id)
        for each in kept
    )


async def _station(desk: Desk, message: ChargerMessage) -> ChargePoint | None:
    stations = rows.charge_points(desk.live.tables)
    return await stations.find(message.tenant, message.charge_point)


def _was_never_stopped(other: UpstreamTransaction, new: UpstreamTransaction) -> bool:
    """A connector has one transaction: of the older the charge point has lost the end."""
    return (
        other.connector == new.connector
        and other.transaction_id != new.transaction_id
        and other.stopped_at is None
        and other.at <= new.at
    )
