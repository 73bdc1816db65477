"""Nobody looks whether the edge that would tell of a car's leaving is alive."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from unittest.mock import patch

from app.charge_points.standing import Sight
from app.charging.events import Event
from app.charging.session import Session


def injected() -> AbstractContextManager[object]:
    """Whoever stands is taken to be seen."""

    async def look(_sight: Sight, _tenant: str, _session: Session) -> Sequence[Event]:
        return ()

    return patch.object(Sight, "look", look)
