"""That the cable is out is not told to the session in which the car stood."""

from contextlib import AbstractContextManager
from unittest.mock import patch

from app.charge_points.messages import status
from app.flow import Flow
from app.records.charge_points import ConnectorState


def injected() -> AbstractContextManager[object]:
    """Whatever a connector says of itself afterwards is only kept."""

    async def told(flow: Flow, tenant: str, session_id: str, state: ConnectorState) -> None:
        """Says nothing to anybody."""

    return patch.object(status, "told", told)
