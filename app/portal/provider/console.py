"""The provider's console: who is here, who may come. It reaches nobody's wallet or charges."""

import asyncio
from typing import Any

from litestar import Controller, get, post
from litestar.params import FromPath

from app.charging.errors import BadInput
from app.portal.forms import AnyRequest, Form, read_form
from app.portal.pages import PageResponse, Pages, flash, go
from app.portal.people import Me, PagesOf, Services
from app.portal.services import PortalServices


class ConsolePages(Controller):
    """Tenants and invitations."""

    path = "/provider"
    include_in_schema = False

    @get("/")
    async def show(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """The tenants and the open invitations."""
        return await _page(request, services, pages)

    @post("/tenants/{tenant_id:str}/approve")
    async def approve(
        self, request: AnyRequest, services: Services, me: Me, tenant_id: FromPath[str]
    ) -> PageResponse:
        """Let a waiting or suspended tenant begin."""
        tenant = await services.provider.set_status(tenant_id, "active")
        flash(request, f"{tenant.name} is active.")
        return go("/provider")

    @post("/tenants/{tenant_id:str}/suspend")
    async def suspend(
        self, request: AnyRequest, services: Services, me: Me, tenant_id: FromPath[str]
    ) -> PageResponse:
        """No new charge can be paid for there."""
        tenant = await services.provider.set_status(tenant_id, "suspended")
        flash(request, f"{tenant.name} is suspended.")
        return go("/provider")

    @post("/invitations")
    async def invite(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """Send somebody a link to sign up with."""
        form = await read_form(request)
        try:
            invitation = await services.provider.invite(form.text("email"))
        except BadInput as refusal:
            return await _page(request, services, pages, form, refusal)
        flash(request, f"An invitation is on its way to {invitation.email}.")
        return go("/provider")

    @post("/invitations/{invitation_id:str}/delete")
    async def withdraw(
        self, request: AnyRequest, services: Services, me: Me, invitation_id: FromPath[str]
    ) -> PageResponse:
        """The link stops working."""
        await services.provider.withdraw_invitation(invitation_id)
        flash(request, "The invitation is withdrawn.")
        return go("/provider")


async def _page(
    request: AnyRequest,
    services: PortalServices,
    pages: Pages,
    form: Form | None = None,
    error: BadInput | None = None,
) -> PageResponse:
    tenants, invitations = await asyncio.gather(
        services.provider.tenants(), services.provider.invitations()
    )
    values: dict[str, Any] = {
        "tenants": tenants,
        "invitations": invitations,
        "now": services.clock.now(),
    }
    if form is not None and error is not None:
        return pages.again(request, "provider/console.html", form, error, **values)
    return pages.render(request, "provider/console.html", **values)
