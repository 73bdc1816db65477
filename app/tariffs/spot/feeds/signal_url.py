"""A signal at an address: one number in a JSON answer, which is no price."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation, localcontext

from app.charging.errors import Unavailable
from app.charging.pricing.signals import HIGHEST_SIGNAL
from app.records.spot_prices import PriceSeries, PriceSlot
from app.tariffs.asking import ask_json
from app.tariffs.spot.feeds.json_url import JsonUrl

_DIGITS = 24


@dataclass(frozen=True, slots=True)
class SignalUrl(JsonUrl):
    """The number stands at ``paths.price``; times ``paths.factor`` it is the signal."""

    async def fetch(self, begins: datetime, ends: datetime) -> PriceSeries:
        """The number, in a series of one slot without a currency; raises ``Unavailable``."""
        answer = await ask_json(self.http, self.name, self._url(begins, ends), headers=self.headers)
        value = self._number(self._found(self.paths.price, answer))
        now = self.clock.now()
        slot = PriceSlot(now, now + timedelta(seconds=self.holds_s), value)
        return PriceSeries("", self.name, now, (slot,))

    def _number(self, told: object) -> Decimal:
        try:
            if isinstance(told, bool) or not isinstance(told, int | str | Decimal):
                raise InvalidOperation
            number = Decimal(told)
            if not number.is_finite() or len(number.as_tuple().digits) > _DIGITS:
                raise InvalidOperation
        except InvalidOperation:
            raise Unavailable(f"{self.name} told a signal that is no number") from None
        with localcontext(prec=2 * _DIGITS):
            number = number * self.paths.factor
        if abs(number) > HIGHEST_SIGNAL:
            raise Unavailable(f"{self.name} told {number:.4g}, which cannot be")
        return number
