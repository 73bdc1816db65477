"""A view of the table refuses what lies outside of its scope, before anything is sent."""

import pytest

from app.charging.ports import Absent, Check, Delete, Exists, Key, Operation, Put, Update
from tests.contracts.table_world import WithWorld, World

OTHERS = [
    "T#other#S#1",
    "T#other",
    "G#address",
    "T#",
    "",
    "DUE#0",
    "t#{tenant}#S#1",
    "T#{tenant}",
    "T#{tenant}x#S#1",
]


def operations_on(key: Key) -> list[Operation]:
    return [
        Put({"pk": key.pk, "sk": key.sk}),
        Update(key, set={"x": 1}),
        Delete(key),
        Check(key, Absent()),
    ]


class Scopes(WithWorld):
    @pytest.mark.parametrize("pk", OTHERS)
    async def test_a_tenant_reaches_its_own_rows_only(self, world: World, pk: str) -> None:
        key = Key(pk.format(tenant=world.tenant), "row")
        with pytest.raises(PermissionError):
            await world.table.get(key)
        with pytest.raises(PermissionError):
            await world.table.query(key.pk)
        for operation in operations_on(key):
            with pytest.raises(PermissionError):
                await world.writes(operation)
            with pytest.raises(PermissionError):
                await world.writes(world.put(), operation)
        assert await world.reads() is None

    async def test_a_tenant_does_not_see_what_is_due(self, world: World) -> None:
        with pytest.raises(PermissionError):
            await world.table.query_due(world.shard, until_ms=1)
        with pytest.raises(PermissionError):
            await world.tables.directory().query_due(world.shard, until_ms=1)

    async def test_the_directory_reaches_global_rows_only(self, world: World) -> None:
        directory = world.tables.directory()
        key = Key(f"G#address#{world.tenant}", "row")
        await directory.write([Put({"pk": key.pk, "sk": key.sk, "tenant": world.tenant}, Absent())])
        found = await directory.get(key)
        assert found == {"pk": key.pk, "sk": key.sk, "tenant": world.tenant}
        with pytest.raises(PermissionError):
            await directory.get(world.key())
        with pytest.raises(PermissionError):
            await directory.write([world.put()])

    async def test_the_due_scope_reaches_no_row(self, world: World) -> None:
        due = world.tables.due()
        with pytest.raises(PermissionError):
            await due.get(world.key())
        with pytest.raises(PermissionError):
            await due.query(world.pk)
        with pytest.raises(PermissionError):
            await due.write([Check(world.key(), Exists())])

    @pytest.mark.parametrize("tenant", ["", "a#b", "#", "a b", "*", "ä", "x" * 65])
    async def test_an_id_that_is_none_is_refused(self, world: World, tenant: str) -> None:
        with pytest.raises(PermissionError):
            world.tables.tenant(tenant)
