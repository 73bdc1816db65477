"""Books: a month's movements to download, and a check whether everything agrees."""

import msgspec
from litestar import Controller, Response, get
from litestar.params import FromPath

from app.charging.errors import Unavailable
from app.portal.forms import AnyRequest
from app.portal.months import months, span
from app.portal.pages import PageResponse
from app.portal.people import Me, PagesOf, Services
from app.portal.ports.money import Books
from app.records.books import CheckedBooks

CHECK_WITHIN_S = 60
TOO_LONG = "Checking took too long; on the server, `strom audit` has no such limit."


class BookPages(Controller):
    """Books."""

    path = "/books"
    include_in_schema = False

    @get("/")
    async def show(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """Every month since the account began."""
        listed = months(me.tenant.created_at, services.clock.now())
        return pages.render(request, "owner/books.html", months=listed)

    @get("/check")
    async def check(
        self, request: AnyRequest, services: Services, pages: PagesOf, me: Me
    ) -> PageResponse:
        """Whether ledger, charges and wallet agree."""
        found = await checked(services.books, me.tenant.id)
        return pages.render(request, "owner/books_check.html", found=found)

    @get("/{month:str}/csv")
    async def csv(self, services: Services, me: Me, month: FromPath[str]) -> Response[bytes]:
        """For spreadsheets."""
        text = await services.books.csv(me.tenant.id, *span(month))
        return download(text.encode(), "text/csv", f"strom-{month}.csv")

    @get("/{month:str}/items.csv")
    async def items(self, services: Services, me: Me, month: FromPath[str]) -> Response[bytes]:
        """What was sold, with VAT."""
        text = await services.books.items_csv(me.tenant.id, *span(month))
        return download(text.encode(), "text/csv", f"strom-{month}-items.csv")

    @get("/{month:str}/json")
    async def json(self, services: Services, me: Me, month: FromPath[str]) -> Response[bytes]:
        """For programs."""
        lines = await services.books.lines(me.tenant.id, *span(month))
        body = msgspec.json.format(msgspec.json.encode(lines), indent=2) + b"\n"
        return download(body, "application/json", f"strom-{month}.json")


async def checked(books: Books, tenant: str) -> CheckedBooks:
    """What the check found; raises ``Unavailable`` when it takes too long."""
    try:
        return await books.check(tenant, CHECK_WITHIN_S)
    except TimeoutError:
        raise Unavailable(TOO_LONG) from None


def download(body: bytes, media_type: str, name: str) -> Response[bytes]:
    """A file to keep; ``name`` is of our own making."""
    disposition = {"content-disposition": f'attachment; filename="{name}"'}
    return Response(body, media_type=media_type, headers=disposition)
