"""The exchanges' answers, as they are documented, and answers that are none."""

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import httpx
import pytest

from app.charging.errors import Unavailable
from app.tariffs.coinbase import Coinbase
from app.tariffs.fixed_rates import FixedRates
from app.tariffs.kraken import Kraken
from app.tariffs.rates import RateSource
from tests.support.tenancy import SetClock

RECORDINGS = Path(__file__).parent.parent / "recordings" / "rates"
Make = Callable[[httpx.AsyncClient, SetClock], RateSource]
EXCHANGES: list[Make] = [Kraken, Coinbase]


def answering(body: str, status: int = 200) -> tuple[httpx.AsyncClient, list[httpx.URL]]:
    asked: list[httpx.URL] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(status, text=body)

    return httpx.AsyncClient(transport=httpx.MockTransport(answer)), asked


async def test_kraken_gives_the_middle_of_bid_and_ask() -> None:
    http, asked = answering((RECORDINGS / "kraken.json").read_text())
    rate = await Kraken(http, SetClock()).fetch("EUR")
    assert str(asked[0]) == "https://api.kraken.com/0/public/Ticker?pair=XBTEUR"
    assert rate.msat_per_unit == Decimal("1061457.881")  # 10^11 / 94210.05
    assert (rate.currency, rate.source, rate.at) == ("EUR", "Kraken", SetClock().now())


async def test_coinbase_gives_its_spot_price() -> None:
    http, asked = answering((RECORDINGS / "coinbase.json").read_text())
    rate = await Coinbase(http, SetClock()).fetch("EUR")
    assert str(asked[0]) == "https://api.coinbase.com/v2/prices/BTC-EUR/spot"
    assert rate.msat_per_unit == Decimal("1061701.133")  # 10^11 / 94188.465


async def test_kraken_says_what_it_does_not_trade_with_status_200() -> None:
    http, _ = answering((RECORDINGS / "kraken_unknown_pair.json").read_text())
    with pytest.raises(Unavailable, match="no price for XYZ"):
        await Kraken(http, SetClock()).fetch("XYZ")


async def test_an_answer_for_another_currency_is_no_answer() -> None:
    http, _ = answering((RECORDINGS / "coinbase.json").read_text())
    with pytest.raises(Unavailable):
        await Coinbase(http, SetClock()).fetch("CHF")


@pytest.mark.parametrize("make", EXCHANGES)
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (503, "{}"),
        (200, "<html>"),
        (200, "[]"),
        (200, "null"),
        (200, '{"error":[],"result":{"A":{"a":["x"],"b":["1"]}}}'),
        (200, '{"error":[],"result":{"A":{"a":["0"],"b":["0"]}}}'),
        (200, '{"error":[],"result":{"A":{"a":["NaN"],"b":["1"]}}}'),
        (200, '{"error":[],"result":[]}'),
        (200, '{"data":{"amount":94188.4,"base":"BTC","currency":"EUR"}}'),
        (200, '{"data":{"amount":"-1","base":"BTC","currency":"EUR"}}'),
        (200, '{"data":[]}'),
    ],
)
async def test_nonsense_is_unavailable(make: Make, status: int, body: str) -> None:
    http, _ = answering(body, status)
    with pytest.raises(Unavailable):
        await make(http, SetClock()).fetch("EUR")


@pytest.mark.parametrize("make", EXCHANGES)
async def test_a_dead_network_is_unavailable(make: Make) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route", request=request)

    http = httpx.AsyncClient(transport=httpx.MockTransport(refuse))
    with pytest.raises(Unavailable):
        await make(http, SetClock()).fetch("EUR")


async def test_fixed_rates_know_what_was_written_down() -> None:
    fixed = FixedRates({"EUR": Decimal(1_000_000)}, SetClock())
    assert (await fixed.fetch("EUR")).msat_per_unit == 1_000_000
    with pytest.raises(Unavailable):
        await fixed.fetch("CHF")
