"""What a charge point tells its owner: how far work is, security events, vendors' messages."""

from app.charge_points.messages.desk import Desk
from app.edge_messages import (
    ChargerMessage,
    MessageResult,
    ReservationEnded,
    SecurityEvent,
    VendorData,
    WorkStatus,
)
from app.records.diary import Diaries, DiaryEntry

LONGEST = 10_000


async def kept(
    desk: Desk, message: ChargerMessage, said: WorkStatus | SecurityEvent | VendorData
) -> MessageResult:
    """Keep it in the charge point's diary."""
    diaries = Diaries(desk.live.tables)
    await diaries.add(message.tenant, message.charge_point, _entry(said), desk.clock.now())
    return MessageResult(saved=True)


async def reservation_ended(
    desk: Desk, message: ChargerMessage, said: ReservationEnded
) -> MessageResult:
    """A reservation is over on the charge point's side."""
    entry = DiaryEntry(desk.clock.now(), "reservation", said.status, request_id=said.reservation_id)
    await Diaries(desk.live.tables).add(message.tenant, message.charge_point, entry, entry.at)
    return MessageResult(saved=True)


def _entry(said: WorkStatus | SecurityEvent | VendorData) -> DiaryEntry:
    match said:
        case WorkStatus():
            return DiaryEntry(said.at, said.work, said.status[:50], request_id=said.request_id)
        case SecurityEvent():
            return DiaryEntry(said.at, "security", said.event[:50], said.detail[:LONGEST])
        case VendorData():
            word = f"{said.vendor_id} {said.message_id}".strip()[:300]
            return DiaryEntry(said.at, "vendor", word, said.data[:LONGEST])
