"""Trying again, as people do when something does not answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx

from tests.support.lnbits import LnbitsError

T = TypeVar("T")
PATIENCE_S = 60.0
PAUSE_S = 0.15
NOT_NOW = (httpx.HTTPError, LnbitsError, AssertionError, KeyError)


async def patiently(
    attempt: Callable[[], Awaitable[T | None]], what: str, patience_s: float = PATIENCE_S
) -> T:
    """Again and again until it comes to something true."""
    give_up_at = time.monotonic() + patience_s
    last: object = None
    while time.monotonic() < give_up_at:
        try:
            last = await attempt()
            if last:
                return last
        except NOT_NOW as error:
            last = error
        await asyncio.sleep(PAUSE_S)
    raise TimeoutError(f"waited {patience_s:.0f} s for {what}; last: {last!r}")
