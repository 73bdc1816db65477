from __future__ import annotations

import pytest

from tests.checkout.world import Shop


@pytest.fixture
async def shop() -> Shop:
    return await Shop().opens()
