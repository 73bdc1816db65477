"""Commands that an owner, or a driver at the cable, gives a charge point, and their outcome."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from app.charging.errors import Conflict
from app.charging.ports import Chance, Clock, Key, Put, Tables
from app.edge_messages import Command, CommandBus, CommandKind, CommandOutcome
from app.records import keys
from app.records.codec import from_item, to_item, to_ms
from app.records.ids import new_id
from app.records.live import LiveChargers

GIVEN_FOR = timedelta(seconds=60)
"""Not delivered later: nobody wants a reset that was asked for yesterday."""


@dataclass(frozen=True, slots=True)
class GivenCommand:
    """A command as it is kept. ``state`` is ``waiting`` until the charge point has answered."""

    id: str
    kind: CommandKind
    at: datetime
    by: str
    state: Literal["waiting", "accepted", "rejected", "unknown"] = "waiting"
    connector: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class OwnerCommands:
    """Gives commands now, to a charge point that is online, and keeps what came of them."""

    tables: Tables
    live: LiveChargers
    bus: CommandBus
    clock: Clock
    chance: Chance

    async def give(
        self,
        tenant: str,
        charge_point: str,
        kind: CommandKind,
        *,
        by: str,
        connector: int = 0,
        arguments: dict[str, str] | None = None,
    ) -> GivenCommand:
        """Keep the command and ring the edge; raises ``Conflict`` when it is offline."""
        if not await self.live.online(tenant, charge_point):
            raise Conflict("the charge point is offline; try again once it is connected")
        now = self.clock.now()
        command_id = f"owner.{to_ms(now):015d}{new_id(self.chance, 8)}"
        given = GivenCommand(command_id, kind, now, by, connector=connector)
        await self._put(tenant, charge_point, given)
        connection = await self.live.connection(tenant, charge_point)
        command = Command(
            id=command_id,
            tenant=tenant,
            charge_point=charge_point,
            kind=kind,
            connector=connector,
            arguments=arguments or {},
            expires_at=now + GIVEN_FOR,
            epoch=connection.epoch,
        )
        await self.bus.send(connection.queue, command)
        return given

    async def conclude(self, tenant: str, charge_point: str, said: CommandOutcome) -> None:
        """Keep what came of a command; one that is not known, or was answered, is passed over."""
        key = _key(tenant, charge_point, said.id)
        item = await self.tables.tenant(tenant).get(key)
        given = None if item is None else from_item(GivenCommand, item)
        if given is not None and given.state in ("waiting", "unknown"):
            done = replace(given, state=said.outcome, detail=_detail(said))
            await self._put(tenant, charge_point, done)

    async def newest(self, tenant: str, charge_point: str, limit: int = 20) -> list[GivenCommand]:
        """The newest commands of a charge point."""
        pk = keys.charge_point_pk(tenant, charge_point)
        page = await self.tables.tenant(tenant).query(
            pk, sk_prefix="O#", limit=limit, newest_first=True
        )
        return [from_item(GivenCommand, item) for item in page.items]

    async def _put(self, tenant: str, charge_point: str, given: GivenCommand) -> None:
        key = _key(tenant, charge_point, given.id)
        await self.tables.tenant(tenant).write([Put(to_item(key.pk, key.sk, given))])


def _detail(said: CommandOutcome) -> str:
    """The charge point's own words, a line for each."""
    told = [f"{name} = {value}" for name, value in said.result.items()]
    return "\n".join([said.detail, *told] if said.detail else told)


def _key(tenant: str, charge_point: str, command_id: str) -> Key:
    return Key(keys.charge_point_pk(tenant, charge_point), f"O#{command_id}")
