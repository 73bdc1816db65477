import pytest

from tests.checkout.world import Shop


@pytest.fixture
async def shop() -> Shop:
    """An open shop with one plug."""
    return await Shop().opens()
