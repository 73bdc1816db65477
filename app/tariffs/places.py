"""How fine the prices of a currency are."""

from app.charging.money import SATS

PLACES = {SATS: 3}
"""Prices in sats go down to the msat; the others to a hundredth of a cent."""
ANY_PLACES = 4


def places_of(currency: str) -> int:
    """How many digits after the point its prices have at most."""
    return PLACES.get(currency, ANY_PLACES)
