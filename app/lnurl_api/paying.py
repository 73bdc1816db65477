"""Paying by LNURL: lightning addresses (LUD-16), pay requests (LUD-06), top-ups, LUD-21."""

from typing import Any

from litestar import Request, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from app.charging.errors import BadInput
from app.charging.ports import Chance
from app.checkout.offers import IssuedInvoice
from app.checkout.payer_data import pin_of
from app.checkout.service import Checkout
from app.checkout.settings import CheckoutSettings
from app.lnurl_api import answers
from app.lnurl_api.answers import Answer
from app.lnurl_api.pay_requests import PayRequests
from app.lnurl_api.success import success_action

Asked = Request[Any, Any, Any]
LONGEST_PAYER_DATA = 2000


def paying_routes(
    checkout: Checkout, settings: CheckoutSettings, chance: Chance
) -> list[HTTPRouteHandler]:
    """The handlers. The quote stands in the path: some clients drop a callback's own query."""
    base_url = settings.base_url
    pay_requests = PayRequests(checkout, base_url)

    def invoice(issued: IssuedInvoice, comment: str = "") -> Answer:
        # Electrum pays no invoice that has a success action; its users choose a PIN instead.
        action = None if pin_of(comment) else success_action(issued, settings, chance)
        verify_url = f"{base_url}/lnurl/verify/{checkout.verify_token(issued)}"
        return answers.invoice(issued, verify_url, action)

    @get(["/.well-known/lnurlp/{name:str}", "/lnurl/pay/{name:str}"])
    async def pay_request(request: Asked, name: FromPath[str]) -> Answer:
        """A pay request for an address; nothing is written."""
        return await pay_requests.of(name, request.headers.get("host"))

    @get("/lnurl/pay/{name:str}/callback/{quote:str}")
    async def pay(request: Asked, name: FromPath[str], quote: FromPath[str]) -> Answer:
        """The invoice for a quote."""
        query = request.query_params
        comment = query.get("comment", "")
        issued = await checkout.invoice(quote, _amount_msat(request), comment, _payer_data(request))
        return invoice(issued, comment)

    @get("/lnurl/topup/{token:str}")
    async def top_up_request(token: FromPath[str]) -> Answer:
        """A pay request that adds to a charge under way."""
        offer = await checkout.top_up_offer(token)
        return answers.pay_request(f"{base_url}/lnurl/topup/{token}/callback", offer)

    @get("/lnurl/topup/{token:str}/callback")
    async def top_up(request: Asked, token: FromPath[str]) -> Answer:
        """The invoice of a top-up."""
        issued = await checkout.top_up(token, _amount_msat(request))
        return invoice(issued)

    @get("/lnurl/verify/{token:str}")
    async def verify(token: FromPath[str]) -> Answer:
        """Whether an invoice was paid (LUD-21). The preimage stays with the payer."""
        paid = await checkout.verified(token)
        return {"status": "OK", "settled": paid.settled, "preimage": None, "pr": paid.bolt11}

    return [pay_request, pay, top_up_request, top_up, verify]


def _amount_msat(request: Asked) -> int:
    text = request.query_params.get("amount", "")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise BadInput("The amount must be a number of millisatoshis.", field="amount")
    return int(text)


def _payer_data(request: Asked) -> str | None:
    """Verbatim: it is part of what is hashed (LUD-18)."""
    text: str | None = request.query_params.get("payerdata")
    if text is not None and len(text) > LONGEST_PAYER_DATA:
        raise BadInput("The payer data is too long.", field="payerdata")
    return text
