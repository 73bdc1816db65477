"""Waiting for a condition, never for a time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE_S = 40.0
PAUSE_S = 0.1


async def until(
    look: Callable[[], Awaitable[T]],
    reached: Callable[[T], bool],
    what: str,
    *,
    patience_s: float = PATIENCE_S,
) -> T:
    """Look again and again until it is so; what was seen last is told when it never is."""
    give_up_at = time.monotonic() + patience_s
    while not reached(seen := await look()):
        assert time.monotonic() < give_up_at, f"waited {patience_s:.0f} s for {what}; last: {seen}"
        await asyncio.sleep(PAUSE_S)
    return seen
