"""What the tickers of exchanges have in common: a price that is a decimal in a string."""

from decimal import Decimal, InvalidOperation

from app.charging.errors import Unavailable


def as_price(source: str, value: object) -> Decimal:
    """A price as exchanges write it, a decimal in a string; raises ``Unavailable``."""
    if not isinstance(value, str):
        raise Unavailable(f"{source} gave no price")
    try:
        return Decimal(value)
    except InvalidOperation as error:
        raise Unavailable(f"{source} gave no price") from error
