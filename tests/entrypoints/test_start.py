"""What is there before Strom serves."""

from pathlib import Path

import pytest

from app.bootstrap import local
from app.charging.errors import StorageUncertain, Unavailable
from app.entrypoints.loops import LocalQueue
from app.settings import read_settings


class SlowTable:
    """Answers the third time."""

    def __init__(self, answers_at: int) -> None:
        self.asked = 0
        self.answers_at = answers_at

    async def ensure(self) -> None:
        self.asked += 1
        if self.asked < self.answers_at:
            raise StorageUncertain("no answer")


async def test_a_table_that_wakes_up_slowly_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "TABLE_PAUSES_S", (0, 0))
    slow = SlowTable(answers_at=3)

    await local.ready(slow.ensure)

    assert slow.asked == 3


async def test_a_table_that_is_not_there_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local, "TABLE_PAUSES_S", (0, 0))

    with pytest.raises(StorageUncertain):
        await local.ready(SlowTable(answers_at=9).ensure)


async def test_without_a_table_it_is_said_what_to_set(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(local, "TABLE_PAUSES_S", ())
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)

    with pytest.raises(Unavailable, match="set STROM_DYNAMODB_ENDPOINT"):
        async with local.local_foundation(read_settings(data_dir=tmp_path), LocalQueue()):
            pass
