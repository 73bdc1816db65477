"""Numbers as the driver reads them. ``static/numbers.js`` says the same in the browser.

Sats, fiat, energy and time come out alike on both sides, so that a page does not change its tune
when its script takes over; a test compares them.
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from zoneinfo import ZoneInfo

from app.charging.money import MSAT_PER_SAT, SATS

NO_BREAK = "\u00a0"
_HUNDREDTH = Decimal("0.01")
_TENTH = Decimal("0.1")
_A_DAY_S = 18 * 3600
"""From when on the time of day alone does not say when."""
_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥"}
_WITHOUT_CENTS = {"JPY", "KRW", "ISK", "CLP", "PYG", "UGX", "VND", "XAF", "XOF"}
_MONTHS = {
    "en": "January February March April May June July August September October November December",
    "de": "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
}


@dataclass(frozen=True, slots=True)
class Numbers:
    """Formats for a language, a currency and its rate; without a rate there is no fiat."""

    language: str
    currency: str = SATS
    msat_per_unit: Decimal | None = None
    time_zone: str = "UTC"

    def energy(self, energy_wh: int) -> str:
        """``12.34 kWh``, rounded down: never more than was metered."""
        return f"{self.kwh(energy_wh)}{NO_BREAK}kWh"

    def kwh(self, energy_wh: int) -> str:
        """The same without its unit."""
        return self.plain((Decimal(energy_wh) / 1000).quantize(_HUNDREDTH, ROUND_FLOOR), 2)

    def about(self, energy_wh: int) -> str:
        """``14.2 kWh``, rounded down: what is foreseen is not known more closely."""
        kwh = (Decimal(energy_wh) / 1000).quantize(_TENTH, ROUND_FLOOR)
        return f"{self.plain(kwh, 1)}{NO_BREAK}kWh"

    def power(self, power_w: int) -> str:
        """``11.0 kW``."""
        return f"{self.plain(Decimal(power_w) / 1000, 1)}{NO_BREAK}kW"

    def sats(self, amount_msat: int) -> str:
        """Whole sats, rounded down: ``2,105 sats``."""
        return f"{self.plain(Decimal(amount_msat // MSAT_PER_SAT), 0)}{NO_BREAK}sats"

    def exact_sats(self, amount_msat: int) -> str:
        """To the msat where there are any: ``0.437 sats``."""
        digits = 3 if amount_msat % MSAT_PER_SAT else 0
        return f"{self.plain(Decimal(amount_msat) / MSAT_PER_SAT, digits)}{NO_BREAK}sats"

    def fiat(self, amount_msat: int) -> str:
        """``€2.10``; empty where the price is in sats or no rate is known."""
        if self.currency == SATS or not self.msat_per_unit:
            return ""
        return self.price(Decimal(amount_msat) / self.msat_per_unit)

    def price(self, value: Decimal, most_digits: int = 2) -> str:
        """An amount in the currency; prices per kWh may have more digits than cents."""
        text = self.bare(value, most_digits)
        return f"{text}{NO_BREAK}sats" if self.currency == SATS else self._with_symbol(text)

    def bare(self, value: Decimal, most_digits: int = 2) -> str:
        """The same without the currency."""
        if self.currency == SATS:
            return self.plain(value, min(max(-_exponent(value), 0), 3))
        least = 0 if self.currency in _WITHOUT_CENTS else 2
        digits = max(least, min(-_exponent(value), most_digits)) if most_digits > 2 else least
        return self.plain(value, digits)

    def short(self, value: Decimal) -> str:
        """A number with the digits it has."""
        return self.plain(value, max(-_exponent(value.normalize()), 0))

    def percent(self, value: int) -> str:
        """``64 %`` in German, ``64%`` in English."""
        return f"{value}{NO_BREAK}%" if self.language == "de" else f"{value}%"

    def duration(self, seconds: int) -> str:
        """``1 h 24 min``; below a minute that much."""
        hours, minutes = divmod(seconds // 60, 60)
        if hours:
            return f"{hours}{NO_BREAK}h {minutes:02}{NO_BREAK}min"
        return f"{minutes}{NO_BREAK}min" if minutes else f"<{NO_BREAK}1{NO_BREAK}min"

    def time(self, at: datetime) -> str:
        """``14:05`` in the charge point's own time."""
        return f"{at.astimezone(ZoneInfo(self.time_zone)):%H:%M}"

    def until(self, at: datetime, seconds_left: int) -> str:
        """``16:40``; what is further away with its date."""
        return self.time(at) if seconds_left < _A_DAY_S else f"{self.date(at)}, {self.time(at)}"

    def date(self, at: datetime) -> str:
        """``30 May 2026``."""
        local = at.astimezone(ZoneInfo(self.time_zone))
        dot = "." if self.language == "de" else ""
        return f"{local.day}{dot} {_MONTHS[self.language].split()[local.month - 1]} {local.year}"

    def plain(self, value: Decimal, digits: int) -> str:
        """A number with so many digits, grouped as the language does."""
        text = f"{value.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN):,f}"
        if self.language == "de":
            return text.translate(str.maketrans(",.", ".,"))
        return text

    def _with_symbol(self, amount: str) -> str:
        symbol = _SYMBOLS.get(self.currency, self.currency)
        if self.language == "de":
            return f"{amount}{NO_BREAK}{symbol}"
        return f"{symbol}{amount}" if len(symbol) == 1 else f"{symbol}{NO_BREAK}{amount}"


def _exponent(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0
