"""Commands that an owner, or a driver at the cable, gives a charge point, and their outcome."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import msgspec

from app.charging.ports import Absent, Delete, Key, Put, Tables
from app.operations import ChargerOperation, name_of
from app.records import keys
from app.records.codec import from_item, to_item

LARGEST_RESULT = 200_000
"""Characters of JSON; a row holds 400 KB."""


@dataclass(frozen=True, slots=True)
class GivenCommand:
    """A command as it is kept. ``state`` is ``waiting`` until the charge point has answered.

    ``expired`` is never kept: it is how a start looks whose session ended before it was used.
    """

    id: str
    operation: str
    """The operation as JSON; `carries` reads it."""
    name: str
    at: datetime
    by: str
    expires_at: datetime
    state: Literal["waiting", "accepted", "rejected", "unknown", "expired"] = "waiting"
    connector: int = 0
    detail: str = ""
    result: str = ""
    """What was asked for, as JSON; empty where nothing was."""
    read_only: tuple[str, ...] = ()
    concluded_at: datetime | None = None
    session_id: str = ""
    """Of a start or a stop: the session whose it is, and which says what came of it."""

    @property
    def carries(self) -> ChargerOperation:
        """The operation itself."""
        read: ChargerOperation = msgspec.json.decode(self.operation, type=ChargerOperation)
        return read

    @property
    def results(self) -> dict[str, object]:
        """What was asked for, by name."""
        return {} if not self.result else msgspec.json.decode(self.result, type=dict[str, object])


@dataclass(frozen=True, slots=True)
class GivenCommands:
    """The repository of what charge points were told."""

    tables: Tables

    async def add(self, tenant: str, charge_point: str, given: GivenCommand) -> None:
        """Keep a new one; its session, where it has one, finds the newest start or stop again."""
        key = _key(tenant, charge_point, given.id)
        rows: list[Put] = [Put(to_item(key.pk, key.sk, given), Absent())]
        if given.session_id:
            mark = _mark(tenant, given.session_id, given.name)
            rows.append(Put({"pk": mark.pk, "sk": mark.sk, "command": given.id}))
        await self.tables.tenant(tenant).write(rows)

    async def of_session(
        self, tenant: str, charge_point: str, session_id: str, name: str
    ) -> GivenCommand | None:
        """The start or stop that an owner gave last for a session."""
        mark = await self.tables.tenant(tenant).get(_mark(tenant, session_id, name))
        return None if mark is None else await self.find(tenant, charge_point, str(mark["command"]))

    async def drop(self, tenant: str, charge_point: str, given: GivenCommand) -> None:
        """Remove one that was refused after all."""
        key, mark = (
            _key(tenant, charge_point, given.id),
            _mark(tenant, given.session_id, given.name),
        )
        await self.tables.tenant(tenant).write([Delete(key), Delete(mark)])

    async def find(self, tenant: str, charge_point: str, command_id: str) -> GivenCommand | None:
        """One by its id."""
        item = await self.tables.tenant(tenant).get(_key(tenant, charge_point, command_id))
        return None if item is None else from_item(GivenCommand, item)

    async def conclude(self, tenant: str, charge_point: str, done: GivenCommand, owed: Key) -> None:
        """Keep what came of it, and owe it no more."""
        key = _key(tenant, charge_point, done.id)
        row = to_item(key.pk, key.sk, done)
        await self.tables.tenant(tenant).write([Put(row), Delete(owed)])

    async def change(self, tenant: str, charge_point: str, given: GivenCommand) -> None:
        """Keep what is known of one that is still owed."""
        key = _key(tenant, charge_point, given.id)
        await self.tables.tenant(tenant).write([Put(to_item(key.pk, key.sk, given))])

    async def newest(self, tenant: str, charge_point: str, limit: int = 20) -> list[GivenCommand]:
        """The newest commands of a charge point."""
        pk = keys.charge_point_pk(tenant, charge_point)
        page = await self.tables.tenant(tenant).query(
            pk, sk_prefix="O#", limit=limit, newest_first=True
        )
        return [from_item(GivenCommand, item) for item in page.items]


def given_command(
    command_id: str, operation: ChargerOperation, by: str, at: datetime, expires_at: datetime
) -> GivenCommand:
    """A command that has just been given."""
    return GivenCommand(
        id=command_id,
        operation=msgspec.json.encode(operation).decode(),
        name=name_of(operation),
        at=at,
        by=by,
        expires_at=expires_at,
        connector=getattr(operation, "connector", 0) or 0,
    )


def written_result(result: dict[str, object]) -> str:
    """What was asked for as it is kept; a result too large to keep says so."""
    if not result:
        return ""
    text = msgspec.json.encode(result).decode()
    return text if len(text) <= LARGEST_RESULT else '{"too_large": true}'


def _key(tenant: str, charge_point: str, command_id: str) -> Key:
    return Key(keys.charge_point_pk(tenant, charge_point), f"O#{command_id}")


def _mark(tenant: str, session_id: str, name: str) -> Key:
    return Key(keys.session_pk(tenant, session_id), f"ASKED#{name}")
