"""When a transaction's prepaid energy is used up: told to the edge, which stops on time alone."""

from datetime import datetime, timedelta

from app.charge_points.settings import ChargePointSettings
from app.charging.believing import most_wh
from app.charging.session import Phase, Session
from app.edge_messages import Deadline

BUNDLES_TO_THE_END = 3
"""The next bundle is wanted after this part of the time that is left: power may grow as many
times, and the app still knows before the budget is used up."""
UNHEARD = timedelta(hours=1)
"""So long the edge may go on by itself: a register that cannot be reached meanwhile is wrong."""


def deadline_of(session: Session) -> Deadline | None:
    """The deadline that the edge holds while energy flows; None once nothing is to be stopped."""
    if not session.running or session.transaction_id is None:
        return None
    if session.phase is Phase.ENDED:
        return None  # its stop is owed as a command
    stop_at, stop_at_wh = session.stops
    number, connector = session.transaction_id, session.connector
    believed_to_wh = None if stop_at_wh is None else max(_believed_to_wh(session), stop_at_wh)
    return Deadline(number, connector, stop_at, stop_at_wh, believed_to_wh=believed_to_wh)


def _believed_to_wh(session: Session) -> int:
    return session.meter_wh + most_wh(session.quote.max_power_w, UNHEARD)


def next_readings_in_s(
    session: Session,
    deadline: Deadline | None,
    now: datetime,
    settings: ChargePointSettings,
    *,
    watched: bool,
    within_s: int | None = None,
) -> int:
    """When the next bundle of readings is wanted: the nearer the budget's end, the more often;
    often when watched; and ``within_s`` where something follows the charge.

    Without a limit, or without power, there is no end to be near; the edge itself looks at every
    register value.
    """
    wanted_s = _wanted_s(session, deadline, now, settings, watched=watched)
    return wanted_s if within_s is None else min(wanted_s, within_s)


def _wanted_s(
    session: Session,
    deadline: Deadline | None,
    now: datetime,
    settings: ChargePointSettings,
    *,
    watched: bool,
) -> int:
    if watched and session.running:
        return settings.watched_readings_s
    ends_at = None if deadline is None else deadline.stop_at
    if ends_at is None:
        return settings.quiet_readings_s
    left_s = (ends_at - now).total_seconds()
    wanted_s = max(int(left_s / BUNDLES_TO_THE_END), settings.watched_readings_s)
    return min(wanted_s, settings.quiet_readings_s)
