"""What owners do with charge points that knock: accept, refuse, forget; open and shut the door."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.charge_points.knocking import forget_lapsed
from app.charge_points.passwords import Passwords
from app.charge_points.registry import ChargerRegistry
from app.charging.errors import Conflict, StromError
from app.charging.ports import Chance, Clock, Tables
from app.edge_messages import CommandBus, Kick
from app.records import rows
from app.records.charge_points import ChargePoint
from app.records.directory import Directory
from app.records.drafts import ChargePointDraft
from app.records.ids import new_id
from app.records.live import LiveChargers
from app.records.newcomers import KNOCK, Newcomer, newcomers
from app.records.views import NewcomerView

log = logging.getLogger(__name__)

CODE_LENGTH = 12
OPEN_FOR = timedelta(hours=1)
"""So long one that knocked without a password is let in without, to be given its first."""


@dataclass(frozen=True, slots=True)
class Newcomers:
    """The owner's side of the door."""

    tables: Tables
    directory: Directory
    live: LiveChargers
    registry: ChargerRegistry
    passwords: Passwords
    bus: CommandBus
    clock: Clock
    chance: Chance

    async def door(self, tenant: str) -> str:
        """The code of the owner's door; empty while it is shut."""
        return (await rows.tenants(self.tables).get(tenant, tenant)).knock_code

    async def open_door(self, tenant: str) -> str:
        """Let new charge points knock; another code than before, which ends."""
        code = new_id(self.chance, CODE_LENGTH)
        await self.directory.reserve(KNOCK, code, tenant, tenant)
        await self._set_code(tenant, code)
        await self.directory.confirm(KNOCK, code, tenant, tenant)
        return code

    async def shut_door(self, tenant: str) -> None:
        """Nobody new may knock; who was accepted comes in as ever."""
        await self._set_code(tenant, "")

    async def all(self, tenant: str) -> list[NewcomerView]:
        """Who knocked, those that wait first, the newest first."""
        found = await forget_lapsed(self.live, tenant)
        found.sort(key=lambda each: (each.state != "waiting", -each.last_seen.timestamp()))
        return [await self._view(tenant, each) for each in found]

    async def accept(self, tenant: str, newcomer_id: str, draft: ChargePointDraft) -> ChargePoint:
        """Make it a charge point of the owner's, and owe it a password of its own.

        Raises ``NotFound``, ``BadInput`` for the draft, ``Conflict`` for one that was refused.
        """
        newcomer = await newcomers(self.tables).get(tenant, newcomer_id)
        if newcomer.state != "waiting":
            raise Conflict("it was refused; forget it first, then it may knock again")
        open_until = None if newcomer.password_sha256 else self.clock.now() + OPEN_FOR
        charge_point = await self.registry.add_known(
            tenant, draft, newcomer.path, newcomer.password_sha256, open_until
        )
        await self.passwords.rotate(tenant, charge_point.id, by="owner")
        await newcomers(self.tables).remove(tenant, newcomer_id)
        await self._put_out(tenant, newcomer)
        return charge_point

    async def refuse(self, tenant: str, newcomer_id: str) -> None:
        """It is not let wait any more; raises ``NotFound``."""
        before = await newcomers(self.tables).get(tenant, newcomer_id)
        refused = replace(before, state="refused", last_seen=self.clock.now())
        await newcomers(self.tables).replace(tenant, before, refused)
        await self._put_out(tenant, before)

    async def forget(self, tenant: str, newcomer_id: str) -> None:
        """As if it had never knocked: it may do so again. Raises ``NotFound``."""
        newcomer = await newcomers(self.tables).get(tenant, newcomer_id)
        await newcomers(self.tables).remove(tenant, newcomer_id)
        await self._put_out(tenant, newcomer)

    async def _set_code(self, tenant: str, code: str) -> None:
        tenants = rows.tenants(self.tables)
        before = await tenants.get(tenant, tenant)
        await tenants.replace(tenant, before, replace(before, knock_code=code))
        if before.knock_code:
            await self.directory.release(KNOCK, before.knock_code, tenant)

    async def _view(self, tenant: str, newcomer: Newcomer) -> NewcomerView:
        seen = await self.live.connection(tenant, newcomer.stand_in)
        return NewcomerView(
            id=newcomer.id,
            identity=newcomer.identity,
            state=newcomer.state,
            online=seen.connected and await self.live.edge_alive(seen.instance),
            peer=newcomer.peer,
            protocol=newcomer.protocol,
            profile=newcomer.profile,
            vendor=seen.vendor,
            model=seen.model,
            serial=seen.serial,
            firmware=seen.firmware,
            first_seen=newcomer.first_seen,
            last_seen=_later(newcomer.last_seen, seen.changed_at),
        )

    async def _put_out(self, tenant: str, newcomer: Newcomer) -> None:
        """Its socket closes, and it comes back as what it is now. That this fails delays it."""
        connection = await self.live.connection(tenant, newcomer.stand_in)
        if not connection.connected:
            return
        kick = Kick(tenant, newcomer.stand_in, connection.epoch + 1)
        try:
            await self.bus.send(connection.queue, kick)
        except (StromError, OSError):
            log.exception("putting %s out", newcomer.stand_in)


def _later(one: datetime, other: datetime | None) -> datetime:
    return one if other is None or other < one else other
