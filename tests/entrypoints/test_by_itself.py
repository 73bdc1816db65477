"""Edge and worker by themselves: what they need is named; what they count is counted."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.charging.errors import Unavailable
from app.charging.ports import Put
from app.entrypoints.emf import metric_line
from app.entrypoints.sweeping import AGAIN_AFTER_S, HandedOver
from app.records.effects import EffectRef
from app.records.schema_version import SCHEMA_VERSION, SchemaRow
from app.storage.connection import Credentials, Endpoint
from app.storage.dynamo import DynamoTables
from tests.support.aws import REGION
from tests.support.on_aws import Installation, install
from tests.support.servers import bare_environment

STROM = Path(sys.executable).with_name("strom")


@pytest.mark.parametrize(
    ("role", "missing"), [("edge", "STROM_INTERNAL_URL"), ("worker", "STROM_KMS_KEY")]
)
def test_a_missing_setting_is_one_line_that_names_it(
    role: str, missing: str, tmp_path: Path
) -> None:
    bare = {key: value for key, value in os.environ.items() if not key.startswith("STROM_")}
    done = subprocess.run([STROM, role], env=bare, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == f"strom: {missing}: is needed on AWS"
    assert "Traceback" not in done.stderr


def test_a_worker_that_does_not_know_the_rows_does_not_start(
    ministack_endpoint: str, tmp_path: Path
) -> None:
    installation = asyncio.run(install(ministack_endpoint, tmp_path))
    asyncio.run(written_by_a_later_one(installation))
    environment = bare_environment(
        AWS_ACCESS_KEY_ID="testing",
        AWS_SECRET_ACCESS_KEY="testing",
        **installation.environment,
    )
    done = subprocess.run(
        [STROM, "worker"], env=environment, cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "sweeps" not in done.stderr


async def written_by_a_later_one(installation: Installation) -> None:
    settings = installation.settings
    keys = Credentials("local", "local")
    tables = DynamoTables(Endpoint(REGION, settings.dynamodb_endpoint, keys), settings.table)
    await tables.directory().write([Put(SchemaRow(SCHEMA_VERSION + 1).item())])
    tables.close()


def test_a_line_of_numbers_is_what_cloudwatch_reads() -> None:
    line = json.loads(metric_line("strom-dev", {"Connected": (3, "Count")}, 1_700_000_000_000))
    assert line["Connected"] == 3
    (about,) = line["_aws"]["CloudWatchMetrics"]
    assert about == {
        "Namespace": "strom-dev",
        "Dimensions": [[]],
        "Metrics": [{"Name": "Connected", "Unit": "Count"}],
    }
    assert line["_aws"]["Timestamp"] == 1_700_000_000_000


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at

    async def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)


async def test_the_same_is_handed_over_again_only_when_it_is_still_due_later() -> None:
    clock, handed = Clock(), list[EffectRef]()

    async def put(ref: EffectRef) -> None:
        handed.append(ref)

    hand_over = HandedOver(put, clock)
    one, other = EffectRef("t", "T#t#S#1", "E#a"), EffectRef("t", "T#t#S#2", "E#a")
    for _ in range(3):
        await hand_over(one)
    await hand_over(other)
    assert handed == [one, other]
    await clock.sleep(AGAIN_AFTER_S + 1)
    await hand_over(one)
    assert handed == [one, other, one]
    assert len(hand_over._at) == 1  # what is long past is forgotten


async def test_what_could_not_be_handed_over_is_tried_at_the_next_turn() -> None:
    tries: list[EffectRef] = []

    async def fails_once(ref: EffectRef) -> None:
        tries.append(ref)
        if len(tries) == 1:
            raise Unavailable("the queue does not answer")

    hand_over = HandedOver(fails_once, Clock())
    ref = EffectRef("t", "T#t#S#1", "E#a")
    with pytest.raises(Unavailable):
        await hand_over(ref)
    await hand_over(ref)
    assert len(tries) == 2
