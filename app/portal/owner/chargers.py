"""The owner's charge points: add, look after, print, command."""

import asyncio
from decimal import Decimal
from typing import get_args

from litestar import Controller, get, post
from litestar.params import FromPath

from app.charging.errors import BadInput, StromError
from app.portal.forms import AnyRequest, Form, form_of, read_form
from app.portal.owner.charger_pages import charger_page, choices, issued_page, stickers
from app.portal.pages import PageResponse, do_and_go, flash, go
from app.portal.people import Me, PagesOf, Services
from app.portal.ports.fleet import RemoteAction
from app.records.charge_points import ChargePoint
from app.records.drafts import ChargePointChange, ChargePointDraft

_FORM = "owner/charger_new.html"
_EDIT = "owner/charger_edit.html"


class ChargerPages(Controller):
    """Charge points as set up."""

    path = "/chargers"
    include_in_schema = False

    @get("/")
    async def show(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """All of them with what they do now."""
        chargers = await services.chargers.all(me.tenant.id)
        views = await asyncio.gather(
            *(services.statuses.of(me.tenant.id, charger) for charger in chargers)
        )
        listed = list(zip(chargers, views, strict=True))
        return pages.render(
            request, "owner/chargers.html", listed=listed, **await choices(services, me)
        )

    @get("/new")
    async def new(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """An empty form; without a place and a price it says what comes first."""
        form = form_of(connectors="1", max_power_kw="11")
        return pages.render(request, _FORM, form=form, **await choices(services, me))

    @post("/new")
    async def add(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """Add one. Its password is on this answer and nowhere else."""
        form = await read_form(request)
        try:
            issued = await services.chargers.add(me.tenant.id, draft_of(form))
        except BadInput as refusal:
            return pages.again(request, _FORM, form, refusal, **await choices(services, me))
        return issued_page(request, services, pages, issued, status=201)

    @get("/{charger_id:str}")
    async def detail(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        charger_id: FromPath[str],
    ) -> PageResponse:
        """Everything about one."""
        return await charger_page(request, services, pages, me, charger_id, "owner/charger.html")

    @get("/{charger_id:str}/live")
    async def live(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        charger_id: FromPath[str],
    ) -> PageResponse:
        """The part of its page that changes by itself."""
        template = "owner/charger_live.html"
        return await charger_page(request, services, pages, me, charger_id, template)

    @get("/{charger_id:str}/print")
    async def print_sheet(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        charger_id: FromPath[str],
    ) -> PageResponse:
        """A sticker for each connector."""
        charger = await services.chargers.get(me.tenant.id, charger_id)
        return pages.render(
            request,
            "owner/charger_print.html",
            charger=charger,
            stickers=stickers(services, charger),
        )

    @get("/{charger_id:str}/edit")
    async def edit(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        charger_id: FromPath[str],
    ) -> PageResponse:
        """The form with what can change."""
        charger = await services.chargers.get(me.tenant.id, charger_id)
        return pages.render(
            request,
            _EDIT,
            form=_form(charger),
            charger=charger,
            **await choices(services, me),
        )

    @post("/{charger_id:str}/edit")
    async def change(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        charger_id: FromPath[str],
    ) -> PageResponse:
        """Keep the changes."""
        form = await read_form(request)
        change = ChargePointChange(
            form.text("label"),
            form.text("location_id"),
            form.text("tariff_id"),
            free_vend=form.ticked("free_vend"),
            local_list=form.ticked("local_list"),
            connector_tariffs=_own_prices(form),
        )
        try:
            await services.chargers.change(me.tenant.id, charger_id, change)
        except BadInput as refusal:
            charger = await services.chargers.get(me.tenant.id, charger_id)
            more = await choices(services, me)
            return pages.again(request, _EDIT, form, refusal, charger=charger, **more)
        flash(request, f"{change.label} is changed.")
        return go(f"/chargers/{charger_id}")

    @post("/{charger_id:str}/password")
    async def renew_password(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        charger_id: FromPath[str],
    ) -> PageResponse:
        """A new password, on this answer and nowhere else."""
        issued = await services.chargers.renew_password(me.tenant.id, charger_id)
        return issued_page(request, services, pages, issued, status=200)

    @post("/{charger_id:str}/commands")
    async def command(
        self, request: AnyRequest, services: Services, me: Me, charger_id: FromPath[str]
    ) -> PageResponse:
        """Tell the charge point to do something."""
        form = await read_form(request)
        charger = await services.chargers.get(me.tenant.id, charger_id)
        try:
            sent = await services.commands.send(
                me.tenant.id, charger, _action(form), form.integer("connector")
            )
        except StromError as refusal:
            flash(request, refusal.message, "bad")
        else:
            flash(request, f"Sent: {sent.kind.replace('_', ' ')}. The answer shows below.")
        return go(f"/chargers/{charger_id}")

    @post("/{charger_id:str}/delete")
    async def remove(
        self, request: AnyRequest, services: Services, me: Me, charger_id: FromPath[str]
    ) -> PageResponse:
        """Remove it; its addresses are free again."""
        removing = services.chargers.remove(me.tenant.id, charger_id)
        done, back = "The charge point is removed.", f"/chargers/{charger_id}"
        return await do_and_go(request, removing, done, "/chargers", back=back)


def _action(form: Form) -> RemoteAction:
    wanted = form.text("action")
    for action in get_args(RemoteAction):
        if action == wanted:
            return action  # type: ignore[no-any-return]  # one of the literals
    raise BadInput("there is no such action", field="action")


def _form(charger: ChargePoint) -> Form:
    """Boxes are in a form only where they are ticked."""
    ticked = {name: "1" for name in ("free_vend", "local_list") if getattr(charger, name)}
    texts = {name: str(getattr(charger, name)) for name in ("label", "location_id", "tariff_id")}
    own = {f"tariff_of_{plug.number}": plug.tariff_id for plug in charger.connectors}
    return Form({**texts, **ticked, **own})


def _own_prices(form: Form) -> dict[int, str] | None:
    """Connector → price of its own; None where the form had no choice of it."""
    found = {
        int(name.removeprefix("tariff_of_")): value
        for name, value in form.values.items()
        if name.startswith("tariff_of_") and name.removeprefix("tariff_of_").isdecimal()
    }
    return found or None


def draft_of(form: Form) -> ChargePointDraft:
    """A charge point to add, as the form has it; raises ``BadInput``."""
    power_kw = form.required_decimal("max_power_kw")
    if not power_kw.is_finite() or abs(power_kw) > Decimal(1_000_000):
        raise BadInput("1 to 1000 kW", field="max_power_kw")
    return ChargePointDraft(
        label=form.text("label"),
        location_id=form.text("location_id"),
        tariff_id=form.text("tariff_id"),
        connectors=form.integer("connectors"),
        address_name=form.text("address_name"),
        max_power_w=int(power_kw * 1000),
    )
