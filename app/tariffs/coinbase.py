"""Coinbase's public prices: https://docs.cdp.coinbase.com/coinbase-app/track-apis/prices"""

from dataclasses import dataclass

import httpx

from app.charging.errors import Unavailable
from app.charging.money import Rate
from app.charging.ports import Clock
from app.tariffs.asking import ask_json
from app.tariffs.rates import rate_from_price
from app.tariffs.tickers import as_price

URL = "https://api.coinbase.com/v2/prices/BTC-{currency}/spot"


@dataclass(frozen=True, slots=True)
class Coinbase:
    """The spot price: the middle of the market, for nearly every currency."""

    http: httpx.AsyncClient
    clock: Clock
    name: str = "Coinbase"

    async def fetch(self, currency: str) -> Rate:
        """The rate of a currency; raises ``Unavailable``."""
        answer = await ask_json(self.http, self.name, URL.format(currency=currency))
        try:
            price = answer["data"]
            amount, base, quoted = price["amount"], price["base"], price["currency"]
        except (KeyError, TypeError) as error:
            raise Unavailable(f"{self.name} answered in an unknown shape") from error
        if (base, quoted) != ("BTC", currency):
            raise Unavailable(f"{self.name} answered for another currency")
        return rate_from_price(currency, as_price(self.name, amount), self.name, self.clock.now())
