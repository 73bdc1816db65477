"""Withdrawing by LNURL (LUD-03), behind the session's link: stops the charge, then refunds."""

from typing import Any

from litestar import Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from app.charging.errors import BadInput, Conflict
from app.checkout.offers import WithdrawOffer
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
        return _request(token, offer)

    @get("/lnurl/withdraw/{token:str}/balance")
    async def balance(token: FromPath[str]) -> Answer:
        """What is there to withdraw (LUD-14); a wallet that looks by itself stops no charge."""
        return _request(token, await checkout.balance(token))

    @get("/lnurl/withdraw/{token:str}/callback")
    async def withdraw(request: Request[Any, Any, Any], token: FromPath[str]) -> Answer:
        """Bind the refund to an invoice; it is paid right after. LUD-15 with ``balanceNotify``."""
        k1, bolt11 = request.query_params.get("k1", ""), request.query_params.get("pr", "")
        if not k1 or not bolt11:
            raise BadInput("A withdrawal needs k1 and pr.", field="pr")
        notify_url = request.query_params.get("balanceNotify", "")
        await checkout.claim_refund(token, k1, bolt11, notify_url)
        return {"status": "OK"}

    def _request(token: str, offer: WithdrawOffer) -> Answer:
        url = f"{base_url}/lnurl/withdraw/{token}"
        return answers.withdraw_request(f"{url}/callback", offer, f"{url}/balance")

    return [withdraw_request, balance, withdraw]
