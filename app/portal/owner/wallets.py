"""The owner's wallet: connect one, see what it holds, replace it."""

import asyncio
from typing import Any

from litestar import Controller, get, post
from litestar.params import FromPath

from app.charging.errors import BadInput, StromError
from app.portal.forms import AnyRequest, Form, read_form
from app.portal.pages import PageResponse, Pages, flash, go
from app.portal.people import Me, PagesOf, Services
from app.portal.services import PortalServices
from app.records.views import Actor


class WalletPages(Controller):
    """Wallets."""

    path = "/wallets"
    include_in_schema = False

    @get("/")
    async def show(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """What is connected, and the form to connect one."""
        return await _page(request, services, pages, me)

    @post("/")
    async def connect(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """Try the wallet and keep it; what is wrong with it is named."""
        form = await read_form(request)
        try:
            if not me.user.confirmed:
                raise BadInput("confirm your e-mail address first: see the mail we sent you")
            kept = await services.wallets.connect(me.tenant, form.text("kind"), form.values)
        except BadInput as refusal:
            return await _page(request, services, pages, me, form, refusal)
        flash(request, f"Connected: {kept.label or kept.kind}.")
        return go("/wallets")

    @post("/{wallet_id:str}/refresh")
    async def refresh(
        self, request: AnyRequest, services: Services, me: Me, wallet_id: FromPath[str]
    ) -> PageResponse:
        """Ask the wallet what it holds."""
        try:
            await services.wallets.refresh(me.tenant.id, wallet_id)
        except StromError as error:
            flash(request, error.message, "bad")
        return go("/wallets")


async def _page(
    request: AnyRequest,
    services: PortalServices,
    pages: Pages,
    me: Actor,
    form: Form | None = None,
    error: BadInput | None = None,
) -> PageResponse:
    wallets, owed = await asyncio.gather(
        services.wallets.all(me.tenant.id), services.sessions.refunds_owed_msat(me.tenant.id)
    )
    values: dict[str, Any] = {
        "active": next((each for each in wallets if each.status == "active"), None),
        "former": [each for each in wallets if each.status != "active"],
        "owed_msat": owed,
        "kinds": services.wallets.kinds(me.tenant),
    }
    if form is not None and error is not None:
        # A key is never sent back to a browser, not even to the one it came from.
        kept = {name: text for name, text in form.values.items() if name in ("kind", "url")}
        return pages.again(request, "owner/wallets.html", Form(kept), error, **values)
    return pages.render(request, "owner/wallets.html", **values)
