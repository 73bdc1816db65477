"""DynamoDB's read and write units, counted by a botocore hook on the requests really sent.

Embedded engines report made-up units, so they are computed by DynamoDB's published rules, from
what was sent and answered; the hook keeps the rows in mind, because a write costs by the larger
of the row before and after, and an index costs only where its keys change:

* a read: one unit for each 4 KB begun, half of it when eventually consistent; a query costs by all
  its rows together; what is not found costs as much as the least that is found;
* a write: one unit for each 1 KB begun; twice that in a transaction; a condition that fails costs
  the same; the index `due` (keys only): one for an entry that comes, goes, or each of the two when
  it moves, and never twice.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from app.storage.values import WireItem, item_size

READ_BYTES, WRITE_BYTES = 4096, 1024
INDEX = ("due_shard", "due_at")
_CLAUSES = re.compile(r"\b(SET|REMOVE|ADD)\b")
Wire = Mapping[str, Any]
RowKey = tuple[str, str]
Counted = Callable[["Units", str, str, str], None]
"""Units, request, its first partition key, and all its keys in short."""


@dataclass(slots=True)
class Units:
    """Read units (in halves) and write units; ``index_writes`` are among the latter."""

    reads: float = 0
    writes: int = 0
    index_writes: int = 0

    def add(self, other: Units) -> None:
        """Count these too."""
        self.reads += other.reads
        self.writes += other.writes
        self.index_writes += other.index_writes


class UnitCounter:
    """Counts what one client sends, and tells it."""

    def __init__(self, counted: Counted) -> None:
        self._counted = counted
        self._rows: dict[RowKey, WireItem] = {}

    @property
    def stored_bytes(self) -> int:
        """Of all rows that were written and are still there."""
        return sum(item_size(row) for row in self._rows.values() if row)

    def install(self, client: Any) -> None:
        """Count what this botocore client sends from now on."""
        events = client.meta.events
        events.register_first("before-parameter-build.dynamodb", self._sent)
        events.register("after-call.dynamodb", self._answered)

    def _sent(self, params: Wire, context: dict[str, Any], **_: object) -> None:
        context["bench_params"] = params

    def _answered(self, model: Any, parsed: Wire, context: dict[str, Any], **_: object) -> None:
        params, units = context["bench_params"], Units()
        count = getattr(self, f"_{model.name}", None)
        if count is not None:  # administration costs nothing
            keys = count(units, params, parsed)
            self._counted(units, model.name, keys[0][0], " ".join(map(_short, keys)))

    # --- each request; they return the partition key ---------------------------------------------

    def _GetItem(self, units: Units, params: Wire, parsed: Wire) -> list[RowKey]:  # noqa: N802
        self._read(units, item_size(parsed.get("Item", {})), params.get("ConsistentRead"))
        return [(params["Key"]["pk"]["S"], params["Key"]["sk"]["S"])]

    def _Query(self, units: Units, params: Wire, parsed: Wire) -> list[RowKey]:  # noqa: N802
        size = sum(item_size(item) for item in parsed.get("Items", ()))
        self._read(units, size, params.get("ConsistentRead"))
        pk, *sk = (str(*bound.values()) for bound in params["ExpressionAttributeValues"].values())
        return [(pk, f"{sk[0] if sk else ''}*")]

    def _PutItem(self, units: Units, params: Wire, parsed: Wire) -> list[RowKey]:  # noqa: N802
        return [self._write(units, "Put", params, "Error" not in parsed)]

    def _UpdateItem(self, units: Units, params: Wire, parsed: Wire) -> list[RowKey]:  # noqa: N802
        return [self._write(units, "Update", params, "Error" not in parsed)]

    def _DeleteItem(self, units: Units, params: Wire, parsed: Wire) -> list[RowKey]:  # noqa: N802
        return [self._write(units, "Delete", params, "Error" not in parsed)]

    def _TransactWriteItems(self, units: Units, params: Wire, parsed: Wire) -> list[RowKey]:  # noqa: N802
        return [
            self._write(units, kind, action, "Error" not in parsed, times=2)
            for entry in params["TransactItems"]
            for kind, action in entry.items()
        ]

    # --- the rules -------------------------------------------------------------------------------

    def _read(self, units: Units, size: int, consistent: object) -> None:
        whole = max(1, math.ceil(size / READ_BYTES))
        units.reads += whole if consistent else whole / 2

    def _write(
        self, units: Units, kind: str, action: Wire, happened: bool, *, times: int = 1
    ) -> RowKey:
        named = action.get("Item") or action["Key"]
        key = (named["pk"]["S"], named["sk"]["S"])
        before = self._rows.get(key, {})
        after = before
        if happened:
            after = _after(kind, action, before)
            self._rows[key] = after
        size = max(item_size(before), item_size(after))
        units.writes += times * max(1, math.ceil(size / WRITE_BYTES))
        entries = (_entry(before), _entry(after))
        if entries[0] != entries[1]:
            moved = sum(entry is not None for entry in entries)
            units.writes += moved
            units.index_writes += moved
        return key


def _short(key: RowKey) -> str:
    """Without ids: ``S/E#refund``."""
    kind = key[0].split("#")[2:3] or [key[0].split("#")[0]]
    return f"{kind[0]}/{re.split(r'[.]|(?<=[#])[0-9a-z]{8,}', key[1])[0]}"


def _entry(row: WireItem) -> tuple[Any, ...] | None:
    found = tuple(row[name] for name in INDEX if name in row)
    return found if len(found) == len(INDEX) else None


def _after(kind: str, action: Wire, before: WireItem) -> WireItem:
    match kind:
        case "Put":
            return dict(action["Item"])
        case "Delete":
            return {}
        case "Update":
            return _updated(action, before)
    return before


def _updated(action: Wire, before: WireItem) -> WireItem:
    """By PynamoDB's update expressions: ``SET #0 = :0, #1 = :1 REMOVE #2 ADD #3 :2``."""
    names, values = action.get("ExpressionAttributeNames", {}), action["ExpressionAttributeValues"]
    row = dict(before or action["Key"])
    _, *clauses = _CLAUSES.split(action["UpdateExpression"])
    for verb, body in zip(clauses[::2], clauses[1::2], strict=True):
        for part in body.split(","):
            mark, *given = part.replace("=", " ").split()
            name = names.get(mark, mark)
            if verb == "REMOVE":
                row.pop(name, None)
            elif verb == "SET":
                row[name] = values[given[0]]
            else:
                old = int(row.get(name, {"N": "0"})["N"])
                row[name] = {"N": str(old + int(values[given[0]]["N"]))}
    return row
