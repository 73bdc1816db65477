"""DynamoDB's failures, as botocore and PynamoDB raise them, in our words."""

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import (
    ConnectionClosedError,
    ConnectTimeoutError,
    NoCredentialsError,
    ReadTimeoutError,
)
from botocore.stub import Stubber

from app.charging.errors import (
    ConditionFailed,
    StorageConflict,
    StorageError,
    StorageThrottled,
    StorageUnavailable,
    StorageUncertain,
)
from app.charging.ports import Absent, Put, Table
from app.storage.dynamo import DynamoTables
from app.storage.translation import translate
from tests.storage import engines

ONE = [Put({"pk": "T#t#S", "sk": "1"}, Absent())]
TWO = [*ONE, Put({"pk": "T#t#S", "sk": "2"}, Absent())]


@pytest.fixture
def tables() -> Iterator[DynamoTables]:
    tables = DynamoTables(engines.endpoint("http://127.0.0.1:9"), "never-asked")
    yield tables
    tables.close()


@pytest.fixture
def table(tables: DynamoTables) -> Table:
    return tables.tenant("t")


@pytest.fixture
def dynamodb(tables: DynamoTables) -> Iterator[Stubber]:
    with Stubber(tables._engine._connection.client) as stubber:
        yield stubber


def cancelled(dynamodb: Stubber, *codes: str) -> None:
    dynamodb.add_client_error(
        "transact_write_items",
        service_error_code="TransactionCanceledException",
        http_status_code=400,
        modeled_fields={"CancellationReasons": [{"Code": code} for code in codes]},
    )


async def raised(table: Table, operations: list[Put]) -> Exception:
    try:
        await table.write(operations)
    except Exception as error:
        return error
    pytest.fail("nothing was raised")


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (("ConditionalCheckFailed", "None"), ConditionFailed),
        (("TransactionConflict", "None"), StorageConflict),
        (("TransactionConflict", "TransactionConflict"), StorageConflict),
        (("None", "ThrottlingError"), StorageThrottled),
        (("ProvisionedThroughputExceeded", "None"), StorageThrottled),
        (("TransactionConflict", "ThrottlingError"), StorageThrottled),
        (("None", "ValidationError"), ValueError),
        (("TransactionConflict", "ValidationError"), ValueError),
        (("ItemCollectionSizeLimitExceeded", "None"), ValueError),
        (("AccessDenied", "None"), StorageUnavailable),
    ],
)
async def test_reasons_of_a_cancelled_transaction(
    table: Table, dynamodb: Stubber, codes: tuple[str, ...], expected: type[Exception]
) -> None:
    cancelled(dynamodb, *codes)
    assert type(await raised(table, TWO)) is expected


@pytest.mark.parametrize("other", ["TransactionConflict", "ThrottlingError", "ValidationError"])
async def test_a_failed_condition_is_told_before_any_other_reason(
    table: Table, dynamodb: Stubber, other: str
) -> None:
    cancelled(dynamodb, other, "ConditionalCheckFailed")
    error = await raised(table, TWO)
    assert isinstance(error, ConditionFailed)
    assert error.failed == (1,)


@pytest.mark.parametrize(
    ("code", "status", "expected"),
    [
        ("ConditionalCheckFailedException", 400, ConditionFailed),
        ("TransactionConflictException", 400, StorageConflict),
        ("ReplicatedWriteConflictException", 400, StorageConflict),
        ("TransactionInProgressException", 400, StorageUncertain),
        ("ThrottlingException", 400, StorageThrottled),
        ("ProvisionedThroughputExceededException", 400, StorageThrottled),
        ("RequestLimitExceeded", 400, StorageThrottled),
        ("ValidationException", 400, ValueError),
        ("InternalServerError", 500, StorageUncertain),
        ("ServiceUnavailable", 503, StorageUncertain),
        ("SomethingNew", 502, StorageUncertain),
        ("AccessDeniedException", 400, StorageUnavailable),
        ("ExpiredTokenException", 400, StorageUnavailable),
        ("ResourceNotFoundException", 400, StorageUnavailable),
    ],
)
async def test_errors_of_a_single_write(
    table: Table, dynamodb: Stubber, code: str, status: int, expected: type[Exception]
) -> None:
    dynamodb.add_client_error("put_item", service_error_code=code, http_status_code=status)
    assert type(await raised(table, ONE)) is expected


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ConnectTimeoutError(endpoint_url="x"), StorageUnavailable),
        (NoCredentialsError(), StorageUnavailable),
        (ReadTimeoutError(endpoint_url="x"), StorageUncertain),
        (ConnectionClosedError(endpoint_url="x"), StorageUncertain),
    ],
)
def test_failures_without_an_answer(error: Any, expected: type[Exception]) -> None:
    assert type(translate(error)) is expected


async def test_where_nobody_listens_nothing_was_sent(table: Table) -> None:
    assert isinstance(await raised(table, ONE), StorageUnavailable)


async def test_a_read_is_asked_again_when_its_answer_is_lost(
    table: Table, dynamodb: Stubber
) -> None:
    dynamodb.add_client_error("get_item", "InternalServerError", http_status_code=500)
    dynamodb.add_response("get_item", {"Item": {"pk": {"S": "T#t#S"}, "sk": {"S": "1"}}})
    assert await table.get(ONE[0].key) == {"pk": "T#t#S", "sk": "1"}


async def test_a_read_that_stays_throttled_is_told(table: Table, dynamodb: Stubber) -> None:
    for _ in range(engines.endpoint("http://127.0.0.1:9").read_attempts):
        dynamodb.add_client_error("get_item", "ThrottlingException", http_status_code=400)
    with pytest.raises(StorageThrottled):
        await table.get(ONE[0].key)
    dynamodb.assert_no_pending_responses()


async def test_a_write_whose_answer_is_lost_is_sent_once() -> None:
    """A server that takes the request and hangs up: counted, and told as uncertain."""
    with engines.Silent() as silent:
        tables = DynamoTables(engines.endpoint(silent.url), "never-answers")
        with pytest.raises(StorageUncertain):
            await tables.tenant("t").write(ONE)
        tables.close()
        assert silent.requests == 1


async def test_a_write_whose_answer_is_late_is_uncertain() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        tables = DynamoTables(engines.endpoint(url, read_timeout_s=0.2), "never-answers")
        with pytest.raises(StorageUncertain):
            await tables.tenant("t").write(TWO)
        tables.close()


def test_all_are_told_apart_from_what_the_sender_can_mend() -> None:
    for error in (StorageConflict, StorageThrottled, StorageUncertain, ConditionFailed):
        assert issubclass(error, StorageError)
