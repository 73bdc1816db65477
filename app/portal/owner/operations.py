"""All that OCPP offers, done by hand: the forms, what was sent, what the charge point told."""

from litestar import Controller, get, post
from litestar.params import FromPath

from app.charging.errors import BadInput, StromError
from app.portal.forms import AnyRequest, Form, read_form
from app.portal.owner.operation_catalogue import FORMS, ROOTS
from app.portal.owner.operation_forms import LONGEST, operation_of
from app.portal.pages import PageResponse, Pages, flash, go
from app.portal.people import Me, PagesOf, Services
from app.portal.services import PortalServices
from app.records.charge_points import ChargePoint


class OperationPages(Controller):
    """Operations of one charge point."""

    path = "/chargers/{charger_id:str}/operations"
    include_in_schema = False

    @get("/")
    async def show(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        charger_id: FromPath[str],
    ) -> PageResponse:
        """What can be done, what was done, what it told."""
        charger = await services.chargers.get(me.tenant.id, charger_id)
        return await _page(request, services, pages, me.tenant.id, charger)

    @post("/")
    async def send(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        charger_id: FromPath[str],
    ) -> PageResponse:
        """Have one carried out."""
        form = await read_form(request, longest=LONGEST)
        tenant = me.tenant.id
        charger = await services.chargers.get(tenant, charger_id)
        try:
            operation = operation_of(form, await _time_zone(services, tenant, charger))
            sent = await services.commands.operate(tenant, charger, operation)
        except BadInput as refusal:
            return await _page(request, services, pages, tenant, charger, form, refusal)
        except StromError as refusal:
            flash(request, refusal.message, "bad")
        else:
            flash(request, f"Sent: {sent.kind.replace('_', ' ')}. The answer shows below.")
        return go(f"/chargers/{charger_id}/operations")


class ReservationPages(Controller):
    """Connectors kept for a card, or for who has the link."""

    path = "/chargers/{charger_id:str}/reservations"
    include_in_schema = False

    @post("/")
    async def reserve(
        self, request: AnyRequest, services: Services, me: Me, charger_id: FromPath[str]
    ) -> PageResponse:
        """Keep a connector."""
        form = await read_form(request)
        tenant = me.tenant.id
        charger = await services.chargers.get(tenant, charger_id)
        try:
            await services.reservations.reserve(
                tenant,
                charger,
                form.integer("connector"),
                form.moment("until", await _time_zone(services, tenant, charger)),
                card=form.text("card"),
                label=form.text("label"),
            )
        except StromError as refusal:
            flash(request, refusal.message, "bad")
        else:
            flash(request, "Reserved. Whether the charge point keeps it too shows in a moment.")
        return go(f"/chargers/{charger_id}/operations")

    @post("/{connector:int}/cancel")
    async def cancel(
        self,
        request: AnyRequest,
        services: Services,
        me: Me,
        charger_id: FromPath[str],
        connector: FromPath[int],
    ) -> PageResponse:
        """Give one back."""
        charger = await services.chargers.get(me.tenant.id, charger_id)
        try:
            await services.reservations.cancel(me.tenant.id, charger.id, connector)
        except StromError as refusal:
            flash(request, refusal.message, "bad")
        return go(f"/chargers/{charger_id}/operations")


async def _page(
    request: AnyRequest,
    services: PortalServices,
    pages: Pages,
    tenant: str,
    charger: ChargePoint,
    form: Form | None = None,
    error: BadInput | None = None,
) -> PageResponse:
    return pages.render(
        request,
        "owner/operations.html",
        status=422 if error else 200,
        charger=charger,
        forms=FORMS,
        opened=form.text("type") if form else "",
        form=form or Form({}),
        error=error,
        commands=await services.commands.latest(tenant, charger),
        told=await services.commands.told(tenant, charger),
        roots=await services.commands.roots(tenant, charger),
        kinds=dict(ROOTS),
        reservations=await services.reservations.all(tenant, charger.id),
        base_url=services.settings.public_base_url,
        time_zone=await _time_zone(services, tenant, charger),
    )


async def _time_zone(services: PortalServices, tenant: str, charger: ChargePoint) -> str:
    found = [x for x in await services.locations.all(tenant) if x.id == charger.location_id]
    return found[0].time_zone if found else "UTC"
