"""A charge point that the owner's own backend serves too: where that is, and how the link does."""

from typing import Literal

from litestar import Controller, get, post
from litestar.params import FromPath

from app.charging.errors import BadInput
from app.portal.forms import AnyRequest, Form, read_form
from app.portal.pages import PageResponse, do_and_go, flash, go
from app.portal.people import Me, PagesOf, Services
from app.records.drafts import UpstreamDraft
from app.records.views import UpstreamView

_PAGE = "owner/charger_upstream.html"
_MODES: tuple[Literal["mirror", "shared"], ...] = ("mirror", "shared")
_RULES: tuple[Literal["accept", "refuse"], ...] = ("accept", "refuse")


class UpstreamPages(Controller):
    """One page beside a charge point's own."""

    path = "/chargers/{charger_id:str}/backend"
    include_in_schema = False

    @get("/")
    async def show(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        charger_id: FromPath[str],
    ) -> PageResponse:
        """What is set, and how the link does."""
        charger = await services.chargers.get(me.tenant.id, charger_id)
        known = await services.upstreams.of(me.tenant.id, charger)
        return pages.render(request, _PAGE, charger=charger, known=known, form=_form(known))

    @post("/")
    async def change(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        me: Me,
        charger_id: FromPath[str],
    ) -> PageResponse:
        """Keep it; the password is on no page again."""
        form = await read_form(request)
        charger = await services.chargers.get(me.tenant.id, charger_id)
        try:
            await services.upstreams.set(me.tenant.id, charger_id, _draft(form))
        except BadInput as refusal:
            known = await services.upstreams.of(me.tenant.id, charger)
            return pages.again(request, _PAGE, form, refusal, charger=charger, known=known)
        flash(request, "Saved. The charge point connects again in a moment.")
        return go(f"/chargers/{charger_id}/backend")

    @post("/remove")
    async def remove(
        self, request: AnyRequest, services: Services, me: Me, charger_id: FromPath[str]
    ) -> PageResponse:
        """Serve it alone."""
        await services.chargers.get(me.tenant.id, charger_id)
        done, on = "The charge point is served by Strom alone.", f"/chargers/{charger_id}/backend"
        removing = services.upstreams.remove(me.tenant.id, charger_id)
        return await do_and_go(request, removing, done, on)


def _form(known: UpstreamView | None) -> Form:
    if known is None:
        return Form({"mode": "shared", "when_down": "refuse"})
    names = ("url", "mode", "when_down", "username", "report_id_tag", "ca_pem")
    return Form({name: str(getattr(known, name)) for name in names})


def _draft(form: Form) -> UpstreamDraft:
    mode = next((each for each in _MODES if each == form.text("mode")), None)
    rule = next((each for each in _RULES if each == form.text("when_down")), None)
    if mode is None or rule is None:
        raise BadInput("choose one of these", field="mode" if mode is None else "when_down")
    return UpstreamDraft(
        url=form.text("url"),
        mode=mode,
        when_down=rule,
        username=form.text("username"),
        password=form.secret("password"),
        report_id_tag=form.text("report_id_tag"),
        ca_pem=form.text("ca_pem"),
    )
