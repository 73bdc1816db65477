"""An installation that nobody serves, over a real table."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from app.bootstrap.foundation import SystemClock
from app.bootstrap.local import local_tables
from app.bootstrap.own_keys import require_own_keys
from app.charging.ports import Clock
from app.entrypoints.doctor.examining import standing
from app.entrypoints.doctor.ground import Ground
from app.settings import Settings, read_settings
from tests.support.servers import free_port
from tests.support.table_line import TableLine, table_line

Stands = Callable[..., AbstractAsyncContextManager[Ground]]


@pytest.fixture(scope="module")
def line(ministack_endpoint: str) -> Iterator[TableLine]:
    with table_line(ministack_endpoint) as line:
        yield line


@pytest.fixture
async def settings(line: TableLine, tmp_path: Path) -> Settings:
    """With a table, and keys that are its own."""
    line.state = "up"
    made = read_settings(
        data_dir=tmp_path / "data",
        dynamodb_endpoint=line.url,
        table=f"doctor-{uuid4().hex[:8]}",
        http_port=free_port(),
        edge_port=free_port(),
        fixed_rates={"EUR": 1_000_000},
        allow_private_hosts=True,
        sign_up="invited",
    )
    async with local_tables(made) as tables:
        await require_own_keys(tables, made.data_dir)
    return made


@pytest.fixture
def stands(settings: Settings) -> Stands:
    """What looks stand on, with other settings where a test wants them."""

    @asynccontextmanager
    async def stands(clock: Clock | None = None, **changes: Any) -> AsyncIterator[Ground]:
        other = settings.changed(**changes)
        async with standing(other, clock or SystemClock()) as ground:
            yield ground

    return stands
