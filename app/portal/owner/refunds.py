"""Refunds: what is owed, under way, in doubt, over; and the one thing to do about each."""

import asyncio
from typing import cast

from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery

from app.charging.errors import BadInput, StromError
from app.portal.forms import AnyRequest, read_form
from app.portal.owner.sessions import time_zones
from app.portal.pages import PageResponse, flash, go
from app.portal.people import Me, PagesOf, Services
from app.portal.ports.money import OwnersWord, RefundEnd

SAID: dict[RefundEnd, tuple[str, str]] = {
    "paid": ("The refund was paid.", "good"),
    "failed": ("The refund was not paid. The driver can claim it again.", "good"),
    "in_flight": ("The wallet cannot say yet what becomes of this refund.", "busy"),
}


class RefundPages(Controller):
    """Refunds."""

    path = "/refunds"
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
        """Those that are not over, and the newest that are."""
        tenant = me.tenant.id
        waiting, (over, more), chargers, locations = await asyncio.gather(
            services.refunds.open(tenant),
            services.refunds.over(tenant, start),
            services.chargers.all(tenant),
            services.locations.all(tenant),
        )
        return pages.render(
            request,
            "owner/refunds.html",
            waiting=waiting,
            over=over,
            more=more,
            start=start,
            labels={charger.id: charger.label for charger in chargers},
            zones=time_zones(chargers, locations),
        )

    @post("/{session_id:str}/look-up")
    async def look_up(
        self, request: AnyRequest, services: Services, me: Me, session_id: FromPath[str]
    ) -> PageResponse:
        """Ask the wallet now."""
        try:
            end = await services.refund_desk.look_up(me.tenant.id, session_id)
        except StromError as error:
            flash(request, error.message, "bad")
        else:
            flash(request, *SAID[end])
        return go("/refunds")

    @post("/{session_id:str}/resolve")
    async def resolve(
        self, request: AnyRequest, services: Services, me: Me, session_id: FromPath[str]
    ) -> PageResponse:
        """The owner has looked in their wallet, and says what became of it."""
        form = await read_form(request)
        try:
            word, payment_hash = owners_word(form.text("outcome")), form.text("payment_hash")
            end = await services.refund_desk.resolve(
                me.tenant.id, session_id, payment_hash, word, f"owner {me.user.id}"
            )
        except StromError as error:
            flash(request, error.message, "bad")
        else:
            flash(request, *SAID[end])
        return go("/refunds")


def owners_word(text: str) -> OwnersWord:
    """What a form may say."""
    if text not in ("paid", "failed"):
        raise BadInput("say whether it was paid or failed", field="outcome")
    return cast(OwnersWord, text)
