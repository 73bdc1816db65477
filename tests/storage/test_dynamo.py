"""What is DynamoDB's alone: threads, scopes in them, limits set by us."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from app.charging.errors import StorageThrottled, StorageUncertain
from app.charging.ports import Key, Put
from app.storage.connection import Credentials, Endpoint, GuardedConnection
from app.storage.dynamo import DynamoTables
from app.storage.guard import require_allowed
from app.storage.scope import Scope
from tests.storage import engines


@pytest.fixture(scope="module")
def tables() -> Iterator[DynamoTables]:
    with engines.moto_server() as url, engines.dynamo(url) as tables:
        yield tables


async def test_tenants_at_once_keep_their_scopes(tables: DynamoTables) -> None:
    """More calls than threads, of many tenants: each reads its own row back."""

    async def write_and_read(tenant: str) -> object:
        pk = f"T#{tenant}#S"
        await tables.tenant(tenant).write([Put({"pk": pk, "sk": "1", "of": tenant})])
        found = await tables.tenant(tenant).get(Key(pk, "1"))
        return found and found["of"]

    tenants = [f"tenant-{number}" for number in range(60)]
    assert await asyncio.gather(*map(write_and_read, tenants)) == tenants


async def test_a_call_leaves_no_scope_behind(tables: DynamoTables) -> None:
    await tables.tenant("a").get(Key("T#a#S", "1"))
    with pytest.raises(PermissionError):
        tables._engine._connection.client.get_item(
            TableName="any", Key={"pk": {"S": "T#a#S"}, "sk": {"S": "1"}}
        )


@pytest.mark.parametrize("passing", [StorageThrottled("slower"), StorageUncertain("no answer")])
async def test_a_read_that_failed_in_passing_is_asked_again(
    tables: DynamoTables, monkeypatch: pytest.MonkeyPatch, passing: Exception
) -> None:
    sent, dispatch = list[str](), tables._engine._dispatch

    def fails_once(scope: Scope, name: str, params: dict[str, Any]) -> dict[str, Any]:
        sent.append(name)
        if len(sent) == 1:
            raise passing
        return dispatch(scope, name, params)

    monkeypatch.setattr(tables._engine, "_dispatch", fails_once)
    assert await tables.tenant("a").get(Key("T#a#S", "none")) is None
    assert sent == ["GetItem", "GetItem"]


async def test_a_write_is_sent_once(tables: DynamoTables, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = list[str]()

    def fails(scope: Scope, name: str, params: dict[str, Any]) -> dict[str, Any]:
        sent.append(name)
        raise StorageThrottled("slower")

    monkeypatch.setattr(tables._engine, "_dispatch", fails)
    with pytest.raises(StorageThrottled):
        await tables.tenant("a").write([Put({"pk": "T#a#S", "sk": "1"})])
    assert sent == ["PutItem"]


def test_waits_and_tries_are_ours_and_not_the_defaults() -> None:
    connection = GuardedConnection(
        Endpoint("eu-central-1", connect_timeout_s=0.5, read_timeout_s=1.5, threads=3)
    )
    config = connection.client._client_config
    assert config.connect_timeout == 0.5
    assert config.read_timeout == 1.5
    assert config.max_pool_connections == 3
    assert config.retries["total_max_attempts"] == 1


def test_every_client_is_guarded_even_one_made_later() -> None:
    connection = GuardedConnection(engines.endpoint("http://127.0.0.1:9"))
    for _ in range(2):
        with pytest.raises(PermissionError):
            connection.client.scan(TableName="any")
        connection._client = None


def test_secrets_are_not_shown() -> None:
    shown = repr(Endpoint("r", None, Credentials("id", "very secret", "token too")))
    assert "secret" not in shown.replace("secret_access_key", "")
    assert "token too" not in shown


def test_administration_needs_no_scope() -> None:
    for operation in ("CreateTable", "DescribeTable", "UpdateTimeToLive", "DescribeTimeToLive"):
        require_allowed(operation, {"TableName": "any"}, None)
