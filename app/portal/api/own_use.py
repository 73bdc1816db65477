"""The API's handlers for the owner's own use: all of OCPP's operations, cards."""

from typing import Annotated

from litestar import Controller, delete, get, post, put
from litestar.params import Body, FromPath, JSONBody

from app.operations import OwnerOperation
from app.portal.api import schemas
from app.portal.api.auth import Caller
from app.portal.api.translate import command_out
from app.portal.people import Services
from app.portal.services import PortalServices
from app.records.charge_points import ChargePoint
from app.records.drafts import IdTagDraft
from app.records.id_tags import IdTag
from app.records.reservations import Reservation


class OperationApi(Controller):
    """What charge points can be told to do."""

    path = "/charge-points/{charge_point_id:str}"
    tags = ["Charge points"]  # noqa: RUF012 - Litestar's own attribute

    @post("/operations", summary="Have an operation of OCPP carried out", status_code=202)
    async def operate(
        self,
        services: Services,
        caller: Caller,
        charge_point_id: FromPath[str],
        data: Annotated[OwnerOperation, Body()],
    ) -> schemas.CommandOut:
        """``type`` names the operation. What somebody waits for is refused (409) while the charge
        point is offline; configuration, lists, limits and certificates wait for it for a week."""
        charger = await services.chargers.get(caller.tenant.id, charge_point_id)
        return command_out(await services.commands.operate(caller.tenant.id, charger, data))

    @get("/told", summary="What the charge point told of itself")
    async def told(
        self, services: Services, caller: Caller, charge_point_id: FromPath[str]
    ) -> list[schemas.ToldOut]:
        """Firmware, logs, security events, vendors' messages: the newest first, for 90 days."""
        charger = await services.chargers.get(caller.tenant.id, charge_point_id)
        told = await services.commands.told(caller.tenant.id, charger)
        return [
            schemas.ToldOut(each.at, each.topic, each.word, each.detail, each.request_id)
            for each in told
        ]


class ReservationApi(Controller):
    """Connectors kept for somebody."""

    path = "/charge-points/{charge_point_id:str}/reservations"
    tags = ["Charge points"]  # noqa: RUF012 - Litestar's own attribute

    @get("/", summary="What is reserved")
    async def show(
        self, services: Services, caller: Caller, charge_point_id: FromPath[str]
    ) -> list[schemas.ReservationOut]:
        """At most one for a connector."""
        charger = await services.chargers.get(caller.tenant.id, charge_point_id)
        kept = await services.reservations.all(caller.tenant.id, charger.id)
        return [_reservation(services, charger, each) for each in kept]

    @post("/", summary="Reserve a connector")
    async def reserve(
        self,
        services: Services,
        caller: Caller,
        charge_point_id: FromPath[str],
        data: JSONBody[schemas.ReservationIn],
    ) -> schemas.ReservationOut:
        """For a card; without one for whoever has the ``link`` of the answer."""
        charger = await services.chargers.get(caller.tenant.id, charge_point_id)
        kept = await services.reservations.reserve(
            caller.tenant.id,
            charger,
            data.connector,
            data.until,
            card=data.card,
            label=data.label,
        )
        return _reservation(services, charger, kept)

    @delete("/{connector:int}", summary="Give a connector back")
    async def cancel(
        self,
        services: Services,
        caller: Caller,
        charge_point_id: FromPath[str],
        connector: FromPath[int],
    ) -> None:
        """The charge point hears of it when it can."""
        charger = await services.chargers.get(caller.tenant.id, charge_point_id)
        await services.reservations.cancel(caller.tenant.id, charger.id, connector)


class IdTagApi(Controller):
    """Cards."""

    path = "/cards"
    tags = ["Cards"]  # noqa: RUF012 - Litestar's own attribute

    @get("/", summary="Every card")
    async def show(self, services: Services, caller: Caller) -> list[schemas.IdTagOut]:
        """By label."""
        return [_tag(each) for each in await services.id_tags.all(caller.tenant.id)]

    @post("/", summary="Add a card")
    async def add(
        self, services: Services, caller: Caller, data: JSONBody[schemas.IdTagIn]
    ) -> schemas.IdTagOut:
        """From now on it charges at the owner's cost."""
        return _tag(await services.id_tags.add(caller.tenant.id, _draft(data)))

    @put("/{card_id:str}", summary="Change a card")
    async def change(
        self,
        services: Services,
        caller: Caller,
        card_id: FromPath[str],
        data: JSONBody[schemas.IdTagIn],
    ) -> schemas.IdTagOut:
        """Put this in the place of what is there; its number stays."""
        return _tag(await services.id_tags.change(caller.tenant.id, card_id, _draft(data)))

    @delete("/{card_id:str}", summary="Remove a card")
    async def remove(self, services: Services, caller: Caller, card_id: FromPath[str]) -> None:
        """It starts nothing any more; a charge under way goes on."""
        await services.id_tags.remove(caller.tenant.id, card_id)


def _draft(data: schemas.IdTagIn) -> IdTagDraft:
    return IdTagDraft(
        id=data.id,
        label=data.label,
        blocked=data.blocked,
        expires_at=data.expires_at,
        group=data.group,
        charge_points=tuple(data.charge_points),
    )


def _tag(tag: IdTag) -> schemas.IdTagOut:
    return schemas.IdTagOut(
        id=tag.id,
        label=tag.label,
        blocked=tag.status == "blocked",
        expires_at=tag.expires_at,
        group=tag.group,
        charge_points=list(tag.charge_points),
        created_at=tag.created_at,
    )


def _reservation(
    services: PortalServices, charger: ChargePoint, kept: Reservation
) -> schemas.ReservationOut:
    plug = charger.connector(kept.connector)
    link = address = ""
    if kept.code and plug is not None:
        address = f"{plug.name}+{kept.code}@{services.settings.host}"
        link = f"{services.settings.public_base_url}/c/{plug.name}+{kept.code}"
    card = "" if kept.code else kept.id_tag
    return schemas.ReservationOut(
        kept.connector, kept.until, kept.state, card, kept.label, link, address
    )
