"""The pay request of an address (LUD-06), for the routes and for a page a wallet has opened."""

from dataclasses import dataclass

from app.charging.errors import StromError
from app.checkout.service import Checkout
from app.lnurl_api import answers
from app.lnurl_api.answers import Answer


@dataclass(frozen=True, slots=True)
class PayRequests:
    """Makes pay requests; nothing is written."""

    checkout: Checkout
    base_url: str

    async def of(self, name: str, host: str | None) -> Answer:
        """The pay request; raises what the checkout raises."""
        offer = await self.checkout.find(name, host)
        quote = await self.checkout.quote(offer)
        local_part = offer.address.partition("@")[0]
        callback = f"{self.base_url}/lnurl/pay/{local_part}/callback/{quote.token}"
        return answers.pay_request(callback, quote)

    async def pay_request(self, name: str, host: str) -> Answer:
        """The pay request, or LNURL's error."""
        try:
            return await self.of(name, host)
        except StromError as error:
            return {"status": "ERROR", "reason": error.message}
