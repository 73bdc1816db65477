"""Charges: the list, and one with every movement of money."""

import asyncio

from litestar import Controller, get
from litestar.params import FromPath, FromQuery

from app.portal.forms import AnyRequest
from app.portal.pages import PageResponse
from app.portal.people import Me, PagesOf, Services


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
        page, chargers, owed = await asyncio.gather(
            services.sessions.page(tenant, start=start),
            services.chargers.all(tenant),
            services.sessions.refunds_owed_msat(tenant),
        )
        labels = {charger.id: charger.label for charger in chargers}
        return pages.render(
            request, "owner/sessions.html", page=page, labels=labels, owed_msat=owed, start=start
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
        detail, chargers = await asyncio.gather(
            services.sessions.get(tenant, session_id), services.chargers.all(tenant)
        )
        charger = next((c for c in chargers if c.id == detail.session.charge_point_id), None)
        return pages.render(request, "owner/session.html", detail=detail, charger=charger)
