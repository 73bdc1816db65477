from __future__ import annotations

import pytest

from tests.support.tenancy import House


@pytest.fixture
def house() -> House:
    return House()
