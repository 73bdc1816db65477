"""The guard refuses another tenant's key in every kind of request, views or no views."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from app.charging.ports import Tables
from app.storage.connection import GuardedConnection
from app.storage.guard import _scope, require_allowed, within
from app.storage.schema import ensure_table
from app.storage.scope import DIRECTORY, DUE, WHOLE, Scope, tenant_scope
from tests.storage import engines

TABLE = "guarded"
OURS = "T#ours#S#1"
FOREIGN = ["T#theirs#S#1", "T#ours", "T#oursx#S#1", "G#address#a", "", "DUE#0"]

Params = dict[str, Any]


def key(pk: str) -> Params:
    return {"pk": {"S": pk}, "sk": {"S": "row"}}


def on_key(pk: str) -> Params:
    return {"TableName": TABLE, "Key": key(pk)}


def on_item(pk: str) -> Params:
    return {"TableName": TABLE, "Item": key(pk)}


def query(pk: str, condition: str = "#h = :h", name: str = "pk", **more: Any) -> Params:
    names = {"#h": name, "#r": "sk"}
    values = {":h": pk, ":r": "x", ":ours": OURS}
    return {
        "TableName": TABLE,
        "KeyConditionExpression": condition,
        "ExpressionAttributeNames": {mark: names[mark] for mark in names if mark in condition},
        "ExpressionAttributeValues": {
            mark: {"S": values[mark]} for mark in values if mark in condition
        },
        **more,
    }


def transaction(*entries: Params) -> Params:
    return {"TransactItems": list(entries)}


def on_update(pk: str) -> Params:
    return {
        **on_key(pk),
        "UpdateExpression": "SET x = :x",
        "ExpressionAttributeValues": {":x": {"S": "x"}},
    }


def checked(pk: str) -> Params:
    return {**on_key(pk), "ConditionExpression": "attribute_not_exists(nothing)"}


REQUESTS: dict[str, Callable[[str], tuple[str, Params]]] = {
    "get": lambda pk: ("GetItem", on_key(pk)),
    "put": lambda pk: ("PutItem", on_item(pk)),
    "update": lambda pk: ("UpdateItem", on_update(pk)),
    "delete": lambda pk: ("DeleteItem", on_key(pk)),
    "query": lambda pk: ("Query", query(pk)),
    "query with a literal name": lambda pk: (
        "Query",
        {
            "TableName": TABLE,
            "KeyConditionExpression": "pk = :h",
            "ExpressionAttributeValues": {":h": {"S": pk}},
        },
    ),
    "query with a sort key": lambda pk: ("Query", query(pk, "(#h = :h AND begins_with(#r, :r))")),
    "transacted put": lambda pk: ("TransactWriteItems", transaction({"Put": on_item(pk)})),
    "transacted update": lambda pk: ("TransactWriteItems", transaction({"Update": on_update(pk)})),
    "transacted delete": lambda pk: ("TransactWriteItems", transaction({"Delete": on_key(pk)})),
    "transacted check": lambda pk: (
        "TransactWriteItems",
        transaction({"ConditionCheck": checked(pk)}),
    ),
    "second of a transaction": lambda pk: (
        "TransactWriteItems",
        transaction({"Put": on_item("T#ours#S#2")}, {"Delete": on_key(pk)}),
    ),
    "transacted get": lambda pk: ("TransactGetItems", transaction({"Get": on_key(pk)})),
    "batch get": lambda pk: (
        "BatchGetItem",
        {"RequestItems": {TABLE: {"Keys": [key("T#ours#S#2"), key(pk)]}}},
    ),
    "batch put": lambda pk: (
        "BatchWriteItem",
        {"RequestItems": {TABLE: [{"PutRequest": {"Item": key(pk)}}]}},
    ),
    "batch delete": lambda pk: (
        "BatchWriteItem",
        {"RequestItems": {TABLE: [{"DeleteRequest": {"Key": key(pk)}}]}},
    ),
}


@pytest.fixture(scope="module")
def connection() -> Iterator[GuardedConnection]:
    """The connection itself, as code that goes around the views would use it."""
    with engines.moto_server() as url:
        connection = GuardedConnection(engines.endpoint(url))
        ensure_table(connection, TABLE)
        yield connection
        connection.client.close()


@pytest.mark.parametrize("request_name", REQUESTS)
def test_a_tenants_own_key_passes(connection: GuardedConnection, request_name: str) -> None:
    with within(tenant_scope("ours")):
        connection.dispatch(*REQUESTS[request_name](OURS))


@pytest.mark.parametrize("pk", FOREIGN)
@pytest.mark.parametrize("request_name", REQUESTS)
def test_another_key_is_refused(connection: GuardedConnection, request_name: str, pk: str) -> None:
    with within(tenant_scope("ours")), pytest.raises(PermissionError):
        connection.dispatch(*REQUESTS[request_name](pk))


@pytest.mark.parametrize("request_name", REQUESTS)
def test_without_a_scope_nothing_passes(connection: GuardedConnection, request_name: str) -> None:
    with pytest.raises(PermissionError):
        connection.dispatch(*REQUESTS[request_name](OURS))


@pytest.mark.parametrize("request_name", REQUESTS)
def test_the_due_scope_reaches_no_row(connection: GuardedConnection, request_name: str) -> None:
    with within(DUE), pytest.raises(PermissionError):
        connection.dispatch(*REQUESTS[request_name](OURS))


@pytest.mark.parametrize("request_name", REQUESTS)
def test_the_directory_reaches_no_tenant(connection: GuardedConnection, request_name: str) -> None:
    with within(DIRECTORY), pytest.raises(PermissionError):
        connection.dispatch(*REQUESTS[request_name](OURS))


def test_a_client_that_is_used_by_itself_is_guarded_too(connection: GuardedConnection) -> None:
    with within(tenant_scope("ours")), pytest.raises(PermissionError):
        connection.client.get_item(**on_key("T#theirs#S#1"))


@pytest.mark.parametrize("scope", [None, tenant_scope("ours"), DIRECTORY, DUE], ids=repr)
@pytest.mark.parametrize("operation", ["Scan", "DeleteTable", "ListTables", "UpdateTable"])
def test_a_scan_and_what_ends_a_table_is_never_allowed(
    connection: GuardedConnection, operation: str, scope: Scope | None
) -> None:
    with pytest.raises(PermissionError):
        require_allowed(operation, {"TableName": TABLE}, scope)
    if scope is not None:
        with within(scope), pytest.raises(PermissionError):
            connection.dispatch(operation, {"TableName": TABLE})


def test_partiql_is_never_allowed() -> None:
    for operation in ("ExecuteStatement", "BatchExecuteStatement", "ExecuteTransaction"):
        with pytest.raises(PermissionError):
            require_allowed(operation, {"Statement": "SELECT * FROM t"}, tenant_scope("ours"))


@pytest.mark.parametrize(
    ("operation", "params"),
    [
        ("TransactWriteItems", transaction()),
        ("TransactWriteItems", transaction({})),
        ("BatchGetItem", {"RequestItems": {}}),
        ("BatchGetItem", {"RequestItems": {TABLE: {"Keys": []}}}),
        ("BatchWriteItem", {"RequestItems": {TABLE: []}}),
        ("GetItem", {"TableName": TABLE, "Key": {}}),
        ("GetItem", {"TableName": TABLE, "Key": {"pk": {"N": "1"}}}),
        ("GetItem", {"TableName": TABLE, "Key": {"pk": OURS}}),
    ],
)
def test_a_request_without_keys_is_refused(operation: str, params: Params) -> None:
    with pytest.raises(PermissionError):
        require_allowed(operation, params, tenant_scope("ours"))


@pytest.mark.parametrize(
    "params",
    [
        query(OURS, IndexName="due"),
        query(OURS, name="due_shard"),
        query("T#theirs#", "#h = :h AND begins_with(#r, :ours)"),
        query(OURS, "begins_with(#h, :h)"),
        query(OURS, "#h > :h"),
        query(OURS, "#h = :h OR #h = :r"),
        query(OURS, "#h = :h) OR (#h = :r"),
        query(OURS, "#h = :h AND #r = :r OR #h = :r"),
        query(OURS, "(#h = :h AND #r = :r) or #h = :r"),
        query(OURS, "#r = :h AND #h = :r"),
        query(OURS, "#h = :missing"),
        query(OURS, ""),
        {"TableName": TABLE, "KeyConditions": {"pk": {"AttributeValueList": [{"S": OURS}]}}},
    ],
)
def test_a_query_in_another_form_is_refused(params: Params) -> None:
    with pytest.raises(PermissionError):
        require_allowed("Query", params, tenant_scope("ours"))


def test_the_due_scope_reads_the_due_index() -> None:
    due = query("DUE#0", "#h = :h AND #r <= :r", name="due_shard", IndexName="due")
    require_allowed("Query", due, DUE)
    for wrong in (
        query("DUE#0", name="due_shard"),
        query("DUE#0", name="pk", IndexName="due"),
        query("DUE#0", name="due_shard", IndexName="other"),
    ):
        with pytest.raises(PermissionError):
            require_allowed("Query", wrong, DUE)


def test_a_scope_ends_with_its_block() -> None:
    with within(tenant_scope("ours")):
        with within(tenant_scope("theirs")), pytest.raises(PermissionError):
            require_allowed(*_get(OURS))
        require_allowed(*_get(OURS))


def _get(pk: str) -> tuple[str, Params, Scope | None]:
    return "GetItem", on_key(pk), _scope.get()


def test_all_rows_are_read_for_backups_alone() -> None:
    require_allowed("Scan", {"TableName": "t"}, WHOLE)
    require_allowed("PutItem", {"Item": {"pk": {"S": "T#abc#"}}}, WHOLE)
    for operation in ("DeleteTable", "ListTables", "UpdateTable"):
        with pytest.raises(PermissionError):
            require_allowed(operation, {"TableName": "t"}, WHOLE)


def test_no_room_is_given_all_rows() -> None:
    assert not hasattr(Tables, "whole")
