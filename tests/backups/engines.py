"""A fresh table of each engine, for tests that look at all of it."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import AsyncIterator

import pytest

from app.storage.dynamo import DynamoTables
from app.storage.memory import MemoryTables
from tests.storage.engines import endpoint
from tests.support import servers

ENGINES = ("memory", "dynamodb-local", "ministack")


@contextlib.asynccontextmanager
async def tables_of(engine: str) -> AsyncIterator[MemoryTables | DynamoTables]:
    if engine == "memory":
        yield MemoryTables()
        return
    try:
        url = servers.shared(engine).url
    except servers.MissingPartError as reason:
        pytest.skip(str(reason))
    tables = DynamoTables(endpoint(url), f"strom-{uuid.uuid4().hex}")
    try:
        await tables.ensure_table()
        yield tables
    finally:
        tables.close()
