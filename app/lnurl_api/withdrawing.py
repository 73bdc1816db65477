"""Withdrawing by LNURL (LUD-03), behind the session's link: stops the charge, then refunds."""

from typing import Any

from litestar import Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from app.charging.errors import BadInput, Conflict
from app.checkout.service import Checkout
from app.lnurl_api import answers
from app.lnurl_api.answers import Answer


def withdrawing_routes(checkout: Checkout, base_url: str) -> list[HTTPRouteHandler]:
    """The handlers."""

    @get("/lnurl/withdraw/{token:str}")
    async def withdraw_request(token: FromPath[str]) -> Answer:
        """Scanning it stops the charge; then the exact amount is offered."""
        offer = await checkout.withdraw_offer(token)
        if offer.state != "offered":
            raise Conflict(answers.NO_REFUND[offer.state])
        return answers.withdraw_request(f"{base_url}/lnurl/withdraw/{token}/callback", offer)

    @get("/lnurl/withdraw/{token:str}/callback")
    async def withdraw(request: Request[Any, Any, Any], token: FromPath[str]) -> Answer:
        """Bind the refund to an invoice; it is paid right after."""
        k1, bolt11 = request.query_params.get("k1", ""), request.query_params.get("pr", "")
        if not k1 or not bolt11:
            raise BadInput("A withdrawal needs k1 and pr.", field="pr")
        await checkout.claim_refund(token, k1, bolt11)
        return {"status": "OK"}

    return [withdraw_request, withdraw]
