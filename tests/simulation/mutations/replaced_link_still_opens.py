"""A link that was replaced by a new one is as good as before."""

from contextlib import AbstractContextManager
from unittest.mock import patch

from app.charging.session import Phase
from app.checkout.errors import NotYetPaid
from app.checkout.paid import PaidSession, PaidSessions


def injected() -> AbstractContextManager[object]:
    async def load(self: PaidSessions, token: str) -> PaidSession:
        named = self.signer.session(token)
        stored = await self.sessions.find(named.tenant, named.session_id)
        if stored is None or stored.session.phase is Phase.UNPAID:
            raise NotYetPaid
        return PaidSession(named.tenant, stored.session, stored.version)

    return patch.object(PaidSessions, "load", load)
