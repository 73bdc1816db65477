"""Sign-up, and confirming the e-mail address."""

from typing import Literal

from litestar import Controller, get, post
from litestar.params import FromPath, FromQuery

from app.charging.errors import BadInput
from app.portal.forms import AnyRequest, Form, form_of, read_form
from app.portal.pages import PageResponse, flash, go
from app.portal.people import Me, PagesOf, Services, Visitor, ip_of
from app.records.drafts import SignUpDraft

CHECK_MAIL = (
    "We have sent a mail to {email}. Follow its link to confirm the address. "
    "You can sign in meanwhile."
)


class SignUpPages(Controller):
    """From a newcomer to an owner."""

    include_in_schema = False

    @get("/sign-up")
    async def form(
        self,
        request: AnyRequest,
        services: Services,
        pages: PagesOf,
        visitor: Visitor,
        invitation: FromQuery[str] = "",
    ) -> PageResponse:
        """The form; with an invitation its address is filled in."""
        if visitor is not None:
            return go("/")
        email = await services.sign_up.invited_email(invitation) if invitation else ""
        form = form_of(invitation=invitation, email=email, mode="live")
        return pages.render(request, "account/sign_up.html", form=form)

    @post("/sign-up")
    async def sign_up(
        self, request: AnyRequest, services: Services, pages: PagesOf
    ) -> PageResponse:
        """Create the account. The answer does not tell whether there was one already."""
        form = await read_form(request)
        try:
            await services.sign_up.sign_up(_draft(form, ip_of(request)))
        except BadInput as refusal:
            return pages.again(request, "account/sign_up.html", form, refusal)
        flash(request, CHECK_MAIL.format(email=form.text("email")))
        return go("/sign-in")

    @get("/confirm-email/{token:str}")
    async def confirm_form(
        self, request: AnyRequest, pages: PagesOf, token: FromPath[str]
    ) -> PageResponse:
        """A button: mail scanners follow links, and a link works once."""
        return pages.render(request, "account/confirm_email.html", token=token)

    @post("/confirm-email/{token:str}")
    async def confirm(
        self, request: AnyRequest, services: Services, token: FromPath[str]
    ) -> PageResponse:
        """The address is confirmed."""
        user = await services.recovery.confirm_email(token)
        flash(request, f"Thank you: {user.email} is confirmed.")
        return go("/")

    @post("/confirm-email")
    async def send_again(self, request: AnyRequest, services: Services, person: Me) -> PageResponse:
        """Another mail with a link."""
        await services.recovery.send_confirmation(person.user, person.tenant)
        flash(request, f"We have sent another mail to {person.user.email}.")
        return go("/")


def _draft(form: Form, ip: str) -> SignUpDraft:
    mode: Literal["live", "sandbox"] = "sandbox" if form.text("mode") == "sandbox" else "live"
    return SignUpDraft(
        email=form.text("email"),
        password=form.secret("password"),
        name=form.text("name"),
        organisation=form.text("organisation"),
        ip=ip,
        mode=mode,
        invitation=form.text("invitation"),
    )
