"""Which sockets are dead: one look at all of them now and then, no timer for each.

Any frame is a sign of life. A silent peer is pinged; one that has shown that it answers pings is
dead after three of them, others (some charge points never pong) after some heartbeat intervals.
"""

import logging
from collections.abc import Iterable

from app.ocpp_edge.connection import EdgeConnection
from app.ocpp_edge.fleet.drops import SILENT
from app.ocpp_edge.settings import EdgeSettings

log = logging.getLogger(__name__)

PINGS_UNANSWERED = 3


def sweep(connections: Iterable[EdgeConnection], now: float, settings: EdgeSettings) -> int:
    """Ping the silent, close the dead; how many were closed."""
    closed = 0
    for connection in connections:
        if connection.is_heard or not connection.heard_at:
            connection.is_heard = False
            connection.heard_at = connection.pinged_at = now
            continue
        silent = now - connection.heard_at
        dead_after = max(connection.dead_after_s, settings.idle_at_least_s)
        if connection.answers_pings:
            dead_after = min(dead_after, (PINGS_UNANSWERED + 1) * settings.ping_after_s)
        was_pinged = connection.pinged_at > connection.heard_at
        if silent >= dead_after and was_pinged:
            closed += 1
            connection.close_soon(1001, SILENT)
        elif now - connection.pinged_at >= min(settings.ping_after_s, dead_after):
            connection.pinged_at = now
            connection.ping_frame()
    return closed
