"""A tariff as a driver's page shows it: price per kWh first, then all that may be asked."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from app.charging.money import SATS, Rate
from app.charging.pricing import Dimension, Tariff
from app.charging.pricing.curve import component_at, curve, knows_until
from app.checkout.price_words import PriceWords, gross
from app.portal.driver.numbers import NO_BREAK, Numbers
from app.portal.driver.plot import Plot, plot

AHEAD = timedelta(hours=24)
MOST_LINES = 12
"""Components in words; where there are more, they are a curve, and that is drawn."""


@dataclass(frozen=True, slots=True)
class ShownPrice:
    """What stands on the page. ``sats`` and ``rate`` are empty for prices in sats."""

    per_kwh: str
    sats: str
    varies: str
    """How the price per kWh changes; empty where it does not."""
    others: tuple[str, ...]
    taxes: str
    rate: str
    lines: tuple[str, ...]
    """Every component and when it holds, where the above does not say it all."""
    plot: Plot | None


def words(numbers: Numbers) -> PriceWords:
    """Words with amounts as the page writes them."""
    return PriceWords(
        numbers.language,
        lambda value: numbers.price(value, 4),
        lambda value: numbers.bare(value, 4),
    )


def shown_price(
    tariff: Tariff,
    rate: Rate | None,
    numbers: Numbers,
    *,
    at: datetime,
    power_w: int,
    started: datetime | None = None,
) -> ShownPrice:
    """A tariff at a moment; of a charge that began, with its own curve from the start on."""
    say = words(numbers)
    energy = component_at(tariff, Dimension.ENERGY, at, power_w, started)
    per_kwh = Decimal(0) if energy is None else gross(tariff, energy)
    first, *others = say.parts(tariff, at, power_w)
    begins = at if started is None else started
    until = knows_until(tariff, begins)
    ends = min(until, begins + AHEAD) if until else begins + AHEAD
    steps = curve(tariff, begins, ends, power_w, started=started)
    lines = tuple(say.lines(tariff, begins))
    return ShownPrice(
        per_kwh=numbers.price(per_kwh, 4),
        sats=_in_sats(per_kwh, rate, tariff, numbers),
        varies=first.partition(", ")[2],
        others=tuple(others),
        taxes=_taxes(tariff, numbers),
        rate=_rate(rate, tariff, numbers),
        lines=lines if len(lines) <= MOST_LINES and _is_more(tariff) else (),
        plot=plot(tariff, steps, at, numbers),
    )


def _is_more(tariff: Tariff) -> bool:
    return len(tariff.elements) > 1


def _in_sats(per_kwh: Decimal, rate: Rate | None, tariff: Tariff, numbers: Numbers) -> str:
    if rate is None or tariff.currency == SATS:
        return ""
    return numbers.sats(int(per_kwh * rate.msat_per_unit))


def _rate(rate: Rate | None, tariff: Tariff, numbers: Numbers) -> str:
    """``€1.00 = 1,061 sats (Kraken, 14:05)``."""
    if rate is None or tariff.currency == SATS:
        return ""
    unit = numbers.price(Decimal(1))
    return (
        f"{unit} = {numbers.sats(int(rate.msat_per_unit))} ({rate.source}, {numbers.time(rate.at)})"
    )


def _taxes(tariff: Tariff, numbers: Numbers) -> str:
    """``incl. 19 % VAT``; where none is stated, that the price is the whole."""
    rates = sorted(
        {
            component.vat
            for element in tariff.elements
            for component in element.price_components
            if component.vat is not None and component.price
        }
    )
    if not rates:
        return words(numbers).say("taxes included")
    each = ", ".join(f"{numbers.short(rate)}{NO_BREAK}%" for rate in rates)
    return words(numbers).say("incl. {rates} VAT", rates=each)
