"""What came of the commands that a charge point was given."""

import logging

from app.charge_points.charge_commands import ChargeCommands, Kind
from app.charge_points.messages.desk import Desk
from app.charging.errors import NotFound
from app.charging.events import Event, StartAccepted, StartRejected
from app.charging.session import Funding
from app.edge_messages import ChargerMessage, CommandOutcome, MessageResult

log = logging.getLogger(__name__)


async def told(desk: Desk, message: ChargerMessage, said: CommandOutcome) -> MessageResult:
    """A start's outcome concerns its session; a stop's shows in the stop itself. An owner who gave
    it is told either."""
    kind, _, rest = said.id.partition(".")
    if kind == "start":
        await _start(desk, message, rest, said)
    elif kind == "stop":
        await _answered(desk, message, "stop", rest.partition(".")[0], said)
    elif kind == "owner":
        await desk.commands.told(message.tenant, message.charge_point, said)
    return MessageResult(saved=True)


async def _start(
    desk: Desk, message: ChargerMessage, session_id: str, said: CommandOutcome
) -> None:
    event = _event(desk, said)
    if event is not None:
        try:
            session = await desk.flow.record(message.tenant, session_id, [event])
        except NotFound:
            log.warning("the outcome of a start without a session: %s", said.id[:64])
            return
        if session.funding is not Funding.OWNER:
            return
    await _answered(desk, message, "start", session_id, said)


async def _answered(
    desk: Desk, message: ChargerMessage, kind: Kind, session_id: str, said: CommandOutcome
) -> None:
    charges = ChargeCommands(desk.commands)
    await charges.answered(message.tenant, message.charge_point, kind, session_id, said)


def _event(desk: Desk, said: CommandOutcome) -> Event | None:
    """Rejected counts only on first delivery: later it may mean that the first one worked."""
    if said.outcome == "accepted":
        return StartAccepted(desk.clock.now())
    if said.outcome == "rejected" and said.attempt == 1:
        return StartRejected(desk.clock.now(), said.detail)
    return None
