"""Giving a charge point another password, without ever locking it out.

OCPP security whitepaper §2.2 (A01 in 2.0.1): 1.6 takes it as the configuration key
AuthorizationKey, 2.0.1 as SecurityCtrlr.BasicAuthPassword. From the moment it is owed both
passwords open: the answer may be lost, and the charge point decides which it uses. Its acceptance,
or the first use of the new one, ends the old one after a while, because some reconnect late.
"""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta

from app.charge_points.digests import sha256
from app.charge_points.owner_commands import OwnerCommands
from app.charging.errors import Conflict
from app.charging.ports import Chance, Clock, Tables
from app.envelope import Envelope
from app.operations import SetPassword
from app.records import rows
from app.records.charge_points import ChargePoint
from app.records.commands import GivenCommand
from app.records.ids import new_charger_password

log = logging.getLogger(__name__)

PURPOSE = "charger-password"


@dataclass(frozen=True, slots=True)
class Passwords:
    """Sets passwords by command. ``overlap_s``: how long an old one opens beside the new one."""

    tables: Tables
    envelope: Envelope
    commands: OwnerCommands
    clock: Clock
    chance: Chance
    overlap_s: int = 24 * 3600

    async def rotate(self, tenant: str, charge_point_id: str, *, by: str) -> GivenCommand:
        """Make one and owe it to the charge point; raises ``Conflict`` while one is under way."""
        before = await rows.charge_points(self.tables).get(tenant, charge_point_id)
        if before.next_password_sha256 and await self._is_under_way(tenant, charge_point_id):
            raise Conflict("a new password is on its way already; wait for the charge point")
        password = new_charger_password(self.chance)
        after = replace(before, next_password_sha256=sha256(password))
        await rows.charge_points(self.tables).replace(tenant, before, after)
        sealed = await self.envelope.seal(tenant, PURPOSE, password.encode())
        operation = SetPassword(sealed=sealed.hex())
        return await self.commands.give(tenant, charge_point_id, operation, by=by)

    async def reveal(
        self, tenant: str, charge_point_id: str, kept: SetPassword
    ) -> SetPassword | None:
        """What goes to the edge; None when another password was set meanwhile."""
        password = await self._opened(tenant, kept)
        charge_point = await rows.charge_points(self.tables).find(tenant, charge_point_id)
        if charge_point is None or charge_point.next_password_sha256 != sha256(password):
            return None
        return SetPassword(password=password)

    async def used(self, tenant: str, charge_point: ChargePoint, password_sha256: str) -> None:
        """It came in with the new one; raises ``Conflict`` when it is being changed."""
        if charge_point.next_password_sha256 == password_sha256:
            await self._takes_over(tenant, charge_point)

    async def answered(self, tenant: str, charge_point_id: str, given: GivenCommand) -> None:
        """What the charge point said. Without an answer, what it uses next decides."""
        told = given.carries
        charge_point = await rows.charge_points(self.tables).find(tenant, charge_point_id)
        if charge_point is None or not isinstance(told, SetPassword):
            return
        if charge_point.next_password_sha256 != sha256(await self._opened(tenant, told)):
            return
        if given.state == "accepted":
            await self._takes_over(tenant, charge_point)
        elif given.state == "rejected":
            log.info("charge point %s takes no new password", charge_point_id)
            after = replace(charge_point, next_password_sha256="")
            await rows.charge_points(self.tables).replace(tenant, charge_point, after)

    async def _takes_over(self, tenant: str, charge_point: ChargePoint) -> None:
        after = replace(
            charge_point,
            password_sha256=charge_point.next_password_sha256,
            next_password_sha256="",
            previous_password_sha256=charge_point.password_sha256,
            previous_until=self.clock.now() + timedelta(seconds=self.overlap_s),
            open_until=None,
        )
        await rows.charge_points(self.tables).replace(tenant, charge_point, after)
        log.info("charge point %s has a new password", charge_point.id)

    async def _is_under_way(self, tenant: str, charge_point: str) -> bool:
        newest = await self.commands.newest(tenant, charge_point)
        return any(g.state == "waiting" and isinstance(g.carries, SetPassword) for g in newest)

    async def _opened(self, tenant: str, kept: SetPassword) -> str:
        return (await self.envelope.open(tenant, PURPOSE, bytes.fromhex(kept.sealed))).decode()
