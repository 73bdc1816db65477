"""The owner's locations."""

from functools import cache
from zoneinfo import available_timezones

from litestar import Controller, get, post
from litestar.params import FromPath

from app.charging.errors import BadInput
from app.portal.forms import AnyRequest, Form, form_of, read_form
from app.portal.pages import PageResponse, do_and_go, flash, go
from app.portal.people import Me, PagesOf, Services
from app.records.drafts import LocationDraft

_FORM = "owner/location.html"


class LocationPages(Controller):
    """Locations."""

    path = "/locations"
    include_in_schema = False

    @get("/")
    async def show(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """All of them."""
        locations = await services.locations.all(me.tenant.id)
        return pages.render(request, "owner/locations.html", locations=locations)

    @get("/new")
    async def new(self, request: AnyRequest, pages: PagesOf, me: Me) -> PageResponse:
        """An empty form."""
        form = form_of(currency=me.tenant.currency)
        return pages.render(request, _FORM, form=form, location=None, zones=_zones())

    @post("/new")
    async def add(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """Keep a new one."""
        form = await read_form(request)
        try:
            location = await services.locations.add(me.tenant.id, _draft(form))
        except BadInput as refusal:
            return pages.again(request, _FORM, form, refusal, location=None, zones=_zones())
        flash(request, f"{location.name} is added.")
        return go("/locations")

    @get("/{location_id:str}")
    async def edit(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        location_id: FromPath[str],
    ) -> PageResponse:
        """The form with what is there."""
        location = await services.locations.get(me.tenant.id, location_id)
        form = form_of(location)
        return pages.render(request, _FORM, form=form, location=location, zones=_zones())

    @post("/{location_id:str}")
    async def change(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        location_id: FromPath[str],
    ) -> PageResponse:
        """Keep the changes."""
        form = await read_form(request)
        location = await services.locations.get(me.tenant.id, location_id)
        try:
            changed = await services.locations.change(me.tenant.id, location_id, _draft(form))
        except BadInput as refusal:
            return pages.again(request, _FORM, form, refusal, location=location, zones=_zones())
        flash(request, f"{changed.name} is changed.")
        return go("/locations")

    @post("/{location_id:str}/delete")
    async def remove(
        self, request: AnyRequest, services: Services, me: Me, location_id: FromPath[str]
    ) -> PageResponse:
        """Remove one where no charge point stands."""
        removing = services.locations.remove(me.tenant.id, location_id)
        done, back = "The location is removed.", f"/locations/{location_id}"
        return await do_and_go(request, removing, done, "/locations", back=back)


@cache
def _zones() -> list[str]:
    return sorted(name for name in available_timezones() if "/" in name and "Etc/" not in name)


def _draft(form: Form) -> LocationDraft:
    return LocationDraft(
        name=form.text("name"),
        address=form.text("address"),
        city=form.text("city"),
        postal_code=form.text("postal_code"),
        country=form.text("country"),
        latitude=form.required_decimal("latitude"),
        longitude=form.required_decimal("longitude"),
        time_zone=form.text("time_zone"),
        currency=form.text("currency"),
    )
