"""The vocabulary of the table's contract."""

import uuid
from dataclasses import dataclass, field

import pytest

from app.charging.errors import ConditionFailed
from app.charging.ports import Condition, Item, Key, Operation, Put, Table, Tables, Update, Value


@dataclass
class World:
    """A tenant of the test's own and its rows in one partition."""

    tables: Tables
    tenant: str = field(default_factory=lambda: uuid.uuid4().hex)

    @property
    def table(self) -> Table:
        return self.tables.tenant(self.tenant)

    @property
    def pk(self) -> str:
        return f"T#{self.tenant}#S#1"

    @property
    def shard(self) -> str:
        return f"DUE#{self.tenant}"

    def key(self, sk: str = "row") -> Key:
        return Key(self.pk, sk)

    def row(self, sk: str = "row", /, **attributes: Value) -> Item:
        return {"pk": self.pk, "sk": sk, **attributes}

    def put(
        self, sk: str = "row", condition: Condition | None = None, /, **attributes: Value
    ) -> Put:
        return Put(self.row(sk, **attributes), condition)

    def set(self, sk: str = "row", condition: Condition | None = None, /, **to: Value) -> Update:
        return Update(self.key(sk), set=to, condition=condition)

    async def has(self, *operations: Operation) -> None:
        """What lies in the table before the test's own act."""
        await self.table.write(operations)

    async def writes(self, *operations: Operation) -> None:
        await self.table.write(operations)

    async def refused_at(self, *operations: Operation) -> tuple[int, ...]:
        """The positions whose condition failed."""
        with pytest.raises(ConditionFailed) as caught:
            await self.table.write(operations)
        return caught.value.failed

    async def reads(self, sk: str = "row") -> Item | None:
        return await self.table.get(self.key(sk))

    async def all_sks(self) -> list[str]:
        return [str(item["sk"]) for item in (await self.table.query(self.pk)).items]

    async def due_sks(self, until_ms: int = 2**50) -> list[str]:
        page = await self.tables.due().query_due(self.shard, until_ms=until_ms)
        return [str(item["sk"]) for item in page.items]


class WithWorld:
    """A part of the contract: gives its tests a world on the engine's tables."""

    @pytest.fixture
    def world(self, tables: Tables) -> World:
        return World(tables)
