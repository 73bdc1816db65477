"""Who has the name that a charge point gives a transaction, where it gives one name twice.

Some count anew after a restart. A name goes to a later start once the charge that had it is over;
from one that still runs it is not taken, or its readings would count for somebody else.
"""

from dataclasses import replace

from app.charge_points.messages.desk import Desk
from app.charging.events import TransactionOver
from app.charging.session import Session
from app.edge_messages import ChargerMessage
from app.records.charge_points import StoredTransaction
from app.records.id_tags import normal


async def who_has_the_name(
    desk: Desk, message: ChargerMessage, kept: StoredTransaction, new: StoredTransaction
) -> StoredTransaction:
    """The transaction that is meant: the one that is kept, told again, or the new one.

    The new one without a session, and as one that has stopped, where it cannot have the name: it is
    refused, and nothing that goes by the name is touched.
    """
    if kept.is_only_its_end or new.started_at <= kept.started_at:
        return kept
    session = await _session(desk, message, kept)
    if normal(kept.id_tag) == normal(new.id_tag):
        if session is None or not _has_ended_before(session, new):
            return kept  # told again
    elif session is not None and session.running:
        if kept.connector != new.connector:
            return replace(new, session_id="", own_use=False, foreign=False, stopped=True)
        await _lost_its_end(desk, message, session, kept)
    await desk.live.rename_transaction(message.tenant, message.charge_point, new)
    return new


async def _session(desk: Desk, message: ChargerMessage, kept: StoredTransaction) -> Session | None:
    if not kept.session_id:
        return None
    stored = await desk.flow.sessions.find(message.tenant, kept.session_id)
    return None if stored is None else stored.session


def _has_ended_before(session: Session, new: StoredTransaction) -> bool:
    ended_at = session.ended_at
    return not session.running and ended_at is not None and new.started_at > ended_at


async def _lost_its_end(
    desk: Desk, message: ChargerMessage, session: Session, kept: StoredTransaction
) -> None:
    """A connector has one transaction at a time (OCPP 2.0.1 E01): see `followers`."""
    number, sign = kept.transaction_id, "another has begun there"
    over = TransactionOver(desk.clock.now(), number, sign, settles=True)
    await desk.flow.record(message.tenant, session.id, [over])
