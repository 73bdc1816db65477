"""A start that comes after the driver has cancelled begins the charge all the same."""

from contextlib import AbstractContextManager
from unittest.mock import patch

from app.charging import metering
from app.charging.session import Session


def injected() -> AbstractContextManager[object]:
    def resumable(session: Session) -> bool:
        return session.claimable_msat > 0 and not session.connector_lost

    return patch.object(metering, "_resumable", resumable)
