"""The API's handlers for an owner's own backend."""

from dataclasses import asdict

import msgspec
from litestar import Controller, delete, get, put
from litestar.params import FromPath, JSONBody

from app.charging.errors import NotFound
from app.portal.api import upstream_schemas as schemas
from app.portal.api.auth import Caller
from app.portal.people import Services
from app.portal.services import PortalServices
from app.records.drafts import UpstreamDraft


class UpstreamApi(Controller):
    """A backend that serves a charge point too."""

    path = "/charge-points/{charge_point_id:str}/upstream"
    tags = ["Charge points"]  # noqa: RUF012 - Litestar's own attribute

    @get("/", summary="The owner's own backend")
    async def show(
        self, services: Services, caller: Caller, charge_point_id: FromPath[str]
    ) -> schemas.UpstreamOut:
        """404 where there is none."""
        return await _shown(services, caller.tenant.id, charge_point_id)

    @put("/", summary="Serve it together with a backend")
    async def change(
        self,
        services: Services,
        caller: Caller,
        charge_point_id: FromPath[str],
        data: JSONBody[schemas.UpstreamIn],
    ) -> schemas.UpstreamOut:
        """The charge point is asked to connect again; charges go on meanwhile."""
        draft = UpstreamDraft(**msgspec.structs.asdict(data))
        await services.upstreams.set(caller.tenant.id, charge_point_id, draft)
        return await _shown(services, caller.tenant.id, charge_point_id)

    @delete("/", summary="Serve it alone again")
    async def remove(
        self, services: Services, caller: Caller, charge_point_id: FromPath[str]
    ) -> None:
        """What the backend has not heard of so far it will not hear."""
        await services.upstreams.remove(caller.tenant.id, charge_point_id)


async def _shown(services: PortalServices, tenant: str, charger_id: str) -> schemas.UpstreamOut:
    charger = await services.chargers.get(tenant, charger_id)
    known = await services.upstreams.of(tenant, charger)
    if known is None:
        raise NotFound("this charge point has no other backend")
    return msgspec.convert(asdict(known), schemas.UpstreamOut)
