"""The session is written whatever it has become meanwhile: the condition is gone."""

from contextlib import AbstractContextManager
from dataclasses import replace
from unittest.mock import patch

from app.charging.ports import Put
from app.charging.session import Session
from app.records.sessions import Sessions, Stored


def injected() -> AbstractContextManager[object]:
    real = Sessions._session_put

    def put(self: Sessions, pk: str, stored: Stored, session: Session) -> Put:
        return replace(real(self, pk, stored, session), condition=None)

    return patch.object(Sessions, "_session_put", put)
