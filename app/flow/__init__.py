"""From events to stored decisions, and from owed effects to their outcomes.

``record`` folds events into a session and saves what was decided in one conditional write;
``perform`` does one owed effect under a lease, and records what came of it; ``sweep`` finds what
is due. A crash between any two instructions loses nothing: what was saved is found by the sweep,
what was not saved is told again by whoever told it.
"""

from app.flow.flow import Flow
from app.flow.ports import Again, Bring, Done, Look, Notices, Performed, Performer, PerformQueue
from app.flow.settings import FlowSettings

__all__ = [
    "Again",
    "Bring",
    "Done",
    "Flow",
    "FlowSettings",
    "Look",
    "Notices",
    "PerformQueue",
    "Performed",
    "Performer",
]
