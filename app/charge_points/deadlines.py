"""When a transaction's prepaid energy is used up: told to the edge, which stops on time alone."""

from datetime import datetime

from app.charge_points.settings import ChargePointSettings
from app.charging.session import Phase, Session
from app.edge_messages import Deadline

NEAR_S = 3


def deadline_of(session: Session) -> Deadline | None:
    """The deadline that the edge holds while energy flows; None once nothing is to be stopped."""
    if not session.running or session.transaction_id is None:
        return None
    if session.phase is Phase.ENDED:
        return None  # its stop is owed as a command
    return Deadline(
        transaction_id=session.transaction_id,
        connector=session.connector,
        stop_at=session.stop_at,
        stop_at_wh=session.stop_at_wh,
    )


def next_readings_in_s(session: Session, now: datetime, settings: ChargePointSettings) -> int:
    """When the next bundle of readings is wanted: often near the end of the budget."""
    ends_at = session.stop_at
    if ends_at is None:
        return settings.watched_readings_s
    left_s = (ends_at - now).total_seconds()
    if left_s < settings.quiet_readings_s * NEAR_S:
        return settings.watched_readings_s
    return settings.quiet_readings_s
