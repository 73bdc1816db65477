"""Kraken's public ticker: https://docs.kraken.com/api-reference/market-data/get-ticker-information"""

from dataclasses import dataclass

import httpx

from app.charging.errors import Unavailable
from app.charging.money import Rate
from app.charging.ports import Clock
from app.tariffs.asking import ask_json
from app.tariffs.rates import rate_from_price
from app.tariffs.tickers import as_price

URL = "https://api.kraken.com/0/public/Ticker"


@dataclass(frozen=True, slots=True)
class Kraken:
    """The middle of the best bid and ask; one stray trade does not move it."""

    http: httpx.AsyncClient
    clock: Clock
    name: str = "Kraken"

    async def fetch(self, currency: str) -> Rate:
        """The rate of a currency that Kraken trades against bitcoin; raises ``Unavailable``."""
        answer = await ask_json(self.http, self.name, URL, query={"pair": f"XBT{currency}"})
        try:
            if answer["error"]:  # with status 200
                raise Unavailable(f"{self.name} has no price for {currency}")
            (ticker,) = answer["result"].values()  # under a name of its own: XXBTZEUR
            ask, bid = ticker["a"][0], ticker["b"][0]
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise Unavailable(f"{self.name} answered in an unknown shape") from error
        middle = (as_price(self.name, ask) + as_price(self.name, bid)) / 2
        return rate_from_price(currency, middle, self.name, self.clock.now())
