"""The driver's pages without a network."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.portal.driver import samples
from tests.portal.driver.world import DriverWorld, make_world


@pytest.fixture
def world() -> DriverWorld:
    return make_world()


@pytest.fixture
async def browser(world: DriverWorld) -> AsyncIterator[httpx.AsyncClient]:
    """Asks as browsers do; follows nothing."""
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=world.app),  # type: ignore[arg-type]  # same protocol, other aliases
        base_url=f"https://{samples.HOST}",
        headers={"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": "en"},
    ) as client:
        yield client
