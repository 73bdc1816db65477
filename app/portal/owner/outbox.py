"""The outbox: mail that was kept because there is no mail server."""

from litestar import Controller, get

from app.charging.errors import NotFound, NotSignedIn
from app.portal.forms import AnyRequest
from app.portal.pages import PageResponse
from app.portal.people import PagesOf, Services, Visitor


class OutboxPages(Controller):
    """The outbox."""

    path = "/outbox"
    include_in_schema = False

    @get("/")
    async def show(
        self, request: AnyRequest, services: Services, pages: PagesOf, visitor: Visitor
    ) -> PageResponse:
        """An owner sees their own mail; on this machine and for the provider, all of it."""
        if services.outbox is None:
            raise NotFound("mail is sent here, not kept")
        sees_all = services.settings.is_on_this_machine or (
            visitor is not None and visitor.user.role == "provider"
        )
        if visitor is None and not sees_all:
            raise NotSignedIn("please sign in")
        tenant = None if sees_all or visitor is None else visitor.tenant.id
        mails = await services.outbox.mails(tenant)
        return pages.render(request, "owner/outbox.html", mails=mails)
