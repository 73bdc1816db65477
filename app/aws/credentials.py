"""Who we are to AWS: the credentials that botocore finds in the surroundings of this process."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from app.charging.errors import Unavailable


class Frozen(Protocol):
    """One set of keys, as they were at a moment; what botocore's signers take."""

    @property
    def access_key(self) -> str:
        """Its name."""
        ...

    @property
    def secret_key(self) -> str:
        """What signs."""
        ...

    @property
    def token(self) -> str | None:
        """What says that the keys are for a while."""
        ...


class Surroundings:
    """The role of this function or task, or keys in the environment; renewed as they end."""

    def __init__(self, find: Callable[[], Any] | None = None) -> None:
        self._find = find or _of_botocore
        self._found: Any = None

    async def frozen(self) -> Frozen:
        """The keys to sign with now; raises ``Unavailable`` where there are none."""
        found = self._found
        if found is None or _is_to_be_renewed(found):
            return await asyncio.to_thread(self.now)  # asks an endpoint of AWS, and waits
        frozen: Frozen = found.get_frozen_credentials()
        return frozen

    def now(self) -> Frozen:
        """The same, for threads: it waits where keys have to be asked for."""
        if self._found is None:
            self._found = self._find()
        if self._found is None:
            raise Unavailable("there are no AWS credentials here")
        frozen: Frozen = self._found.get_frozen_credentials()
        return frozen


def _of_botocore() -> Any:
    from botocore.session import Session

    return Session().get_credentials()


def _is_to_be_renewed(found: Any) -> bool:
    needed = getattr(found, "refresh_needed", None)
    return needed is not None and bool(needed())
