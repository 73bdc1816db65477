"""A tally as it lies in a session's row: short, since the row is written with each reading.

``[started ms, ms to still_since, ms from there to seen_at, Wh, flats, [dimension, quantity, price,
VAT, step, [VAT, amount, …]], …]``; decimals as text, None where there is no VAT.
"""

from decimal import Decimal
from typing import Any

from app.charging.pricing.elements import Dimension
from app.charging.pricing.stretches import UWH_PER_WH
from app.charging.pricing.tally import EXACT, Counted, Tally
from app.records.codec import from_ms, to_ms

_LETTERS = {
    Dimension.ENERGY: "E",
    Dimension.TIME: "T",
    Dimension.PARKING_TIME: "P",
    Dimension.FLAT: "F",
}
_DIMENSIONS = {letter: dimension for dimension, letter in _LETTERS.items()}


def packed_tally(tally: Tally) -> list[Any]:
    """The tally for the row; its moments are whole milliseconds, its energy whole Wh."""
    started, still, seen = map(to_ms, (tally.started_at, tally.still_since, tally.seen_at))
    energy_wh = tally.energy_uwh // UWH_PER_WH
    counted = [_packed(each) for each in tally.counted]
    return [started, still - started, seen - still, energy_wh, tally.flats, *counted]


def tally_of(packed: list[Any]) -> Tally:
    """The tally that a row holds."""
    started, to_still, to_seen, energy_wh, flats, *counted = packed
    still = started + to_still
    return Tally(
        from_ms(started),
        from_ms(still),
        from_ms(still + to_seen),
        energy_wh * UWH_PER_WH,
        tuple(_counted(each) for each in counted),
        tuple(flats),
    )


def _packed(counted: Counted) -> list[Any]:
    amounts = [text for vat, amount in counted.amounts for text in (_text(vat), _short(amount))]
    return [
        _LETTERS[counted.dimension],
        counted.quantity,
        str(counted.price),
        _text(counted.vat),
        counted.step_size,
        amounts,
    ]


def _counted(packed: list[Any]) -> Counted:
    letter, quantity, price, vat, step_size, amounts = packed
    return Counted(
        _DIMENSIONS[letter],
        quantity,
        tuple(
            (_decimal(rate), Decimal(amount))
            for rate, amount in zip(amounts[::2], amounts[1::2], strict=True)
        ),
        Decimal(price),
        _decimal(vat),
        step_size,
    )


def _short(amount: Decimal) -> str:
    """Of two ways to write it the shorter; both say the same."""
    return min(str(amount), f"{amount.normalize(EXACT)}", key=len)


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


def _decimal(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)
