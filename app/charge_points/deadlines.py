"""When a transaction's prepaid energy is used up: told to the edge, which stops on time alone."""

from datetime import datetime

from app.charge_points.settings import ChargePointSettings
from app.charging.session import Phase, Session
from app.edge_messages import Deadline

NEAR_BUNDLES = 3
"""The budget's end is near when it comes within so many quiet bundles of readings."""


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


def next_readings_in_s(
    session: Session, now: datetime, settings: ChargePointSettings, *, watched: bool
) -> int:
    """When the next bundle of readings is wanted: often when watched or near the budget's end.

    Without a limit, or without power, there is no end to be near; the edge itself looks at every
    register value.
    """
    if watched and session.running:
        return settings.watched_readings_s
    ends_at = session.stop_at
    if ends_at is None or not session.running:
        return settings.quiet_readings_s
    left_s = (ends_at - now).total_seconds()
    near = left_s < settings.quiet_readings_s * NEAR_BUNDLES
    return settings.watched_readings_s if near else settings.quiet_readings_s
