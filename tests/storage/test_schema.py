"""The table is made where it is absent, once, whoever comes first."""

import asyncio
import uuid
from collections.abc import Iterator

import boto3
import pytest

from app.charging.errors import Unavailable
from app.charging.ports import Put
from app.storage.connection import GuardedConnection
from app.storage.dynamo import DynamoTables
from app.storage.schema import ensure_table
from tests.storage import engines


@pytest.fixture(scope="module")
def moto_url() -> Iterator[str]:
    with engines.moto_server() as url:
        yield url


@pytest.fixture(params=["moto", "ministack", "dynamodb_local"])
def url(request: pytest.FixtureRequest) -> str:
    name = "moto_url" if request.param == "moto" else f"{request.param}_endpoint"
    found: str = request.getfixturevalue(name)
    return found


@pytest.fixture
def name() -> str:
    return f"strom-{uuid.uuid4().hex}"


def described(url: str, name: str) -> dict:
    client = boto3.client("dynamodb", endpoint_url=url, region_name=engines.REGION)
    table = client.describe_table(TableName=name)["Table"]
    expiry = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    client.close()
    return {**table, "expiry": expiry}


def test_the_table_has_keys_index_and_expiry(url: str, name: str) -> None:
    connection = GuardedConnection(engines.endpoint(url))
    ensure_table(connection, name)
    table = described(url, name)
    assert {each["AttributeName"]: each["KeyType"] for each in table["KeySchema"]} == {
        "pk": "HASH",
        "sk": "RANGE",
    }
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == "due"
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert table["BillingModeSummary"]["BillingMode"] == "PAY_PER_REQUEST"
    assert table["expiry"]["AttributeName"] == "expires_at"
    assert table["expiry"]["TimeToLiveStatus"] == "ENABLED"


async def test_many_may_make_it_at_once_and_again(url: str, name: str) -> None:
    makers = [DynamoTables(engines.endpoint(url, threads=1), name) for _ in range(8)]
    await asyncio.gather(*(each.ensure_table() for each in makers))
    await makers[0].tenant("t").write([Put({"pk": "T#t#S", "sk": "1"})])
    await makers[1].ensure_table()
    page = await makers[1].tenant("t").query("T#t#S")
    assert page.items == [{"pk": "T#t#S", "sk": "1"}]
    for each in makers:
        each.close()


def test_a_table_of_another_shape_is_not_taken(moto_url: str, name: str) -> None:
    client = boto3.client("dynamodb", endpoint_url=moto_url, region_name=engines.REGION)
    client.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client.close()
    with pytest.raises(ValueError, match="another shape"):
        ensure_table(GuardedConnection(engines.endpoint(moto_url)), name)


async def test_where_nobody_listens_it_is_told() -> None:
    tables = DynamoTables(engines.endpoint("http://127.0.0.1:9"), "none")
    with pytest.raises(Unavailable):
        await tables.ensure_table()
    tables.close()
