"""What the owner decides about themselves, their password, and their programs' keys."""

from litestar import Controller, get, post
from litestar.params import FromPath

from app.charging.errors import BadInput, NotAllowed
from app.portal.forms import AnyRequest, Form, form_of, read_form
from app.portal.pages import PageResponse, Pages, flash, go
from app.portal.people import Me, PagesOf, Services, ip_of
from app.portal.security import session_of
from app.portal.services import PortalServices
from app.records.drafts import SettingsDraft
from app.records.owners import User
from app.records.views import Actor


class SettingsPages(Controller):
    """Settings."""

    path = "/settings"
    include_in_schema = False

    @get("/")
    async def show(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """The form with what is there."""
        tenant = await services.owner_settings.get(me.tenant.id)
        return pages.render(request, "owner/settings.html", form=form_of(tenant))

    @post("/")
    async def change(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """Keep the changes."""
        form = await read_form(request)
        try:
            await services.owner_settings.change(me.tenant.id, _draft(form))
        except BadInput as refusal:
            return pages.again(request, "owner/settings.html", form, refusal)
        flash(request, "Your settings are kept.")
        return go("/settings")

    @get("/password")
    async def password_form(self, request: AnyRequest, pages: PagesOf, person: Me) -> PageResponse:
        """The old one and the new one."""
        return pages.render(request, "account/password.html")

    @post("/password")
    async def change_password(
        self, request: AnyRequest, services: Services, pages: PagesOf, person: Me
    ) -> PageResponse:
        """Set it; this browser stays signed in, every other is signed out."""
        form = await read_form(request)
        try:
            user = await services.accounts.change_password(
                person, form.secret("old_password"), form.secret("password"), ip_of(request)
            )
        except BadInput as refusal:
            return pages.again(request, "account/password.html", form, refusal)
        _stay_signed_in(request, person, user)
        flash(request, "Your new password is set. Every other browser is signed out.")
        return go("/")

    @post("/sign-out-everywhere")
    async def sign_out_everywhere(
        self, request: AnyRequest, services: Services, person: Me
    ) -> PageResponse:
        """End every session but this one."""
        _stay_signed_in(request, person, await services.accounts.sign_out_everywhere(person))
        flash(request, "Every other browser is signed out.")
        return go("/settings/password")


class ApiKeyPages(Controller):
    """Keys for programs."""

    path = "/api-keys"
    include_in_schema = False

    @get("/")
    async def show(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """All of them, without their secrets."""
        return await _keys_page(request, services, pages, me)

    @post("/")
    async def issue(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """A new one, on this answer and nowhere else."""
        form = await read_form(request)
        try:
            issued = await services.api_keys.issue(me, form.text("name"))
        except (BadInput, NotAllowed) as refusal:
            error = BadInput(refusal.message, field=getattr(refusal, "field", None))
            return await _keys_page(request, services, pages, me, form=form, error=error)
        return await _keys_page(request, services, pages, me, secret=issued.secret)

    @post("/{key_id:str}/delete")
    async def withdraw(
        self, request: AnyRequest, services: Services, me: Me, key_id: FromPath[str]
    ) -> PageResponse:
        """The key opens nothing any more."""
        await services.api_keys.withdraw(me.tenant.id, key_id)
        flash(request, "The key is withdrawn.")
        return go("/api-keys")


async def _keys_page(
    request: AnyRequest,
    services: PortalServices,
    pages: Pages,
    me: Actor,
    *,
    secret: str = "",
    form: Form | None = None,
    error: BadInput | None = None,
) -> PageResponse:
    keys = await services.api_keys.all(me.tenant.id)
    if form is not None and error is not None:
        return pages.again(request, "owner/api_keys.html", form, error, keys=keys, secret="")
    status = 201 if secret else 200
    return pages.render(request, "owner/api_keys.html", status=status, keys=keys, secret=secret)


def _stay_signed_in(request: AnyRequest, me: Actor, user: User) -> None:
    session = session_of(request)
    assert session is not None
    session.sign_in(me.tenant.id, user.id, user.credentials_version)


def _draft(form: Form) -> SettingsDraft:
    return SettingsDraft(
        name=form.text("name"),
        contact_email=form.text("contact_email"),
        contact_phone=form.text("contact_phone"),
        currency=form.text("currency"),
        language=form.text("language"),
        refund_expiry_days=form.integer("refund_expiry_days"),
        refund_reminder_days=form.integer("refund_reminder_days"),
        silent_limit_hours=form.integer("silent_limit_hours"),
        allows_no_password=form.ticked("allows_no_password"),
    )
