"""A little memory of this process, for answers that may be a few seconds old."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Generic, TypeVar

V = TypeVar("V")
_MOST = 10_000


class Remembered(Generic[V]):
    """Values by key, each for so many seconds; the oldest make room."""

    def __init__(self, seconds: float) -> None:
        self._life = timedelta(seconds=seconds)
        self._values: OrderedDict[str, tuple[datetime, V]] = OrderedDict()

    def get(self, key: str, now: datetime) -> V | None:
        """The value if it is young enough."""
        at, value = self._values.get(key, (None, None))
        # A clock that was set back must not make it last longer.
        return value if at is not None and abs(now - at) < self._life else None

    def put(self, key: str, value: V, now: datetime) -> None:
        """Remember it from now on."""
        self._values[key] = (now, value)
        self._values.move_to_end(key)
        if len(self._values) > _MOST:
            self._values.popitem(last=False)
