"""The API's handlers for what happens: charge points, commands, sessions."""

import asyncio
from typing import Annotated

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from app.charging.errors import NotFound
from app.checkout.receipts import Receipt
from app.portal.api import schemas
from app.portal.api.auth import Caller
from app.portal.api.translate import (
    charge_point_out,
    command_out,
    session_detail_out,
    session_out,
    status_out,
)
from app.portal.people import Services
from app.portal.services import PortalServices
from app.records.charge_points import ChargePoint
from app.records.drafts import ChargePointChange, ChargePointDraft
from app.records.views import ChargerView, IssuedCharger


class ChargePointApi(Controller):
    """Charge points."""

    path = "/charge-points"
    tags = ["Charge points"]  # noqa: RUF012 - Litestar's own attribute

    @get("/", summary="Every charge point")
    async def show(self, services: Services, caller: Caller) -> list[schemas.ChargePointStatusOut]:
        """By label, each with what it was last seen doing."""
        chargers = await services.chargers.all(caller.tenant.id)
        return list(
            await asyncio.gather(
                *(_with_status(services, caller.tenant.id, charger) for charger in chargers)
            )
        )

    @post("/", summary="Add a charge point")
    async def add(
        self, services: Services, caller: Caller, data: JSONBody[schemas.ChargePointIn]
    ) -> schemas.IssuedChargePointOut:
        """The answer has its password, this once."""
        draft = ChargePointDraft(**msgspec.structs.asdict(data))
        return _issued(services, await services.chargers.add(caller.tenant.id, draft))

    @get("/{charge_point_id:str}", summary="One charge point")
    async def one(
        self, services: Services, caller: Caller, charge_point_id: FromPath[str]
    ) -> schemas.ChargePointStatusOut:
        """With what it was last seen doing."""
        charger = await services.chargers.get(caller.tenant.id, charge_point_id)
        return await _with_status(services, caller.tenant.id, charger)

    @put("/{charge_point_id:str}", summary="Change a charge point")
    async def change(
        self,
        services: Services,
        caller: Caller,
        charge_point_id: FromPath[str],
        data: JSONBody[schemas.ChargePointChangeIn],
    ) -> schemas.ChargePointStatusOut:
        """Another label, location or tariff; its addresses stay."""
        change = ChargePointChange(**msgspec.structs.asdict(data))
        charger = await services.chargers.change(caller.tenant.id, charge_point_id, change)
        return await _with_status(services, caller.tenant.id, charger)

    @delete("/{charge_point_id:str}", summary="Remove a charge point")
    async def remove(
        self, services: Services, caller: Caller, charge_point_id: FromPath[str]
    ) -> None:
        """Refused while a charge is under way. Its addresses are free again."""
        await services.chargers.remove(caller.tenant.id, charge_point_id)

    @post("/{charge_point_id:str}/password", summary="Make a new password", status_code=200)
    async def renew_password(
        self, services: Services, caller: Caller, charge_point_id: FromPath[str]
    ) -> schemas.IssuedChargePointOut:
        """The answer has it, this once; the old one opens no new connection."""
        issued = await services.chargers.renew_password(caller.tenant.id, charge_point_id)
        return _issued(services, issued)

    @post("/{charge_point_id:str}/commands", summary="Send a command", status_code=202)
    async def command(
        self,
        services: Services,
        caller: Caller,
        charge_point_id: FromPath[str],
        data: JSONBody[schemas.CommandIn],
    ) -> schemas.CommandOut:
        """It is ``waiting`` at first: the answer names it, ``GET …/commands/{id}`` says what
        came of it."""
        charger = await services.chargers.get(caller.tenant.id, charge_point_id)
        sent = await services.commands.send(caller.tenant.id, charger, data.action, data.connector)
        return command_out(sent)

    @get("/{charge_point_id:str}/commands", summary="The last commands")
    async def commands(
        self, services: Services, caller: Caller, charge_point_id: FromPath[str]
    ) -> list[schemas.CommandOut]:
        """And what came of them, the newest first."""
        charger = await services.chargers.get(caller.tenant.id, charge_point_id)
        return [
            command_out(each) for each in await services.commands.latest(caller.tenant.id, charger)
        ]

    @get("/{charge_point_id:str}/commands/{command_id:str}", summary="One command")
    async def command_by_id(
        self,
        services: Services,
        caller: Caller,
        charge_point_id: FromPath[str],
        command_id: FromPath[str],
    ) -> schemas.CommandOut:
        """And what came of it so far."""
        charger = await services.chargers.get(caller.tenant.id, charge_point_id)
        return command_out(await services.commands.one(caller.tenant.id, charger, command_id))


class SessionApi(Controller):
    """Charges."""

    path = "/sessions"
    tags = ["Sessions"]  # noqa: RUF012 - Litestar's own attribute

    @get("/", summary="Charges, the newest first")
    async def show(
        self,
        services: Services,
        caller: Caller,
        start: Annotated[str, QueryParameter(max_length=200, description="``next_start``")] = "",
        limit: Annotated[int, QueryParameter(ge=1, le=200)] = 50,
    ) -> schemas.SessionsOut:
        """A page at a time."""
        page = await services.sessions.page(caller.tenant.id, start=start, limit=limit)
        return schemas.SessionsOut([session_out(each) for each in page.sessions], page.next_start)

    @get("/{session_id:str}", summary="One charge")
    async def one(
        self, services: Services, caller: Caller, session_id: FromPath[str]
    ) -> schemas.SessionDetailOut:
        """With every movement of money."""
        return session_detail_out(await services.sessions.get(caller.tenant.id, session_id))

    @get("/{session_id:str}/receipt", summary="The receipt of a charge")
    async def receipt(
        self, services: Services, caller: Caller, session_id: FromPath[str]
    ) -> Receipt:
        """Once it has ended: every item, VAT by rate, and all that it is reckoned from."""
        return await services.sessions.receipt(caller.tenant.id, session_id)

    @post("/{session_id:str}/link", summary="Give a driver a new link", status_code=201)
    async def renew_link(
        self, services: Services, caller: Caller, session_id: FromPath[str]
    ) -> schemas.SessionLinkOut:
        """For the driver alone, who lost theirs: whoever has it stops the charge and takes the
        refund. It is in this answer and nowhere else; the link before it ends."""
        by = f"API key {caller.key.id}"
        token = await services.links.renew_link(caller.tenant.id, session_id, by)
        return schemas.SessionLinkOut(f"{services.settings.public_base_url}/s/{token}")

    @post("/{session_id:str}/stop", summary="Stop a charge", status_code=202)
    async def stop(
        self, services: Services, caller: Caller, session_id: FromPath[str]
    ) -> schemas.CommandOut:
        """As if by the command ``stop`` at its connector."""
        tenant = caller.tenant.id
        session = (await services.sessions.get(tenant, session_id)).session
        if not session.is_open:
            raise NotFound("this charge has ended already")
        charger = await services.chargers.get(tenant, session.charge_point_id)
        return command_out(await services.commands.send(tenant, charger, "stop", session.connector))


async def _with_status(
    services: PortalServices, tenant: str, charger: ChargePoint
) -> schemas.ChargePointStatusOut:
    return status_out(services, charger, await services.statuses.of(tenant, charger))


def _issued(services: PortalServices, issued: IssuedCharger) -> schemas.IssuedChargePointOut:
    shown = charge_point_out(services, issued.charge_point, ChargerView())
    return schemas.IssuedChargePointOut(shown, issued.password)
