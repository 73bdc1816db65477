"""What was said on a connection, where its owner wants to read it."""

from app.charge_points.messages.desk import Desk
from app.edge_messages import ChargerMessage, FramesLogged, MessageResult
from app.records.frame_chunks import FrameChunks


async def logged(desk: Desk, message: ChargerMessage, said: FramesLogged) -> MessageResult:
    """Kept whichever connection it was: what the older one said is worth reading as well."""
    chunks = FrameChunks(desk.live.tables)
    now = desk.clock.now()
    await chunks.add(message.tenant, message.charge_point, said.frames, said.left_out, now)
    return MessageResult(saved=True)
