"""Sign-in, sign-out, and a new password for who forgot the old one."""

from litestar import Controller, get, post
from litestar.params import FromPath

from app.charging.errors import BadInput, NotSignedIn
from app.portal.forms import AnyRequest, form_of, read_form
from app.portal.pages import PageResponse, flash, go, local_path
from app.portal.people import PagesOf, Services, Visitor, ip_of
from app.portal.security import session_of

RESET_SENT = (
    "If there is an account with this address, a mail with a link is on its way. "
    "The link works once, for an hour."
)


class SignInPages(Controller):
    """The door."""

    include_in_schema = False

    @get("/sign-in")
    async def form(
        self,
        request: AnyRequest,
        pages: PagesOf,
        visitor: Visitor,
    ) -> PageResponse:
        """The form."""
        wanted = local_path(request.query_params.get("next"))
        if visitor is not None:
            return go(wanted)
        return pages.render(request, "account/sign_in.html", form=form_of(next=wanted))

    @post("/sign-in")
    async def sign_in(
        self, request: AnyRequest, services: Services, pages: PagesOf
    ) -> PageResponse:
        """Begin a session."""
        form = await read_form(request)
        try:
            actor = await services.accounts.sign_in(
                form.text("email"), form.secret("password"), ip_of(request)
            )
        except NotSignedIn as refusal:
            error = BadInput(refusal.message, field="password")
            return pages.again(request, "account/sign_in.html", form, error)
        session = session_of(request)
        assert session is not None
        session.sign_in(actor.tenant.id, actor.user.id, actor.user.credentials_version)
        return go(local_path(form.text("next")))

    @post("/sign-out")
    async def sign_out(self, request: AnyRequest) -> PageResponse:
        """End the session in this browser."""
        session = session_of(request)
        assert session is not None
        session.sign_out()
        session.flash("You are signed out.")
        return go("/sign-in")

    @get("/reset-password")
    async def ask_form(self, request: AnyRequest, pages: PagesOf) -> PageResponse:
        """Which account?"""
        return pages.render(request, "account/ask_reset.html")

    @post("/reset-password")
    async def ask(self, request: AnyRequest, services: Services, pages: PagesOf) -> PageResponse:
        """Send the link. The answer does not tell whether there is an account."""
        form = await read_form(request)
        try:
            await services.recovery.request_reset(form.text("email"), ip_of(request))
        except BadInput as refusal:
            return pages.again(request, "account/ask_reset.html", form, refusal)
        flash(request, RESET_SENT)
        return go("/sign-in")

    @get("/reset-password/{token:str}")
    async def choose_form(
        self, request: AnyRequest, services: Services, pages: PagesOf, token: FromPath[str]
    ) -> PageResponse:
        """A new password, if the link is good."""
        await services.recovery.require_reset(token)
        return pages.render(request, "account/choose_password.html", token=token)

    @post("/reset-password/{token:str}")
    async def choose(
        self, request: AnyRequest, services: Services, pages: PagesOf, token: FromPath[str]
    ) -> PageResponse:
        """Set it; every session of this person has ended."""
        form = await read_form(request)
        try:
            await services.recovery.reset_password(token, form.secret("password"))
        except BadInput as refusal:
            if refusal.field is None:
                raise
            template = "account/choose_password.html"
            return pages.again(request, template, form, refusal, token=token)
        session = session_of(request)
        assert session is not None
        session.sign_out()
        flash(request, "Your new password is set. Please sign in with it.")
        return go("/sign-in")
