"""Our operations as DynamoDB's requests, written with PynamoDB's expressions. No IO."""

from collections.abc import Mapping
from typing import Any

from pynamodb.connection import Connection
from pynamodb.expressions.condition import And, Or
from pynamodb.expressions.condition import Condition as Expression
from pynamodb.expressions.operand import Path
from pynamodb.expressions.update import Action

from app.charging.ports import (
    Absent,
    AbsentOr,
    AtMost,
    Check,
    Condition,
    Delete,
    Equals,
    Exists,
    Key,
    Operation,
    Put,
    Update,
    Value,
)
from app.storage.schema import DUE_INDEX
from app.storage.values import encode, encode_item

Params = dict[str, Any]
Request = tuple[str, Params]
"""The name of DynamoDB's operation and its parameters."""


class Requests:
    """Builds requests for one table; the connection lends its expressions, nothing is sent."""

    def __init__(self, connection: Connection, table: str) -> None:
        self._connection = connection
        self._table = table

    def get(self, key: Key, *, consistent: bool) -> Request:
        """For one row."""
        params = self._on(key, consistent_read=consistent)
        return "GetItem", params

    def query(
        self, pk: str, *, sk_prefix: str, start: Key | None, limit: int, newest_first: bool
    ) -> Request:
        """For a page of a partition."""
        condition: Expression = _path("pk") == encode(pk)
        if sk_prefix:
            condition = And(condition, _path("sk").startswith(sk_prefix))
        params = self._query(condition, limit)
        params |= {"ConsistentRead": True, "ScanIndexForward": not newest_first}
        if start is not None:
            params["ExclusiveStartKey"] = encode_item({"pk": start.pk, "sk": start.sk})
        return "Query", params

    def query_due(self, shard: str, *, until_ms: int, limit: int) -> Request:
        """For what is due."""
        condition = And(_path("due_shard") == encode(shard), _path("due_at") <= encode(until_ms))
        return "Query", self._query(condition, limit) | {"IndexName": DUE_INDEX}

    def scan(self, *, start: Key | None, limit: int) -> Request:
        """For a page of the whole table."""
        params: Params = {"TableName": self._table, "ConsistentRead": True, "Limit": limit}
        if start is not None:
            params["ExclusiveStartKey"] = encode_item({"pk": start.pk, "sk": start.sk})
        return "Scan", params

    def write(self, operation: Operation) -> Request:
        """For one operation by itself; a check alone needs a transaction."""
        kind, params = self._action(operation)
        if kind == "ConditionCheck":
            return self.transaction([operation])
        return f"{kind}Item", params

    def transaction(self, operations: list[Operation]) -> Request:
        """For all of the operations or none, in their order."""
        actions = [self._action(operation) for operation in operations]
        return "TransactWriteItems", {"TransactItems": [{kind: params} for kind, params in actions]}

    def _action(self, operation: Operation) -> Request:
        wanted = None if operation.condition is None else _expression(operation.condition)
        match operation:
            case Put():
                params = self._on(
                    operation.key,
                    key_name="Item",
                    attributes=encode_item(operation.item),
                    condition=wanted,
                )
                return "Put", params
            case Update():
                actions = _actions(operation)
                return "Update", self._on(operation.key, actions=actions, condition=wanted)
            case Delete():
                return "Delete", self._on(operation.key, condition=wanted)
            case Check():
                return "ConditionCheck", self._on(operation.key, condition=wanted)

    def _on(self, key: Key, *, key_name: str = "Key", **more: Any) -> Params:
        params: Params = self._connection.get_operation_kwargs(
            self._table, key.pk, key.sk, key=key_name, **more
        )
        return params

    def _query(self, condition: Expression, limit: int) -> Params:
        names: dict[str, str] = {}
        values: dict[str, Any] = {}
        return {
            "TableName": self._table,
            "KeyConditionExpression": condition.serialize(names, values),
            "ExpressionAttributeNames": {mark: name for name, mark in names.items()},
            "ExpressionAttributeValues": values,
            "Limit": limit,
        }


def _path(name: str) -> Path:
    return Path([name])  # as a list: a dot in a name is no path into a map


def _expression(condition: Condition) -> Expression:
    match condition:
        case Absent():
            return _path("pk").does_not_exist()
        case Exists():
            return _path("pk").exists()
        case Equals():
            return _equal(_path("pk").exists(), condition.values)
        case AbsentOr():
            present = _equal(_path("pk").exists(), condition.values)
            return Or(_path("pk").does_not_exist(), present)
        case AtMost():
            attribute = _path(condition.attribute)
            low = Or(attribute.does_not_exist(), attribute <= encode(condition.limit))
            return _equal(And(_path("pk").exists(), low), condition.values)


def _equal(expression: Expression, values: Mapping[str, Value]) -> Expression:
    for name, value in values.items():
        expression = And(expression, _path(name) == encode(value))
    return expression


def _actions(update: Update) -> list[Action]:
    return [
        *(_path(name).set(encode(value)) for name, value in update.set.items()),
        *(_path(name).remove() for name in update.remove),
        *(_path(name).add(encode(amount)) for name, amount in update.add.items()),
    ]
