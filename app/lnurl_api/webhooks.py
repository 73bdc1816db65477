"""Wallets calling us: hints, never proof. The body is not read; the wallet is asked instead."""

import logging

from litestar import MediaType, Response, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from app.charging.errors import NotFound
from app.checkout.service import Checkout

log = logging.getLogger(__name__)


def webhook_route(checkout: Checkout) -> HTTPRouteHandler:
    """The handler; its URL carries a secret per invoice."""

    @post("/hooks/wallet/{token:str}", status_code=200)
    async def wallet_called(token: FromPath[str]) -> Response[str]:
        """Look at the session that the URL names; a forged one is ignored."""
        try:
            await checkout.webhook(token)
        except NotFound:
            log.warning("a webhook with a forged address was ignored")
            return Response("", media_type=MediaType.TEXT, status_code=404)
        return Response("", media_type=MediaType.TEXT, status_code=200)

    return wallet_called
