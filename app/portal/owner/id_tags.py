"""The owner's cards: RFID tags that charge at the owner's cost."""

from litestar import Controller, get, post
from litestar.params import FromPath

from app.charging.errors import BadInput
from app.portal.forms import AnyRequest, Form, form_of, read_form
from app.portal.pages import PageResponse, flash, go
from app.portal.people import Me, PagesOf, Services
from app.portal.services import PortalServices
from app.records.drafts import IdTagDraft
from app.records.id_tags import IdTag

_FORM = "owner/id_tag.html"
_ONLY = "only."


class IdTagPages(Controller):
    """Cards."""

    path = "/cards"
    include_in_schema = False

    @get("/")
    async def show(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """All of them."""
        tags = await services.id_tags.all(me.tenant.id)
        return pages.render(request, "owner/id_tags.html", tags=tags, now=services.clock.now())

    @get("/new")
    async def new(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """An empty form."""
        stations = await services.chargers.all(me.tenant.id)
        return pages.render(request, _FORM, tag=None, stations=stations)

    @post("/new")
    async def add(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """Keep a new one."""
        form = await read_form(request)
        try:
            tag = await services.id_tags.add(me.tenant.id, _draft(form))
        except BadInput as refusal:
            stations = await services.chargers.all(me.tenant.id)
            return pages.again(request, _FORM, form, refusal, tag=None, stations=stations)
        flash(request, f"{tag.label} is added.")
        return go("/cards")

    @get("/{tag_id:str}")
    async def edit(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        tag_id: FromPath[str],
    ) -> PageResponse:
        """The form with what is there."""
        tag = await services.id_tags.get(me.tenant.id, tag_id)
        stations = await services.chargers.all(me.tenant.id)
        return pages.render(request, _FORM, form=_form(tag), tag=tag, stations=stations)

    @post("/{tag_id:str}")
    async def change(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        tag_id: FromPath[str],
    ) -> PageResponse:
        """Keep the changes."""
        form = await read_form(request)
        try:
            tag = await services.id_tags.change(me.tenant.id, tag_id, _draft(form))
        except BadInput as refusal:
            return await _again(request, services, pages, me.tenant.id, tag_id, form, refusal)
        flash(request, f"{tag.label} is changed.")
        return go("/cards")

    @post("/{tag_id:str}/delete")
    async def remove(
        self, request: AnyRequest, services: Services, me: Me, tag_id: FromPath[str]
    ) -> PageResponse:
        """Take it off the list."""
        await services.id_tags.remove(me.tenant.id, tag_id)
        flash(request, "The card is removed. It charges no more.")
        return go("/cards")


async def _again(
    request: AnyRequest,
    services: PortalServices,
    pages: PagesOf,
    tenant: str,
    tag_id: str,
    form: Form,
    refusal: BadInput,
) -> PageResponse:
    tag = await services.id_tags.get(tenant, tag_id)
    stations = await services.chargers.all(tenant)
    return pages.again(request, _FORM, form, refusal, tag=tag, stations=stations)


def _form(tag: IdTag) -> Form:
    more = {f"{_ONLY}{name}": "1" for name in tag.charge_points}
    if tag.status == "blocked":
        more["blocked"] = "1"
    until = f"{tag.expires_at:%Y-%m-%dT%H:%M}" if tag.expires_at else ""
    return form_of(tag, **more, expires_at=until)


def _draft(form: Form) -> IdTagDraft:
    return IdTagDraft(
        id=form.text("id"),
        label=form.text("label"),
        blocked=form.ticked("blocked"),
        expires_at=form.moment("expires_at") if form.text("expires_at") else None,
        group=form.text("group"),
        charge_points=tuple(
            name.removeprefix(_ONLY) for name in form.values if name.startswith(_ONLY)
        ),
    )
