"""The tenant guard below everything: a hook in botocore that sees each request before it is sent.

``app.storage.scope`` already refuses foreign keys. This refuses them once more, where PynamoDB
hands the request to botocore, so that code which goes around the view is stopped too. It holds
for emulators as for AWS. What it does not know it denies: other operations, a scan (but for backups
and migrations), a request without keys, a request outside of any scope (but for the table's own
administration).
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from botocore.client import BaseClient

from app.storage.scope import DUE, WHOLE, Scope

Params = Mapping[str, Any]

_ADMINISTRATION = frozenset(
    {
        "CreateTable",
        "DescribeContinuousBackups",
        "DescribeTable",
        "DescribeTimeToLive",
        "UpdateTimeToLive",
    }
)
_HASH_KEY_FIRST = re.compile(
    r"(?!.*\bOR\b)\(?\s*(?P<name>[#\w]+)\s*=\s*(?P<value>:\w+)\s*(?:AND\b.*|\)?\s*)",
    re.DOTALL | re.IGNORECASE,
)

_scope: ContextVar[Scope | None] = ContextVar("storage_scope", default=None)


@contextmanager
def within(scope: Scope) -> Iterator[None]:
    """Requests made inside are allowed this scope's rows; set in the thread that sends them."""
    token = _scope.set(scope)
    try:
        yield
    finally:
        _scope.reset(token)


def current_scope() -> Scope | None:
    """The scope that this thread's request is made in."""
    return _scope.get()


def install(client: BaseClient) -> None:
    """Put the guard before every request of this client."""
    client.meta.events.register_last("before-parameter-build.dynamodb", _before_parameter_build)


def _before_parameter_build(params: Params, model: Any, **_: object) -> None:
    require_allowed(model.name, params, _scope.get())


def require_allowed(operation: str, params: Params, scope: Scope | None) -> None:
    """Raise ``PermissionError`` unless every key of the request lies in the scope."""
    if operation in _ADMINISTRATION:
        return
    if scope is None:
        raise PermissionError(f"{operation} outside of any scope")
    if operation == "Query":
        _require_query(params, scope)
        return
    if operation == "Scan" and scope == WHOLE:
        return
    keys_of = _KEYS.get(operation)
    if keys_of is None:
        raise PermissionError(f"{operation} is never allowed")
    keys = list(keys_of(params))
    if not keys or not all(scope.covers(_string(key.get("pk"))) for key in keys):
        raise PermissionError(f"{operation} with a key outside of its scope")


def _require_query(params: Params, scope: Scope) -> None:
    name, value = _hash_key(params)
    index = params.get("IndexName")
    if scope == DUE:
        allowed = index == "due" and name == "due_shard" and value is not None
    else:
        allowed = index is None and name == "pk" and scope.covers(value)
    if not allowed:
        raise PermissionError("Query with a key outside of its scope")


def _hash_key(params: Params) -> tuple[str | None, str | None]:
    """The attribute that a query binds first, and to what. DynamoDB itself allows no OR there."""
    found = _HASH_KEY_FIRST.fullmatch(params.get("KeyConditionExpression", ""))
    if found is None:
        return None, None
    name = found["name"]
    return (
        params.get("ExpressionAttributeNames", {}).get(name, name),
        _string(params.get("ExpressionAttributeValues", {}).get(found["value"])),
    )


def _string(wire: object) -> str | None:
    text = wire.get("S") if isinstance(wire, dict) else None
    return text if isinstance(text, str) else None


def _transaction_keys(params: Params) -> Iterator[Params]:
    for entry in params["TransactItems"]:
        for action in entry.values():
            yield action["Item"] if "Item" in action else action["Key"]


def _batch_get_keys(params: Params) -> Iterator[Params]:
    for wanted in params["RequestItems"].values():
        yield from wanted["Keys"]


def _batch_write_keys(params: Params) -> Iterator[Params]:
    for requests in params["RequestItems"].values():
        for request in requests:
            for action in request.values():
                yield action["Item"] if "Item" in action else action["Key"]


_KEYS: Mapping[str, Callable[[Params], Iterator[Params]]] = {
    "GetItem": lambda params: iter([params["Key"]]),
    "PutItem": lambda params: iter([params["Item"]]),
    "UpdateItem": lambda params: iter([params["Key"]]),
    "DeleteItem": lambda params: iter([params["Key"]]),
    "TransactWriteItems": _transaction_keys,
    "TransactGetItems": _transaction_keys,
    "BatchGetItem": _batch_get_keys,
    "BatchWriteItem": _batch_write_keys,
}
