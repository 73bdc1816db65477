"""The owner's prices."""

from litestar import Controller, get, post
from litestar.params import FromPath

from app.charging.errors import BadInput, Conflict
from app.portal.forms import AnyRequest, Form, form_of, read_form
from app.portal.pages import PageResponse, flash, go
from app.portal.people import Me, PagesOf, Services
from app.records.drafts import TariffDraft

_FORM = "owner/tariff.html"


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
        return pages.render(request, "owner/tariffs.html", tariffs=tariffs)

    @get("/new")
    async def new(self, request: AnyRequest, pages: PagesOf, me: Me) -> PageResponse:
        """An empty form."""
        form = form_of(currency=me.tenant.currency)
        return pages.render(request, _FORM, form=form, tariff=None)

    @post("/new")
    async def add(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """Keep a new one."""
        form = await read_form(request)
        try:
            tariff = await services.tariffs.add(me.tenant.id, _draft(form))
        except BadInput as refusal:
            return pages.again(request, _FORM, form, refusal, tariff=None)
        flash(request, f"{tariff.name} is added.")
        return go("/tariffs")

    @get("/{tariff_id:str}")
    async def edit(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        tariff_id: FromPath[str],
    ) -> PageResponse:
        """The form with what is there."""
        tariff = await services.tariffs.get(me.tenant.id, tariff_id)
        return pages.render(request, _FORM, form=form_of(tariff), tariff=tariff)

    @post("/{tariff_id:str}")
    async def change(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        tariff_id: FromPath[str],
    ) -> PageResponse:
        """A new version."""
        form = await read_form(request)
        tariff = await services.tariffs.get(me.tenant.id, tariff_id)
        try:
            changed = await services.tariffs.change(me.tenant.id, tariff_id, _draft(form))
        except BadInput as refusal:
            return pages.again(request, _FORM, form, refusal, tariff=tariff)
        flash(request, f"{changed.name} is changed. Charges under way keep their price.")
        return go("/tariffs")

    @post("/{tariff_id:str}/delete")
    async def remove(
        self, request: AnyRequest, services: Services, me: Me, tariff_id: FromPath[str]
    ) -> PageResponse:
        """Remove one that no charge point uses."""
        try:
            await services.tariffs.remove(me.tenant.id, tariff_id)
        except Conflict as refusal:
            flash(request, refusal.message, "bad")
            return go(f"/tariffs/{tariff_id}")
        flash(request, "The tariff is removed.")
        return go("/tariffs")


def _draft(form: Form) -> TariffDraft:
    return TariffDraft(
        name=form.text("name"),
        currency=form.text("currency"),
        price_per_kwh=form.required_decimal("price_per_kwh"),
        start_fee=form.decimal("start_fee"),
    )
