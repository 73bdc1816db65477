"""Charges: the list, and one with every movement of money."""

import asyncio

from litestar import Controller, Response, get, post
from litestar.params import FromPath, FromQuery

from app.charging.session import Phase
from app.portal.driver.language import pick_language
from app.portal.forms import AnyRequest, read_form
from app.portal.pages import PageResponse
from app.portal.people import Me, PagesOf, Services
from app.portal.receipts.files import receipt_file, receipt_json
from app.portal.receipts.shown import shown_receipt
from app.portal.signed_file import signed_file
from app.records.charge_points import ChargePoint, Location


class SessionPages(Controller):
    """Charges."""

    path = "/sessions"
    include_in_schema = False

    @get("/")
    async def show(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        start: FromQuery[str] = "",
    ) -> PageResponse:
        """The newest first, a page at a time."""
        tenant = me.tenant.id
        page, chargers, locations, owed = await asyncio.gather(
            services.sessions.page(tenant, start=start),
            services.chargers.all(tenant),
            services.locations.all(tenant),
            services.sessions.refunds_owed_msat(tenant),
        )
        return pages.render(
            request,
            "owner/sessions.html",
            page=page,
            labels={charger.id: charger.label for charger in chargers},
            zones=time_zones(chargers, locations),
            owed_msat=owed,
            start=start,
        )

    @get("/{session_id:str}")
    async def detail(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        session_id: FromPath[str],
    ) -> PageResponse:
        """One charge."""
        tenant = me.tenant.id
        detail, chargers, locations = await asyncio.gather(
            services.sessions.get(tenant, session_id),
            services.chargers.all(tenant),
            services.locations.all(tenant),
        )
        at = detail.session.charge_point_id
        receipt = None
        if detail.session.state == Phase.ENDED:
            made = await services.sessions.receipt(tenant, session_id)
            receipt = shown_receipt(made, "en")
        return pages.render(
            request,
            "owner/session.html",
            detail=detail,
            receipt=receipt,
            charger=next((charger for charger in chargers if charger.id == at), None),
            time_zone=time_zones(chargers, locations).get(at, "UTC"),
        )

    @get("/{session_id:str}/signed-meter-values.json")
    async def signed(
        self, services: Services, me: Me, session_id: FromPath[str]
    ) -> Response[object]:
        """What the meter has signed."""
        detail = await services.sessions.get(me.tenant.id, session_id)
        return signed_file(detail.signed, session_id)

    @get("/{session_id:str}/receipt.json")
    async def receipt(
        self, services: Services, me: Me, session_id: FromPath[str]
    ) -> Response[object]:
        """The receipt for programs, as the driver has it."""
        return receipt_json(await services.sessions.receipt(me.tenant.id, session_id))

    @get("/{session_id:str}/receipt.pdf")
    async def receipt_pdf(
        self, services: Services, me: Me, session_id: FromPath[str]
    ) -> Response[object]:
        """The receipt to print, in the owner's language."""
        made = await services.sessions.receipt(me.tenant.id, session_id)
        return await receipt_file(made, pick_language("", me.tenant.language))

    @post("/{session_id:str}/link")
    async def renew_link(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        session_id: FromPath[str],
    ) -> PageResponse:
        """A new link for a driver who lost theirs, on this answer and nowhere else."""
        await read_form(request)
        token = await services.links.renew_link(me.tenant.id, session_id, me.user.email)
        return pages.render(
            request,
            "owner/session_link.html",
            status=201,
            session_id=session_id,
            url=f"{services.settings.public_base_url}/s/{token}",
        )


def time_zones(chargers: list[ChargePoint], locations: list[Location]) -> dict[str, str]:
    """The time zone of each charge point: times are shown as they were there."""
    zones = {location.id: location.time_zone for location in locations}
    return {charger.id: zones.get(charger.location_id, "UTC") for charger in chargers}
