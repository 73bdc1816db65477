"""Counted tries do not pile up."""

from datetime import timedelta

from app.records.attempts import Allowance, Attempts, _key
from app.storage.schema import EXPIRY_ATTRIBUTE
from tests.support.tenancy import House


async def test_a_count_is_dropped_by_the_table_when_its_window_is_over(house: House) -> None:
    attempts = Attempts(house.tables, house.clock)
    now = int(house.clock.now().timestamp())

    await attempts.take("sign-up", "ada", Allowance(3, timedelta(hours=1)))

    row = await house.tables.directory().get(_key("sign-up", "ada", now // 3600))
    assert row is not None
    assert row[EXPIRY_ATTRIBUTE] == (now // 3600 + 1) * 3600
