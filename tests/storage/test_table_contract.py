"""The table's contract on every engine."""

from collections.abc import Iterator

import pytest

from app.charging.ports import AtMost, Condition, Equals, Tables
from app.storage.dynamo import DynamoTables
from app.storage.memory import MemoryTables
from tests.contracts.table import TableContract
from tests.contracts.table_conditions import FAIL_ON_THE_ROW
from tests.contracts.table_world import World
from tests.storage import engines

MOTO_DIFFERS = [
    Equals({"missing": None}),  # what is absent equals NULL there
    Equals({"yes": 1}),  # as in Python, True == 1
    AtMost("s", 10),  # comparing a text with a number crashes it
]


@pytest.fixture(scope="module")
def moto_tables() -> Iterator[DynamoTables]:
    with engines.moto_server() as url, engines.dynamo(url) as tables:
        yield tables


@pytest.fixture(scope="module")
def ministack_tables(ministack_endpoint: str) -> Iterator[DynamoTables]:
    with engines.dynamo(ministack_endpoint) as tables:
        yield tables


@pytest.fixture(scope="module")
def dynamodb_local_tables(dynamodb_local_endpoint: str) -> Iterator[DynamoTables]:
    with engines.dynamo(dynamodb_local_endpoint) as tables:
        yield tables


class TestMemory(TableContract):
    @pytest.fixture
    def tables(self) -> Tables:
        return MemoryTables()


class TestMoto(TableContract):
    @pytest.fixture
    def tables(self, moto_tables: DynamoTables) -> Tables:
        return moto_tables

    @pytest.mark.parametrize(
        "condition", [each for each in FAIL_ON_THE_ROW if each not in MOTO_DIFFERS], ids=repr
    )
    async def test_fails_on_a_row(self, world: World, condition: Condition) -> None:
        await super().test_fails_on_a_row(world, condition)


class TestMinistack(TableContract):
    @pytest.fixture
    def tables(self, ministack_tables: DynamoTables) -> Tables:
        return ministack_tables


class TestDynamoDBLocal(TableContract):
    @pytest.fixture
    def tables(self, dynamodb_local_tables: DynamoTables) -> Tables:
        return dynamodb_local_tables
