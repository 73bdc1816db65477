"""What the flow asks of the outside beside tables, and what performing an effect comes to."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from app.charging.events import Event
from app.charging.ports import Item
from app.charging.session import Session
from app.records.effects import EffectRef, OwedEffect


@dataclass(frozen=True, slots=True)
class Done:
    """The effect is owed no more; ``events`` say what came of it."""

    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Again:
    """Still owed; look again after ``after_s``. Not ``counted``: nothing was tried.

    ``trouble`` says why it cannot be done without its owner, and is kept beside the effect; empty
    when there is none any more, None when nothing new is known of it.
    """

    after_s: float
    events: tuple[Event, ...] = ()
    counted: bool = True
    trouble: str | None = None
    prompt: bool = False
    """Somebody waits for what may come of it: brought back at its time, where that can be done,
    rather than found by the sweep some time later."""


Performed = Done | Again
Performer = Callable[[OwedEffect, Session | None], Awaitable[Performed]]
"""Does one effect. ``owed.attempts`` counts earlier attempts: above zero, one of them may have
had its effect without our having heard of it."""


Bring = Callable[[EffectRef, int, float], Awaitable[None]]
"""Has an effect performed again after so many seconds, if by then there were so many attempts and
none since: of two who bring it back, one does."""
Look = Callable[[str, Session], Awaitable[Sequence[Event]]]
"""What there is to see of a charge point at which a car stands; nothing where all is well. Tenant,
session."""


class PerformQueue(Protocol):
    """Where effects that take long are left for the process that performs them."""

    async def put(self, ref: EffectRef) -> None:
        """Leave it; losing it only delays, the sweep finds it."""
        ...


class Notices(Protocol):
    """Who wants to know of a change at once; may be lost."""

    async def session_changed(
        self,
        tenant: str,
        before: Session,
        session: Session,
        version: int,
        watchers: Sequence[Item] | None,
    ) -> None:
        """A session has a new version; the same twice when something beside it changed.

        ``watchers`` as they were read with it; None when there were none then, and the change is
        worth the price of looking again.
        """
        ...
