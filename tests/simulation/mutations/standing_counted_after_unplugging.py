"""That the cable is out of a connector is not told to the session whose car stood there."""

from contextlib import AbstractContextManager
from datetime import datetime
from unittest.mock import patch

from app.charge_points.messages import status
from app.flow import Flow


def injected() -> AbstractContextManager[object]:
    async def left(flow: Flow, tenant: str, point: str, connector: int, at: datetime) -> None:
        return None

    return patch.object(status, "left", left)
