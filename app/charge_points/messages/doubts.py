"""Registers that were not believed: counted with the soft errors, and told to the owner where a
charge was settled without."""

from collections.abc import Sequence

from app.charge_points.messages.desk import Desk
from app.charging.events import ChargingStopped, MeterRead
from app.charging.pricing.wall_clock import whole_ms
from app.charging.session import Session

NOT_BELIEVED = "meter:not_believed"


def noticed(session: Session, told: Sequence[MeterRead | ChargingStopped]) -> tuple[str, ...]:
    """The soft errors among what was told just now."""
    is_doubted = any(whole_ms(event.at) == session.doubted_at for event in told)
    return (NOT_BELIEVED,) if is_doubted else ()


async def at_the_end(
    desk: Desk, tenant: str, session: Session, told: Sequence[MeterRead | ChargingStopped]
) -> tuple[str, ...]:
    """The same of an end: its owner is told, since energy may have flowed that nobody pays for."""
    found = noticed(session, told)
    if found and session.doubted_wh is not None:
        await desk.tell_doubt(tenant, session.charge_point, session.doubted_wh)
    return found
