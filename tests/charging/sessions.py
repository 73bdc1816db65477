"""Sessions and events for tests of the domain, in its own words."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.charging.money import Rate
from app.charging.pricing import Tariff, plain_elements
from app.charging.session import Limits, Quote, Session

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def seconds(count: float) -> datetime:
    """So many seconds after noon."""
    return NOON + timedelta(seconds=count)


def tariff(price_per_kwh: str = "0.50", start_fee: str = "0", currency: str = "EUR") -> Tariff:
    """A flat tariff."""
    elements = plain_elements(Decimal(price_per_kwh), Decimal(start_fee))
    return Tariff("t1", 1, "Day", currency, elements, NOON)


def quote(
    *, price_per_kwh: str = "0.50", start_fee: str = "0", msat_per_unit: str = "1000000"
) -> Quote:
    """A quote at 1000 sats for a euro: half a sat for a Wh."""
    rate = Rate("EUR", Decimal(msat_per_unit), "test", NOON)
    return Quote(tariff(price_per_kwh, start_fee), rate, "w1", 1000, Limits(), NOON)


def session(a_quote: Quote | None = None) -> Session:
    """An unpaid session at connector 1 of CP1."""
    return Session("abcdefgh23456789", "CP1", 1, a_quote or quote())
