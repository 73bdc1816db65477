"""Prices and places in words, for wallets and pages."""

from decimal import Decimal

from app.charging.money import SATS, Rate
from app.charging.pricing import Tariff

LONGEST = 144
"""Characters that every wallet shows of a message (LUD-09)."""


def price_text(tariff: Tariff, rate: Rate | None) -> str:
    """The price in words: ``0.50 EUR/kWh + 1.00 EUR per charge (1 EUR = 1050 sats)``."""
    unit = _unit(tariff.currency)
    parts = [f"{_amount(tariff.price_per_kwh)} {unit}/kWh"]
    if tariff.start_fee > 0:
        parts.append(f"{_amount(tariff.start_fee)} {unit} per charge")
    text = " + ".join(parts)
    if rate is not None and tariff.currency != SATS:
        text += f" (1 {unit} = {_sats(rate.msat_per_unit)} sats)"
    return text


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
