"""Who fails to get the lease of an effect performs it nevertheless."""

from contextlib import AbstractContextManager
from unittest.mock import patch

from app.flow import Flow
from app.records.effects import OwedEffect


def injected() -> AbstractContextManager[object]:
    real = Flow.lease

    async def lease(self: Flow, owed: OwedEffect) -> bool:
        await real(self, owed)
        return True

    return patch.object(Flow, "lease", lease)
