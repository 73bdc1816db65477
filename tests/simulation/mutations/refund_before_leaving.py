"""What is left can be taken back while the car still stands there and may be charged for it."""

from contextlib import AbstractContextManager
from unittest.mock import patch

from app.charging.session import Phase, Session


def injected() -> AbstractContextManager[object]:
    def claimable_msat(self: Session) -> int:
        is_open = self.phase in (Phase.ENDED, Phase.FINISHING) and self.refund is None
        return self.balances.refundable if is_open else 0

    return patch.object(Session, "claimable_msat", property(claimable_msat))
