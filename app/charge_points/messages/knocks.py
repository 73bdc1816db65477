"""What a charge point says while its owner has not accepted it: who it is, and nothing else."""

from app.charge_points.messages import device
from app.charge_points.messages.desk import Desk
from app.edge_messages import Booted, ChargerMessage, MessageResult
from app.records.newcomers import PREFIX, newcomers


async def told(desk: Desk, message: ChargerMessage) -> MessageResult:
    """Keep which device it is. Once it is accepted or refused its socket closes; it comes back."""
    said = message.said
    newcomer_id = message.charge_point.removeprefix(PREFIX)
    found = await newcomers(desk.live.tables).find(message.tenant, newcomer_id)
    if found is None or found.state != "waiting":
        return MessageResult(saved=False, fenced=True)
    if not isinstance(said, Booted):
        return MessageResult(saved=True)
    kept = await device.known(desk, message, said)
    return MessageResult(saved=kept.saved, fenced=kept.fenced, accepted=False, pending=True)
