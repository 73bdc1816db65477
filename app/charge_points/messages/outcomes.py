"""What came of the commands that a charge point was given."""

import logging

from app.charge_points.messages.desk import Desk
from app.charging.errors import NotFound
from app.charging.events import Event, StartAccepted, StartRejected
from app.edge_messages import ChargerMessage, CommandOutcome, MessageResult

log = logging.getLogger(__name__)


async def told(desk: Desk, message: ChargerMessage, said: CommandOutcome) -> MessageResult:
    """A start's outcome concerns its session; a stop's shows in the stop itself."""
    kind, _, rest = said.id.partition(".")
    if kind == "start":
        await _start(desk, message.tenant, rest, said)
    elif kind == "owner":
        await desk.commands.told(message.tenant, message.charge_point, said)
    return MessageResult(saved=True)


async def _start(desk: Desk, tenant: str, session_id: str, said: CommandOutcome) -> None:
    event = _event(desk, said)
    if event is None:
        return
    try:
        await desk.flow.record(tenant, session_id, [event])
    except NotFound:
        log.warning("the outcome of a start without a session: %s", said.id[:64])


def _event(desk: Desk, said: CommandOutcome) -> Event | None:
    """Rejected counts only on first delivery: later it may mean that the first one worked."""
    if said.outcome == "accepted":
        return StartAccepted(desk.clock.now())
    if said.outcome == "rejected" and said.attempt == 1:
        return StartRejected(desk.clock.now(), said.detail)
    return None
