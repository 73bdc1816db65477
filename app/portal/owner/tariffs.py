"""The owner's prices."""

from typing import Annotated, Any

from litestar import Controller, get, post
from litestar.params import FromPath, QueryParameter

from app.charging.errors import BadInput, Conflict, NotFound
from app.portal.forms import AnyRequest, Form, read_form
from app.portal.owner import tariff_form as tf
from app.portal.owner.tariff_preview import example_of, preview
from app.portal.pages import PageResponse, Pages, do_and_go, flash, go
from app.portal.people import Me, PagesOf, Services
from app.portal.services import PortalServices
from app.records.tariff_language import elements_from_text
from app.records.tariffs import OwnedTariff
from app.records.views import Actor

_FORM, _IMPORT = "owner/tariff.html", "owner/tariff_import.html"
Version = Annotated[int | None, QueryParameter(name="version")]


class TariffPages(Controller):
    """Tariffs."""

    path = "/tariffs"
    include_in_schema = False

    @get("/")
    async def show(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """All of them."""
        tariffs = await services.tariffs.all(me.tenant.id)
        owner = await services.owner_settings.get(me.tenant.id)
        sources = await services.price_sources.all(me.tenant.id)
        return pages.render(
            request, "owner/tariffs.html", tariffs=tariffs, usual=owner.tariff_id, sources=sources
        )

    @get("/new")
    async def new(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """An empty form."""
        form = Form({"currency": me.tenant.currency, "tax_included": "yes", "rows": "0"})
        return await _page(request, services, pages, me, form)

    @post("/new")
    async def add(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """Keep a new one, or show the form with another row, or what it means."""
        return await _took(request, services, pages, me, None)

    @get("/import")
    async def pasted(self, request: AnyRequest, pages: PagesOf, me: Me) -> PageResponse:
        """A field for OCPI's JSON."""
        return pages.render(request, _IMPORT, form=Form({"currency": me.tenant.currency}))

    @post("/import")
    async def read(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """Fill in the form from OCPI's JSON; nothing is kept."""
        form = await read_form(request, longest=tf.LONGEST)
        try:
            elements_from_text(form.text("elements"))
        except BadInput as refusal:
            refusal.message, refusal.field = f"{refusal.field}: {refusal.message}", "elements"
            return pages.again(request, _IMPORT, form, refusal)
        filled = Form({**form.values, "tax_included": form.text("tax_included"), "rows": "0"})
        return await _page(request, services, pages, me, filled)

    @get("/{tariff_id:str}")
    async def edit(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        tariff_id: FromPath[str],
        version: Version = None,
    ) -> PageResponse:
        """The form with what is there; with ``version`` that of another version."""
        tariff = await services.tariffs.get(me.tenant.id, tariff_id)
        shown = tariff.shown
        if version is not None:
            shown = await services.tariffs.version(me.tenant.id, tariff_id, version)
        return await _page(
            request, services, pages, me, tf.form_of(shown), tariff=tariff, number=shown.version
        )

    @post("/{tariff_id:str}")
    async def change(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        tariff_id: FromPath[str],
    ) -> PageResponse:
        """A new version or draft, or the form with another row, or what it means."""
        tariff = await services.tariffs.get(me.tenant.id, tariff_id)
        return await _took(request, services, pages, me, tariff)

    @get("/{tariff_id:str}/history")
    async def history(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        tariff_id: FromPath[str],
    ) -> PageResponse:
        """Every version."""
        tariff = await services.tariffs.get(me.tenant.id, tariff_id)
        versions = await services.tariffs.history(me.tenant.id, tariff_id)
        return pages.render(
            request,
            "owner/tariff_history.html",
            tariff=tariff,
            versions=versions,
            now=services.clock.now(),
            zone=await _zone(services, me),
        )

    @post("/{tariff_id:str}/publish")
    async def publish(
        self, request: AnyRequest, services: Services, me: Me, tariff_id: FromPath[str]
    ) -> PageResponse:
        """Let the draft hold, at once or later."""
        form = await read_form(request)
        try:
            at = None
            if form.text("starts_at"):
                at = form.moment("starts_at", await _zone(services, me))
            tariff = await services.tariffs.publish(me.tenant.id, tariff_id, at)
        except BadInput as refusal:
            flash(request, refusal.message, "bad")
            return go(f"/tariffs/{tariff_id}/history")
        flash(request, f"{tariff.name}: the draft {'will hold from then on' if at else 'holds'}.")
        return go(f"/tariffs/{tariff_id}/history")

    @post("/{tariff_id:str}/withdraw")
    async def withdraw(
        self, request: AnyRequest, services: Services, me: Me, tariff_id: FromPath[str]
    ) -> PageResponse:
        """Forget the draft, or a version that has not begun."""
        form = await read_form(request)
        withdrawing = services.tariffs.withdraw(me.tenant.id, tariff_id, form.integer("version"))
        done, on = "It is withdrawn.", f"/tariffs/{tariff_id}/history"
        return await do_and_go(request, withdrawing, done, on, refused_by=(Conflict, NotFound))

    @post("/{tariff_id:str}/usual")
    async def usual(
        self, request: AnyRequest, services: Services, me: Me, tariff_id: FromPath[str]
    ) -> PageResponse:
        """Price by this whatever has no price of its own."""
        setting = services.tariffs.set_usual(me.tenant.id, tariff_id)
        return await do_and_go(request, setting, "This is your usual price now.", "/tariffs")

    @post("/{tariff_id:str}/delete")
    async def remove(
        self, request: AnyRequest, services: Services, me: Me, tariff_id: FromPath[str]
    ) -> PageResponse:
        """Remove one that nothing is priced by."""
        removing = services.tariffs.remove(me.tenant.id, tariff_id)
        done, back = "The tariff is removed.", f"/tariffs/{tariff_id}"
        return await do_and_go(request, removing, done, "/tariffs", back=back)


async def _took(
    request: AnyRequest,
    services: PortalServices,
    pages: Pages,
    me: Actor,
    tariff: OwnedTariff | None,
) -> PageResponse:
    """Do what the pressed button says with the form."""
    form = await read_form(request, longest=tf.LONGEST)
    wanted, zone = form.text("do"), await _zone(services, me)
    number = form.integer("from_version") if form.text("from_version") else 0
    about: dict[str, Any] = {"tariff": tariff, "number": number}
    if wanted == "add":
        return await _page(request, services, pages, me, tf.with_row(form), **about)
    if wanted.startswith("remove_") and wanted[7:].isdecimal():
        shorter = tf.without_row(form, int(wanted[7:]))
        return await _page(request, services, pages, me, shorter, **about)
    try:
        if wanted == "preview":
            return await _previewed(request, services, pages, me, form, zone, about)
        kept = await _saved(services, me, form, zone, tariff, number)
    except BadInput as refusal:
        placed = tf.placed(refusal, form)
        return await _page(request, services, pages, me, form, error=placed, **about)
    flash(request, f"{kept.name} is saved. Charges under way keep their price.")
    is_draft = wanted == "draft"
    return go(f"/tariffs/{kept.id}/history" if is_draft or tariff else "/tariffs")


async def _saved(
    services: PortalServices,
    me: Actor,
    form: Form,
    zone: str,
    tariff: OwnedTariff | None,
    number: int,
) -> OwnedTariff:
    is_draft = form.text("do") == "draft"
    draft = tf.draft_of(form, zone, is_draft=is_draft)
    if tariff is None:
        return await services.tariffs.add(me.tenant.id, draft)
    if number and number == tariff.head.draft and not is_draft:
        # What was a draft is published as it now is, not left behind beside a copy.
        again = tf.draft_of(form, zone, is_draft=True)
        await services.tariffs.change(me.tenant.id, tariff.id, again)
        return await services.tariffs.publish(me.tenant.id, tariff.id, draft.starts_at)
    return await services.tariffs.change(me.tenant.id, tariff.id, draft)


async def _previewed(
    request: AnyRequest,
    services: PortalServices,
    pages: Pages,
    me: Actor,
    form: Form,
    zone: str,
    about: dict[str, Any],
) -> PageResponse:
    draft = tf.draft_of(form, zone, is_draft=True)
    version = await services.tariffs.checked(me.tenant.id, draft)
    now = services.clock.now()
    tariff = await services.prices.as_of_now(me.tenant.id, version, zone)
    seen = preview(tariff, example_of(form, now, zone), now)
    return await _page(request, services, pages, me, form, seen=seen, **about)


async def _page(
    request: AnyRequest,
    services: PortalServices,
    pages: Pages,
    me: Actor,
    form: Form,
    *,
    error: BadInput | None = None,
    **more: Any,
) -> PageResponse:
    """The form, with its rows and the sources there are."""
    sources = await services.price_sources.all(me.tenant.id)
    values: dict[str, Any] = {
        "tariff": None,
        "number": 0,
        "seen": None,
        **more,
        "rows": tf.rows_of(form),
        "fields": (*tf.FIELDS, *tf.row_fields(form)),
        "sources": [source for source in sources if source.settings.currency],
        "signals": [source for source in sources if not source.settings.currency],
        "signal_steps": max(tf.SIGNAL_STEPS, _steps(form)),
        "zone": await _zone(services, me),
    }
    if error is not None:
        return pages.again(request, _FORM, form, error, **values)
    return pages.render(request, _FORM, form=form, **values)


def _steps(form: Form) -> int:
    return sum(name.endswith("_at_least") for name in form.values)


async def _zone(services: PortalServices, me: Actor) -> str:
    """The clock that dates of a form are meant by: that of the owner's first place."""
    places = await services.locations.all(me.tenant.id)
    return places[0].time_zone if places else "UTC"
