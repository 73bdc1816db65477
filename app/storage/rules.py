"""What a table refuses before it looks at a row, the same for every engine.

Real DynamoDB and its emulators differ in the corners (an update that only removes from an
absent row, a page that starts outside of its prefix). Here they are closed: such a call is a
defect of ours and raises ``ValueError``.
"""

from collections.abc import Mapping, Sequence

from app.charging.ports import (
    AtMost,
    Condition,
    Equals,
    Exists,
    Key,
    Operation,
    Put,
    Update,
    Value,
)

MOST_OPERATIONS = 100
_MOST_PK_BYTES = 2048
_MOST_SK_BYTES = 1024
_KEY_ATTRIBUTES = frozenset({"pk", "sk"})


def require_writable(operations: Sequence[Operation]) -> None:
    """Refuse a batch no table would take: too long, two on one row, a malformed operation."""
    if len(operations) > MOST_OPERATIONS:
        raise ValueError(f"{len(operations)} operations; at most {MOST_OPERATIONS} are possible")
    keys = [operation.key for operation in operations]
    if len(set(keys)) != len(keys):
        raise ValueError("two operations of one batch are on the same row")
    for operation in operations:
        _require_operation(operation)


def require_key(key: Key) -> None:
    """Refuse a key no row can have."""
    if not 0 < len(key.pk.encode()) <= _MOST_PK_BYTES:
        raise ValueError(f"pk must have 1 to {_MOST_PK_BYTES} bytes")
    if not 0 < len(key.sk.encode()) <= _MOST_SK_BYTES:
        raise ValueError(f"sk must have 1 to {_MOST_SK_BYTES} bytes")


def require_page(pk: str, sk_prefix: str, start: Key | None, limit: int) -> None:
    """Refuse a page that starts outside of what is asked for, or holds nothing."""
    if not pk:
        raise ValueError("a query needs a pk")
    if limit < 1:
        raise ValueError("a page holds at least one row")
    if start is not None and (start.pk != pk or not start.sk.startswith(sk_prefix)):
        raise ValueError("the page would start outside of what is asked for")


def _require_operation(operation: Operation) -> None:
    if isinstance(operation, Put):
        if not all(isinstance(operation.item.get(name), str) for name in _KEY_ATTRIBUTES):
            raise ValueError("a row needs pk and sk, both strings")
        _require_due(operation.item)
    require_key(operation.key)
    if isinstance(operation, Update):
        _require_update(operation)


def _require_update(update: Update) -> None:
    names = [*update.set, *update.remove, *update.add]
    if not names:
        raise ValueError("an update changes something; Check is for the condition alone")
    if "" in names:
        raise ValueError("an attribute needs a name")
    if len(set(names)) != len(names):
        raise ValueError("an update names an attribute twice")
    if _KEY_ATTRIBUTES & set(names):
        raise ValueError("an update cannot change the key")
    if any(isinstance(amount, bool) for amount in update.add.values()):
        raise ValueError("only integers can be added")
    if not update.set and not update.add and not _wants_row(update.condition):
        raise ValueError("an update that only removes needs a condition that the row exists")
    _require_due(update.set)


def _wants_row(condition: Condition | None) -> bool:
    return isinstance(condition, Exists | Equals | AtMost)


def _require_due(attributes: Mapping[str, Value]) -> None:
    shard, at = attributes.get("due_shard", "-"), attributes.get("due_at", 0)
    if not isinstance(shard, str) or not shard:
        raise ValueError("due_shard is a string that is not empty")
    if isinstance(at, bool) or not isinstance(at, int):
        raise ValueError("due_at is an integer")
