from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient

from app.lnurl_api import lnurl_router
from tests.checkout.world import BASE, Shop


@dataclass
class Driver:
    """A wallet that speaks LNURL to our routes."""

    shop: Shop
    http: AsyncTestClient[Litestar]

    async def get(self, url: str, **query: str | int) -> dict[str, Any]:
        """A GET as wallets do it; every answer is 200, JSON, readable by any page."""
        answer = await self.http.get(url.removeprefix(BASE), params=query or None)
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == "*"
        body = answer.json()
        assert isinstance(body, dict)
        return body

    async def scans(self, name: str = "garage-1") -> dict[str, Any]:
        return await self.get(f"/.well-known/lnurlp/{name}")

    async def asks(self, amount_msat: int = 10_000_000) -> dict[str, Any]:
        return await self.get((await self.scans())["callback"], amount=amount_msat)

    async def pays(self, amount_msat: int = 10_000_000) -> str:
        """Pays; the session's token is what remains."""
        answer = await self.asks(amount_msat)
        assert "pr" in answer, answer
        self.shop.payer = type(self.shop.payer)(
            self.shop.tables, self.shop.clock, self.shop.chance, ring=self.rings
        )
        await self.shop.payer.pay("owner0000001", answer["pr"])
        return str(answer["successAction"]["url"]).rpartition("/")[2]

    async def rings(self, url: str) -> None:
        answer = await self.http.post(url.removeprefix(BASE), content=b'"{}"')
        assert answer.status_code == 200

    async def is_refused(self, url: str, **query: str | int) -> str:
        """The reason that the wallet shows."""
        answer = await self.get(url, **query)
        assert answer.keys() == {"status", "reason"}
        assert answer["status"] == "ERROR"
        assert 0 < len(answer["reason"]) <= 144
        return str(answer["reason"])


@pytest.fixture
async def driver() -> AsyncIterator[Driver]:
    shop = await Shop().opens()
    app = Litestar(
        [lnurl_router(shop.checkout, shop.settings, shop.keys, shop.chance)], openapi_config=None
    )
    async with AsyncTestClient(app) as http:
        yield Driver(shop, http)
