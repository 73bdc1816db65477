"""Prices and places in words, for wallets and pages."""

from datetime import datetime
from decimal import Decimal
from itertools import chain, combinations

from app.charging.money import SATS, Rate
from app.charging.pricing import Tariff
from app.checkout.price_words import CONNECTOR_W, PriceWords

LONGEST = 144
"""Characters that every wallet shows of a message (LUD-09)."""


def price_text(
    tariff: Tariff,
    rate: Rate | None,
    at: datetime | None = None,
    *,
    longest: int = 0,
    language: str = "en",
    power_w: int = CONNECTOR_W,
) -> str:
    """The price in words: ``0.50 EUR/kWh + 1.00 EUR per charge (1 EUR = 1050 sats)``.

    With ``at``, what holds then comes first: ``0.32 EUR/kWh now, 0.25–0.48 by time of day``. What
    is longer than ``longest`` loses detail, and says that there is more.
    """
    words = text_words(language, tariff.currency)
    parts = words.parts(tariff, at, power_w)
    in_sats = _in_sats(tariff, rate)
    more = words.say("more on the page")
    fewer = (
        [parts[0], *some, more]
        for kept in range(len(parts) - 2, -1, -1)
        for some in combinations(parts[1:], kept)
    )
    for each in chain([parts], fewer):
        text = " + ".join(each) + in_sats
        if not longest or len(text) <= longest:
            return text
    return shortened(" + ".join((_briefly(parts[0]), more)) + in_sats, longest)


def text_words(language: str, currency: str) -> PriceWords:
    """Words with the currency's code: plain text, for wallets and lists."""
    unit = _unit(currency)

    def bare(value: Decimal) -> str:
        return _amount(value).replace(".", ",") if language == "de" else _amount(value)

    return PriceWords(language, lambda value: f"{bare(value)} {unit}", bare)


def component_text(tariff: Tariff, since: datetime | None = None, most: int = 24) -> str:
    """Every component and when it holds, in one line; of a long curve, what comes next."""
    words = text_words("en", tariff.currency)
    lines = list(words.lines(tariff, since))
    more = [f"{len(lines) - most} {words.say('more on the page')}"] if len(lines) > most else []
    return "; ".join((*lines[:most], *more, *words.bounds(tariff)))


def _in_sats(tariff: Tariff, rate: Rate | None) -> str:
    if rate is None or tariff.currency == SATS:
        return ""
    return f" (1 {_unit(tariff.currency)} = {_sats(rate.msat_per_unit)} sats)"


def _briefly(part: str) -> str:
    """The price that holds now, without how it varies."""
    return part.partition(", ")[0]


def shortened(text: str, longest: int = LONGEST) -> str:
    """The text, cut with an ellipsis when it is too long."""
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def sats_text(amount_msat: int) -> str:
    """An amount in sats, with msat where there are any."""
    sats, rest = divmod(amount_msat, 1000)
    return f"{sats} sats" if not rest else f"{sats}.{rest:03} sats"


def _unit(currency: str) -> str:
    return "sats" if currency == SATS else currency


def _amount(price: Decimal) -> str:
    """At least two decimals where there are any, no needless zeros beyond."""
    plain = f"{price.normalize():f}"
    whole, _, decimals = plain.partition(".")
    return f"{whole}.{decimals:0<2}" if decimals else whole


def _sats(msat_per_unit: Decimal) -> str:
    return f"{(msat_per_unit / 1000).quantize(Decimal('0.01')).normalize():f}"
