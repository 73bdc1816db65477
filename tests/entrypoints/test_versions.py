"""Rows that are not all there, or not written as we write them, are not served."""

from __future__ import annotations

import subprocess
import uuid
from pathlib import Path

import pytest

from app.charging.ports import Put
from app.records.schema_version import KEY, SCHEMA_VERSION, SchemaRow
from app.storage.dynamo import DynamoTables
from tests.journeys.serving import STROM
from tests.storage.engines import endpoint
from tests.support.servers import bare_environment, free_port


@pytest.mark.parametrize(
    ("row", "words", "line"),
    [
        (SchemaRow(SCHEMA_VERSION + 1), ["serve"], "a newer Strom wrote this table"),
        (SchemaRow(SCHEMA_VERSION + 1), ["migrate"], "a newer Strom wrote this table"),
        (SchemaRow(SCHEMA_VERSION - 1), ["audit", "x"], "run `strom migrate` first"),
        (SchemaRow(SCHEMA_VERSION, restoring="half"), ["serve"], "run `strom restore` again"),
    ],
    ids=["newer", "newer, migrated", "older, looked at", "half restored"],
)
async def test_what_may_not_be_served_is_one_line(
    row: SchemaRow, words: list[str], line: str, tmp_path: Path, ministack_endpoint: str
) -> None:
    table = f"version-{uuid.uuid4().hex}"
    tables = DynamoTables(endpoint(ministack_endpoint), table)
    await tables.ensure_table()
    await tables.whole().write([Put(row.item())])
    done = subprocess.run(
        [str(STROM), *words],
        env=bare_environment(
            STROM_DATA_DIR=str(tmp_path / "data"),
            STROM_DYNAMODB_ENDPOINT=ministack_endpoint,
            STROM_TABLE=table,
            STROM_HTTP_PORT=str(free_port()),
            STROM_EDGE_PORT=str(free_port()),
            STROM_LOG_LEVEL="WARNING",
        ),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 1
    assert done.stderr.startswith("strom: ")
    assert line in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert await tables.whole().get(KEY) == row.item()
    tables.close()
