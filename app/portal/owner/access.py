"""How charge points show who they are: profile, password, certificates; and new ones that knock."""

from litestar import Controller, Response, get, post
from litestar.params import FromPath

from app.charging.errors import BadInput, NotFound, StromError
from app.operations import Trigger
from app.portal.forms import AnyRequest, Form, form_of, read_form
from app.portal.owner.charger_pages import certificate_url, choices
from app.portal.owner.chargers import draft_of
from app.portal.pages import PageResponse, Pages, do_and_go, flash, go
from app.portal.people import Me, PagesOf, Services
from app.portal.services import PortalServices
from app.records.views import Actor, NewcomerView

AUTOMATIC = "automatic"
_NEWCOMERS = "owner/newcomers.html"
_ACCEPT = "owner/newcomer_accept.html"


class AccessPages(Controller):
    """The page beside a charge point's own."""

    path = "/chargers/{charger_id:str}/security"
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
        """Profile, password, certificates."""
        tenant = me.tenant.id
        charger = await services.chargers.get(tenant, charger_id)
        least = charger.least_profile
        return pages.render(
            request,
            "owner/charger_security.html",
            charger=charger,
            access=await services.access.of(tenant, charger),
            certificates=await services.certificates.all(tenant, charger_id),
            certificate_url=certificate_url(services, charger),
            form=form_of(least_profile=AUTOMATIC if least is None else str(least)),
            now=services.clock.now(),
        )

    @post("/profile")
    async def require(
        self, request: AnyRequest, services: Services, me: Me, charger_id: FromPath[str]
    ) -> PageResponse:
        """By which profile it must come at least."""
        form = await read_form(request)
        charger = await services.chargers.get(me.tenant.id, charger_id)
        chosen = form.text("least_profile")
        try:
            least = None if chosen == AUTOMATIC else form.integer("least_profile")
            await services.access.require(me.tenant.id, charger, least)
        except BadInput as refusal:
            flash(request, refusal.message, "bad")
        else:
            flash(request, "Kept. It counts when the charge point connects the next time.")
        return go(_page_of(charger_id))

    @post("/rotate")
    async def rotate(
        self, request: AnyRequest, services: Services, me: Me, charger_id: FromPath[str]
    ) -> PageResponse:
        """Have it given another password."""
        charger = await services.chargers.get(me.tenant.id, charger_id)
        done = "A new password is on its way. The old one opens until it is taken."
        rotating = services.access.rotate(me.tenant.id, charger)
        return await do_and_go(request, rotating, done, _page_of(charger_id))

    @post("/certificate")
    async def ask(
        self, request: AnyRequest, services: Services, me: Me, charger_id: FromPath[str]
    ) -> PageResponse:
        """Have it ask for a certificate."""
        charger = await services.chargers.get(me.tenant.id, charger_id)
        operation = Trigger("SignChargePointCertificate")
        asking = services.commands.operate(me.tenant.id, charger, operation)
        done = "Asked. Its certificate shows here once it has asked for one."
        on = _page_of(charger_id)
        return await do_and_go(request, asking, done, on, refused_by=(StromError,))

    @post("/certificates/{serial:str}/revoke")
    async def revoke(
        self,
        request: AnyRequest,
        services: Services,
        me: Me,
        charger_id: FromPath[str],
        serial: FromPath[str],
    ) -> PageResponse:
        """It opens nothing any more."""
        await services.chargers.get(me.tenant.id, charger_id)
        revoking = services.certificates.revoke(me.tenant.id, charger_id, serial)
        done = "The certificate is revoked."
        return await do_and_go(request, revoking, done, _page_of(charger_id))

    @get("/authority.pem")
    async def authority(
        self, services: Services, me: Me, charger_id: FromPath[str]
    ) -> Response[str]:
        """The owner's authority, to look at it elsewhere; raises ``NotFound`` before its first."""
        await services.chargers.get(me.tenant.id, charger_id)
        pem = await services.certificates.authority_pem(me.tenant.id)
        if not pem:
            raise NotFound("no certificate was made so far")
        headers = {"content-disposition": 'attachment; filename="authority.pem"'}
        return Response(pem, media_type="application/x-pem-file", headers=headers)


class NewcomerPages(Controller):
    """Charge points that nobody has set up."""

    path = "/new-chargers"
    include_in_schema = False

    @get("/")
    async def show(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """The door, and who waits before it."""
        code = await services.newcomers.door(me.tenant.id)
        return pages.render(
            request,
            _NEWCOMERS,
            newcomers=await services.newcomers.all(me.tenant.id),
            door_url=f"{services.settings.charger_ws_base_url}/{code}" if code else "",
        )

    @post("/door")
    async def door(self, request: AnyRequest, services: Services, me: Me) -> PageResponse:
        """Open or shut it."""
        form = await read_form(request)
        if form.text("door") == "open":
            await services.newcomers.open_door(me.tenant.id)
            flash(request, "New charge points may knock at the address below.")
        else:
            await services.newcomers.shut_door(me.tenant.id)
            flash(request, "No new charge point may knock any more.")
        return go("/new-chargers")

    @get("/{newcomer_id:str}")
    async def accept_form(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        newcomer_id: FromPath[str],
    ) -> PageResponse:
        """What it will be, filled in as far as can be guessed."""
        newcomer = await _newcomer(services, me, newcomer_id)
        label = " ".join(part for part in (newcomer.model, newcomer.identity) if part)[:60]
        form = form_of(label=label, connectors="1", max_power_kw="11")
        return await _accept_page(request, services, pages, me, newcomer, form)

    @post("/{newcomer_id:str}/accept")
    async def accept(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        newcomer_id: FromPath[str],
    ) -> PageResponse:
        """Make it a charge point."""
        form = await read_form(request)
        try:
            charger = await services.newcomers.accept(me.tenant.id, newcomer_id, draft_of(form))
        except BadInput as refusal:
            newcomer = await _newcomer(services, me, newcomer_id)
            return await _accept_page(request, services, pages, me, newcomer, form, refusal)
        flash(request, f"{charger.label} is accepted. It is given a password of its own.")
        return go(f"/chargers/{charger.id}")

    @post("/{newcomer_id:str}/refuse")
    async def refuse(
        self, request: AnyRequest, services: Services, me: Me, newcomer_id: FromPath[str]
    ) -> PageResponse:
        """It may not wait any more."""
        await services.newcomers.refuse(me.tenant.id, newcomer_id)
        flash(request, "It is refused and may not knock again until you forget it.")
        return go("/new-chargers")

    @post("/{newcomer_id:str}/forget")
    async def forget(
        self, request: AnyRequest, services: Services, me: Me, newcomer_id: FromPath[str]
    ) -> PageResponse:
        """It may knock again."""
        await services.newcomers.forget(me.tenant.id, newcomer_id)
        flash(request, "It is forgotten and may knock again.")
        return go("/new-chargers")


async def _newcomer(services: PortalServices, me: Actor, newcomer_id: str) -> NewcomerView:
    for each in await services.newcomers.all(me.tenant.id):
        if each.id == newcomer_id:
            return each
    raise NotFound("this charge point does not knock any more")


async def _accept_page(
    request: AnyRequest,
    services: PortalServices,
    pages: Pages,
    me: Actor,
    newcomer: NewcomerView,
    form: Form,
    refusal: BadInput | None = None,
) -> PageResponse:
    more = {"newcomer": newcomer, **await choices(services, me)}
    if refusal is not None:
        return pages.again(request, _ACCEPT, form, refusal, **more)
    return pages.render(request, _ACCEPT, form=form, **more)


def _page_of(charger_id: str) -> str:
    return f"/chargers/{charger_id}/security"
