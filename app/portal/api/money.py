"""The API's handlers for refunds and books."""

from dataclasses import asdict

import msgspec
from litestar import Controller, Response, get, post
from litestar.params import FromPath, JSONBody

from app.portal.api import money_schemas as schemas
from app.portal.api.auth import Caller
from app.portal.months import span
from app.portal.owner.books import checked, download
from app.portal.people import Services


class RefundApi(Controller):
    """Refunds."""

    path = "/refunds"
    tags = ["Refunds"]  # noqa: RUF012 - Litestar's own attribute

    @get("/", summary="Refunds that are not over")
    async def show(self, services: Services, caller: Caller) -> list[schemas.RefundLineOut]:
        """Owed, under way and in doubt; those that need you first, then the oldest."""
        lines = await services.refunds.open(caller.tenant.id)
        return [msgspec.convert(asdict(line), schemas.RefundLineOut) for line in lines]

    @post("/{session_id:str}/look-up", summary="Look a refund up", status_code=200)
    async def look_up(
        self, services: Services, caller: Caller, session_id: FromPath[str]
    ) -> schemas.RefundEndOut:
        """Asks the wallet now; nothing is sent."""
        return schemas.RefundEndOut(
            await services.refund_desk.look_up(caller.tenant.id, session_id)
        )

    @post("/{session_id:str}/resolve", summary="Resolve a refund in doubt", status_code=200)
    async def resolve(
        self,
        services: Services,
        caller: Caller,
        session_id: FromPath[str],
        data: JSONBody[schemas.RefundWordIn],
    ) -> schemas.RefundEndOut:
        """Only for a refund that is `stuck`. Say `failed` only when your wallet shows that the
        payment did not leave: the driver can then claim it again, and you would pay twice."""
        end = await services.refund_desk.resolve(
            caller.tenant.id,
            session_id,
            data.payment_hash,
            data.outcome,
            f"API key {caller.key.id}",
        )
        return schemas.RefundEndOut(end)


class BookApi(Controller):
    """Books."""

    path = "/books"
    tags = ["Books"]  # noqa: RUF012 - Litestar's own attribute

    @get("/check", summary="Check the books")
    async def check(self, services: Services, caller: Caller) -> schemas.CheckedBooksOut:
        """Rebuilds every balance, compares charges and seals, and asks the wallets."""
        found = await checked(services.books, caller.tenant.id)
        return msgspec.convert({**asdict(found), "agrees": found.agrees}, schemas.CheckedBooksOut)

    @get("/{month:str}", summary="A month's movements")
    async def lines(
        self, services: Services, caller: Caller, month: FromPath[str]
    ) -> list[schemas.MovementOut]:
        """`month` is like `2026-03`, in UTC. The oldest first."""
        found = await services.books.lines(caller.tenant.id, *span(month))
        return [schemas.MovementOut(**asdict(line)) for line in found]

    @get("/{month:str}/csv", summary="A month's movements as CSV", media_type="text/csv")
    async def csv(
        self, services: Services, caller: Caller, month: FromPath[str]
    ) -> Response[bytes]:
        """RFC 4180, with a header."""
        text = await services.books.csv(caller.tenant.id, *span(month))
        return download(text.encode(), "text/csv", f"strom-{month}.csv")

    @get("/{month:str}/items.csv", summary="What a month sold, as CSV", media_type="text/csv")
    async def items(
        self, services: Services, caller: Caller, month: FromPath[str]
    ) -> Response[bytes]:
        """Of charges that ended in it: each item with its quantity, price and VAT."""
        text = await services.books.items_csv(caller.tenant.id, *span(month))
        return download(text.encode(), "text/csv", f"strom-{month}-items.csv")
