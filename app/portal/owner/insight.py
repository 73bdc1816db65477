"""A charge point looked at closely: how it is connected, what it says, how it is configured."""

from typing import Annotated, Any, NamedTuple

from litestar import Controller, Response, get, post
from litestar.params import FromPath, QueryParameter

from app.charging.errors import BadInput, Conflict, StromError
from app.portal.forms import AnyRequest, Form, read_form
from app.portal.pages import PageResponse, flash, go
from app.portal.people import Me, PagesOf, Services
from app.portal.services import PortalServices
from app.records.charge_points import ChargePoint
from app.records.views import Actor

Wish = Annotated[str, QueryParameter(max_length=100)]


class InsightPages(Controller):
    """The pages beside a charge point's own."""

    path = "/chargers/{charger_id:str}"
    include_in_schema = False

    @get("/connection")
    async def connection(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        charger_id: FromPath[str],
    ) -> PageResponse:
        """How its connection does, and what it does oddly."""
        charger = await services.chargers.get(me.tenant.id, charger_id)
        quality = await services.quality.of(me.tenant.id, charger_id)
        zone = await _time_zone(services, me, charger)
        return pages.render(
            request,
            "owner/charger_connection.html",
            charger=charger,
            quality=quality,
            time_zone=zone,
        )

    @get("/messages")
    async def messages(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        charger_id: FromPath[str],
        start: Wish = "",
        action: Wish = "",
        sent: Wish = "",
        follow: Wish = "",
    ) -> PageResponse:
        """What it said and was told."""
        wish = _Wish(start, action, sent, follow)
        return pages.render(
            request,
            "owner/charger_messages.html",
            **await _messages(services, me, charger_id, wish),
        )

    @get("/messages/live")
    async def live(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        charger_id: FromPath[str],
        action: Wish = "",
        sent: Wish = "",
    ) -> PageResponse:
        """The part of it that follows; asking for it keeps the frames coming."""
        wish = _Wish("", action, sent, "1")
        return pages.render(
            request,
            "owner/charger_frames.html",
            **await _messages(services, me, charger_id, wish),
        )

    @post("/messages/recording")
    async def record(
        self, request: AnyRequest, services: Services, me: Me, charger_id: FromPath[str]
    ) -> PageResponse:
        """Switch the recording on or off."""
        form = await read_form(request)
        await services.chargers.get(me.tenant.id, charger_id)
        try:
            hours = form.integer("hours")
            until = await services.frame_logs.record(me.tenant.id, charger_id, hours)
        except (BadInput, Conflict) as refusal:
            flash(request, refusal.message, "bad")
        else:
            flash(request, "Recording." if until else "The recording has ended.")
        return go(f"/chargers/{charger_id}/messages")

    @get("/messages.jsonl")
    async def download(
        self, services: Services, me: Me, charger_id: FromPath[str]
    ) -> Response[bytes]:
        """All that is kept."""
        charger = await services.chargers.get(me.tenant.id, charger_id)
        lines = await services.frame_logs.lines(me.tenant.id, charger_id)
        return Response(
            lines.encode(),
            media_type="application/x-ndjson",
            headers={"content-disposition": f'attachment; filename="{charger.name}.jsonl"'},
        )

    @get("/configuration")
    async def configuration(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        charger_id: FromPath[str],
        key: Wish = "",
    ) -> PageResponse:
        """Every setting it has told of, and those that have changed by themselves."""
        charger = await services.chargers.get(me.tenant.id, charger_id)
        known = await services.configuration.of(me.tenant.id, charger_id)
        value = next((s.value for s in known.settings if s.key == key), "")
        return pages.render(
            request,
            "owner/charger_configuration.html",
            charger=charger,
            known=known,
            form=Form({"key": key, "value": value or ""}),
            time_zone=await _time_zone(services, me, charger),
        )

    @post("/configuration")
    async def configure(
        self, request: AnyRequest, services: Services, me: Me, charger_id: FromPath[str]
    ) -> PageResponse:
        """Read it, change a setting, or deal with one that has changed by itself."""
        form = await read_form(request)
        await services.chargers.get(me.tenant.id, charger_id)
        try:
            said = await _configure(services, me.tenant.id, charger_id, form)
        except StromError as refusal:
            flash(request, refusal.message, "bad")
        else:
            flash(request, said)
        return go(f"/chargers/{charger_id}/configuration")


class _Wish(NamedTuple):
    """What of the frames is to be shown."""

    start: str
    action: str
    sent: str
    follow: str


async def _messages(
    services: PortalServices, me: Actor, charger_id: str, wish: _Wish
) -> dict[str, Any]:
    start, action, sent, follow = wish
    tenant = me.tenant.id
    charger = await services.chargers.get(tenant, charger_id)
    if follow:
        try:
            await services.frame_logs.follow(tenant, charger_id)
        except Conflict:
            follow = ""
    logs = services.frame_logs
    return {
        "charger": charger,
        "page": await logs.page(tenant, charger_id, start=start, action=action, sent=sent),
        "recorded_until": await logs.recorded_until(tenant, charger_id),
        "time_zone": await _time_zone(services, me, charger),
        "start": start,
        "action": action,
        "sent": sent,
        "follow": follow,
    }


async def _configure(services: PortalServices, tenant: str, charger_id: str, form: Form) -> str:
    configuration, key = services.configuration, form.text("key")
    match form.text("do"):
        case "read":
            await configuration.ask(tenant, charger_id)
            return "Asked. The answer shows here in a moment; load this page again."
        case "set":
            await configuration.set(tenant, charger_id, key, form.text("value"))
            return f"Sent: {key}. The charger's answer shows on its page."
        case "set_again":
            await configuration.set_again(tenant, charger_id, key)
            return f"Sent again: {key}. The charger's answer shows on its page."
        case "accept":
            await configuration.accept(tenant, charger_id, key)
            return f"{key} stays as the charger has it."
    raise BadInput("there is no such action", field="do")


async def _time_zone(services: PortalServices, me: Actor, charger: ChargePoint) -> str:
    locations = await services.locations.all(me.tenant.id)
    return next((each.time_zone for each in locations if each.id == charger.location_id), "UTC")
