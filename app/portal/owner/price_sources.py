"""Where an owner's dynamic prices come from: added, tried, looked at."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Annotated, Any, get_args

from litestar import Controller, get, post
from litestar.params import FromPath, QueryParameter

from app.charging.errors import BadInput, NotFound, Unavailable
from app.portal.forms import AnyRequest, Form, read_form
from app.portal.pages import PageResponse, Pages, do_and_go, flash, go
from app.portal.people import Me, PagesOf, Services
from app.portal.services import PortalServices
from app.records.spot_sources import (
    JsonPaths,
    KeptSpotSource,
    SpotKind,
    SpotSourceDraft,
    SpotSourceSettings,
)
from app.records.views import Actor

_FORM = "owner/price_source.html"
Kind = Annotated[str, QueryParameter(name="kind", max_length=40)]
_TOKEN = ("token",)
_OWN = ("time_zone", "currency")


@dataclass(frozen=True, slots=True)
class About:
    """A kind of source for people: what it is, and what it has to be told."""

    kind: str
    title: str
    text: str
    fields: tuple[str, ...]
    secrets: tuple[str, ...] = ()


ABOUT = {
    each.kind: each
    for each in (
        About("awattar", "aWATTar", "Hourly prices of the exchange for Austria and Germany. "
              "Nothing to sign up for.", ("area",)),
        About("energy_charts", "Energy-Charts", "Day-ahead prices of most of Europe, by Fraunhofer "
              "ISE. Nothing to sign up for.", ("area",)),
        About("entsoe", "ENTSO-E day-ahead", "Day-ahead prices of all of Europe. Needs a token "
              "of the transparency platform (free).", ("area", "currency", "step_min"), _TOKEN),
        About("tibber", "Tibber", "What your own contract with Tibber costs by the hour. Needs "
              "its token.", ("currency", "home", "step_min", "with_vat"), _TOKEN),
        About("octopus", "Octopus Agile", "Half-hourly prices in Great Britain.",
              ("product", "area", "with_vat")),
        About("json", "JSON from an address", "Any address that answers JSON with prices: your "
              "supplier, your inverter, a script of yours.",
              (*_OWN, "url", "price_path", "slots_path", "time_path", "end_path", "factor",
               "with_vat", "holds_min"), ("query", "header_name", "header_value")),
        About("signal", "A signal from an address", "A number that is no price: what your roof has "
              "left, which grid tariff holds. A price can depend on it.",
              ("url", "price_path", "factor"), ("query", "header_name", "header_value")),
    )
}  # fmt: skip
"""The kinds, in the order in which they are offered."""


class PriceSourcePages(Controller):
    """Price sources."""

    path = "/price-sources"
    include_in_schema = False

    @get("/new")
    async def new(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me, kind: Kind = ""
    ) -> PageResponse:
        """The kinds there are, then the form of one."""
        form = Form({"time_zone": await _zone(services, me), "currency": me.tenant.currency})
        return _page(request, pages, form, about=ABOUT.get(kind))

    @post("/new")
    async def add(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me, kind: Kind = ""
    ) -> PageResponse:
        """Try it, or keep it."""
        return await _took(request, services, pages, me, ABOUT.get(kind), None)

    @get("/{source_id:str}")
    async def show(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        source_id: FromPath[str],
    ) -> PageResponse:
        """What it last told, and the form to change it."""
        source = await services.price_sources.get(me.tenant.id, source_id)
        known = await services.price_sources.known(me.tenant.id, source_id)
        about = ABOUT[source.settings.kind]
        return _page(
            request,
            pages,
            _form(source),
            about=about,
            source=source,
            known=known,
            now=services.clock.now(),
        )

    @post("/{source_id:str}")
    async def change(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        source_id: FromPath[str],
    ) -> PageResponse:
        """Try the changes, or keep them."""
        source = await services.price_sources.get(me.tenant.id, source_id)
        about = ABOUT[source.settings.kind]
        return await _took(request, services, pages, me, about, source)

    @post("/{source_id:str}/delete")
    async def remove(
        self, request: AnyRequest, services: Services, me: Me, source_id: FromPath[str]
    ) -> PageResponse:
        """Forget it, unless a price follows it."""
        removing = services.price_sources.remove(me.tenant.id, source_id)
        done, back = "The price source is removed.", f"/price-sources/{source_id}"
        return await do_and_go(request, removing, done, "/tariffs", back=back)


async def _took(
    request: AnyRequest,
    services: PortalServices,
    pages: Pages,
    me: Actor,
    about: About | None,
    source: KeptSpotSource | None,
) -> PageResponse:
    if about is None:
        raise NotFound("there is no such kind of price source")
    form, tenant = await read_form(request), me.tenant.id
    more: dict[str, Any] = {"about": about, "source": source, "now": services.clock.now()}
    try:
        draft = _draft(form, about, await _zone(services, me))
        if form.text("do") == "try":
            tried = await services.price_sources.try_out(tenant, draft, source.id if source else "")
            return _page(request, pages, form, tried=tried, **more)
        if source is None:
            source = await services.price_sources.add(tenant, draft)
        else:
            source = await services.price_sources.change(tenant, source.id, draft)
    except BadInput as refusal:
        return _page(request, pages, form, error=refusal, **more)
    except Unavailable as silence:
        return _page(request, pages, form, silence=silence.message, **more)
    flash(request, f"{source.name} is saved. Now choose it where you set a price.")
    return go("/tariffs")


def _page(
    request: AnyRequest,
    pages: Pages,
    form: Form,
    *,
    about: About | None,
    error: BadInput | None = None,
    **more: Any,
) -> PageResponse:
    if about is None:
        return pages.render(request, "owner/price_source_kinds.html", kinds=ABOUT.values())
    values: dict[str, Any] = {
        "source": None, "known": None, "tried": None, "silence": "", "now": None, **more,
        "about": about, "fields": ("name", *about.fields, *about.secrets),
    }  # fmt: skip
    if error is not None:
        return pages.again(request, _FORM, form, error, **values)
    return pages.render(request, _FORM, form=form, **values)


def _draft(form: Form, about: About, zone: str) -> SpotSourceDraft:
    kind = next(each for each in get_args(SpotKind) if each == about.kind)
    used = set(about.fields)
    settings = SpotSourceSettings(
        kind=kind,
        time_zone=form.text("time_zone") if "time_zone" in used else zone,
        currency=form.text("currency") if "currency" in used else "",
        area=form.text("area"),
        product=form.text("product"),
        home=form.text("home"),
        step_min=form.integer("step_min") if form.text("step_min") else 0,
        with_vat=form.text("with_vat") == "yes",
    )
    if about.kind in ("json", "signal"):
        settings = replace(settings, url=form.text("url"), paths=_paths(form))
        if form.text("holds_min"):
            settings = replace(settings, holds_min=form.integer("holds_min"))
    return SpotSourceDraft(form.text("name"), settings, _secrets(form, about))


def _paths(form: Form) -> JsonPaths:
    return JsonPaths(
        price=form.text("price_path"),
        slots=form.text("slots_path"),
        time=form.text("time_path"),
        end=form.text("end_path"),
        factor=form.decimal("factor") if form.text("factor") else Decimal(1),
    )


def _secrets(form: Form, about: About) -> Mapping[str, str]:
    """Those that were typed; what is left empty stays as it was."""
    found: dict[str, str] = {
        name: form.secret(name) for name in ("token", "query")
        if name in about.secrets and form.secret(name)
    }  # fmt: skip
    if form.text("header_name") and form.secret("header_value"):
        found[f"header:{form.text('header_name')}"] = form.secret("header_value")
    return found


def _form(source: KeptSpotSource) -> Form:
    settings, paths = source.settings, source.settings.paths
    headers = [name for name in source.secret_names if name.startswith("header:")]
    return Form(
        {
            "name": source.name,
            "time_zone": settings.time_zone,
            "currency": settings.currency,
            "area": settings.area,
            "product": settings.product,
            "home": settings.home,
            "step_min": str(settings.step_min),
            "with_vat": "yes" if settings.with_vat else "no",
            "url": settings.url,
            "price_path": paths.price,
            "slots_path": paths.slots,
            "time_path": paths.time,
            "end_path": paths.end,
            "factor": f"{paths.factor:f}",
            "holds_min": str(settings.holds_min),
            "header_name": headers[0].removeprefix("header:") if headers else "",
        }
    )


async def _zone(services: PortalServices, me: Actor) -> str:
    """The clock of the owner's first place."""
    places = await services.locations.all(me.tenant.id)
    return places[0].time_zone if places else "UTC"
