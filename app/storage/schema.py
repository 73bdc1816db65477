"""The one table: its keys, its index, its time to live; made where it is absent.

On AWS the table is made by the stacks in ``infra/cdk``; this makes it everywhere else.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError
from pynamodb.connection import Connection
from pynamodb.connection.base import MetaTable
from pynamodb.exceptions import TableDoesNotExist, TableError

DUE_INDEX = "due"
EXPIRY_ATTRIBUTE = "expires_at"
"""Rows with this attribute (seconds since 1970) are deleted some time after that moment."""

_ATTRIBUTES = [
    {"AttributeName": "pk", "AttributeType": "S"},
    {"AttributeName": "sk", "AttributeType": "S"},
    {"AttributeName": "due_shard", "AttributeType": "S"},
    {"AttributeName": "due_at", "AttributeType": "N"},
]
_KEY = [
    {"AttributeName": "pk", "KeyType": "HASH"},
    {"AttributeName": "sk", "KeyType": "RANGE"},
]
_DUE_KEY = [
    {"AttributeName": "due_shard", "KeyType": "HASH"},
    {"AttributeName": "due_at", "KeyType": "RANGE"},
]
_POLL_S = 0.1
_EXPIRING = ("ENABLED", "ENABLING")


@dataclass(frozen=True, slots=True)
class TableReport:
    """What a table says of itself; None where it does not tell."""

    status: str
    has_our_shape: bool
    expires_rows: bool | None
    recovers_to_a_moment: bool | None


def meta_table(name: str) -> MetaTable:
    """The table's shape as PynamoDB wants it, without asking the table first."""
    return MetaTable(
        {
            "TableName": name,
            "AttributeDefinitions": _ATTRIBUTES,
            "KeySchema": _KEY,
            "GlobalSecondaryIndexes": [{"IndexName": DUE_INDEX, "KeySchema": _DUE_KEY}],
        }
    )


def ensure_table(connection: Connection, name: str, *, patience_s: float = 60) -> None:
    """Make the table if it is absent and return once it is ready; several may do so at once.

    Raises ``ValueError`` if a table of this name has another shape.
    """
    if _described(connection, name) is None:
        _create(connection, name)
    _require_shape(_when_active(connection, name, patience_s))
    _expire_rows(connection, name)


def report(connection: Connection, name: str) -> TableReport | None:
    """How the table is; None where there is none."""
    described = _described(connection, name)
    if described is None:
        return None
    return TableReport(
        described["TableStatus"],
        _has_our_shape(described),
        _told(lambda: _ttl(connection, name) in _EXPIRING),
        _told(lambda: _recovery(connection, name) == "ENABLED"),
    )


def _told(ask: Callable[[], bool]) -> bool | None:
    try:
        return ask()
    except (ClientError, KeyError):  # not allowed here, or unknown to an engine that is not AWS
        return None


def _described(connection: Connection, name: str) -> dict[str, Any] | None:
    try:
        described: dict[str, Any] = connection.describe_table(name)
    except TableDoesNotExist:
        return None
    return described


def _create(connection: Connection, name: str) -> None:
    try:
        connection.create_table(
            name,
            attribute_definitions=_ATTRIBUTES,
            key_schema=_KEY,
            billing_mode="PAY_PER_REQUEST",
            global_secondary_indexes=[
                {
                    "index_name": DUE_INDEX,
                    "key_schema": _DUE_KEY,
                    "projection": {"ProjectionType": "KEYS_ONLY"},
                }
            ],
        )
    except TableError as error:
        if error.cause_response_code != "ResourceInUseException":  # another was faster
            raise


def _when_active(connection: Connection, name: str, patience_s: float) -> dict[str, Any]:
    give_up_at = time.monotonic() + patience_s
    while time.monotonic() < give_up_at:
        described = _described(connection, name)
        if described is not None and described["TableStatus"] == "ACTIVE":
            return described
        time.sleep(_POLL_S)
    raise TimeoutError(f"table {name} did not become active within {patience_s:g} s")


def _require_shape(described: dict[str, Any]) -> None:
    if not _has_our_shape(described):
        raise ValueError(f"table {described['TableName']} exists with another shape")


def _has_our_shape(described: dict[str, Any]) -> bool:
    indexes = {
        index["IndexName"]: index["KeySchema"]
        for index in described.get("GlobalSecondaryIndexes", ())
    }
    return bool(described["KeySchema"] == _KEY and indexes.get(DUE_INDEX) == _DUE_KEY)


def _expire_rows(connection: Connection, name: str) -> None:
    if _expires(connection, name):
        return
    try:
        connection.update_time_to_live(name, EXPIRY_ATTRIBUTE)
    except TableError:
        if not _expires(connection, name):  # else another was faster
            raise


def _expires(connection: Connection, name: str) -> bool:
    try:
        return _ttl(connection, name) in _EXPIRING
    except ClientError:
        return False


def _ttl(connection: Connection, name: str) -> str | None:
    client: Any = connection.client  # PynamoDB types it as what PynamoDB itself calls
    status: str | None = client.describe_time_to_live(TableName=name)["TimeToLiveDescription"].get(
        "TimeToLiveStatus"
    )
    return status


def _recovery(connection: Connection, name: str) -> str:
    client: Any = connection.client
    told = client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
    return str(told["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"])
