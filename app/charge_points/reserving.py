"""Keeping a connector free for a card, or for whoever has the reservation's link.

The charge point is told where it knows reservations (OCPP 1.6 §5.13). Payers are kept away here in
any case: the connector's public address refuses them until the reservation is over. A payer's
reservation names the session that is to come, so that the charge point knows its idTag.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.charge_points.id_tags import can_be
from app.charge_points.own_use import ID_LENGTH
from app.charge_points.owner_commands import OwnerCommands
from app.charging.claims import Claim, ClaimKind, connector_key
from app.charging.errors import BadInput, Conflict, NotFound
from app.charging.ports import Chance, Clock
from app.operations import CancelReservation, Reserve
from app.records.charge_points import ChargePoint
from app.records.commands import GivenCommand
from app.records.fields import line
from app.records.id_tags import normal
from app.records.ids import new_id
from app.records.reservations import Reservation, Reservations

CODE_LENGTH = 12
LONGEST = timedelta(days=7)
UNABLE = ("NotSupported", "NotImplemented", "Rejected")
"""Answers of charge points that keep no reservations, or have them switched off."""


@dataclass(frozen=True, slots=True)
class Reserving:
    """Makes reservations and gives them back."""

    reservations: Reservations
    commands: OwnerCommands
    clock: Clock
    chance: Chance

    async def reserve(
        self,
        tenant: str,
        charge_point: ChargePoint,
        connector: int,
        until: datetime,
        *,
        card: str = "",
        label: str = "",
    ) -> Reservation:
        """Keep a connector for a card, or without one for whoever has the link.

        Raises ``BadInput``, or ``Conflict`` while it is used, kept already, or offline.
        """
        self._require_sane(charge_point, connector, until)
        await self._require_free(tenant, charge_point.id, connector)
        session_id = "" if card else new_id(self.chance, ID_LENGTH)
        id_tag = normal(card) if card else session_id.upper()
        if not can_be(id_tag):
            raise BadInput("a card's number, as on your list", field="card")
        number = 1 + self.chance.below(2**31 - 2)
        told = Reserve(number, connector, id_tag, until)
        given = await self.commands.give(tenant, charge_point.id, told, by="owner")
        kept = Reservation(
            id=number,
            connector=connector,
            until=until,
            id_tag=id_tag,
            command_id=given.id,
            label=line(label, field="label", longest=60, required=False),
            session_id=session_id,
            code=new_id(self.chance, CODE_LENGTH) if session_id else "",
        )
        await self.reservations.put(tenant, charge_point.id, kept)
        return kept

    async def all(self, tenant: str, charge_point: str) -> list[Reservation]:
        """Those that hold."""
        now = self.clock.now()
        return [r for r in await self.reservations.all(tenant, charge_point) if r.holds(now)]

    async def cancel(self, tenant: str, charge_point: str, connector: int) -> None:
        """Give it back; raises ``NotFound``. The charge point hears of it when it can."""
        kept = await self.reservations.at(tenant, charge_point, connector)
        if kept is None or not kept.holds(self.clock.now()):
            raise NotFound("nothing is reserved there")
        await self.reservations.remove(tenant, charge_point, connector)
        if kept.state != "ours":
            told = CancelReservation(kept.id)
            await self.commands.give(tenant, charge_point, told, by="owner")

    async def answered(self, tenant: str, charge_point: str, given: GivenCommand) -> None:
        """What the charge point said to a reservation (a follower of `OwnerCommands`)."""
        told = given.carries
        assert isinstance(told, Reserve)
        kept = await self.reservations.at(tenant, charge_point, told.connector)
        if kept is None or kept.id != told.reservation_id:
            return
        if given.state == "accepted":
            await self.reservations.put(tenant, charge_point, replace(kept, state="accepted"))
        elif given.detail.partition(":")[0] in UNABLE or given.state == "unknown":
            await self.reservations.put(tenant, charge_point, replace(kept, state="ours"))
        else:  # occupied, faulted, unavailable: there is nothing to keep
            await self.reservations.remove(tenant, charge_point, told.connector)

    def _require_sane(self, charge_point: ChargePoint, connector: int, until: datetime) -> None:
        if charge_point.connector(connector) is None:
            raise BadInput("this charge point has no such connector", field="connector")
        now = self.clock.now()
        if not now < until <= now + LONGEST:
            raise BadInput("a time within the next 7 days", field="until")

    async def _require_free(self, tenant: str, charge_point: str, connector: int) -> None:
        claim = Claim(ClaimKind.CONNECTOR, connector_key(charge_point, connector), "")
        if await self.commands.flow.sessions.holder(tenant, claim) is not None:
            raise Conflict("this connector is in use")
        kept = await self.reservations.at(tenant, charge_point, connector)
        if kept is not None and kept.holds(self.clock.now()):
            raise Conflict("this connector is reserved already; give that back first")
