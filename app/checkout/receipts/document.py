"""``receipt.json``: a receipt for programs. It holds all that its sum is reckoned from.

Decimals are strings. Amounts of items are rounded to the millionth of the currency for reading;
what was charged follows from tariff, rate and readings alone, with one rounding at the end.
"""

from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

import msgspec

from app.charging.errors import BadInput
from app.charging.money import Rate
from app.charging.pricing.totals import Amount

FORMAT = "strom-receipt/1"
RULES = "strom-pricing/2"
"""The version of the rules of ``app/charging/pricing``: another figure from the same readings is
another version. Since the second, a reading may say where its register counts on from."""
KNOWN_RULES = ("strom-pricing/1", RULES)
_MILLIONTH = Decimal("0.000001")


class Party(msgspec.Struct, frozen=True):
    """Who sells."""

    name: str
    email: str
    phone: str


class Place(msgspec.Struct, frozen=True):
    """Where the charge point stands; empty where it has been removed since."""

    name: str
    address: str
    time_zone: str
    charge_point: str
    connector: int
    lightning_address: str = ""


class Money(msgspec.Struct, frozen=True):
    """An amount in the tariff's currency."""

    excl_vat: Decimal
    vat: Decimal
    incl_vat: Decimal


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One component of the tariff: ``quantity`` in ``unit`` (Wh, s, or times), at ``price`` per
    kWh, per hour, or once."""

    type: str
    element: int
    price: Decimal
    quantity: Decimal
    unit: str
    begins: datetime
    ends: datetime
    amount: Money
    vat_percent: Decimal | None = None
    is_step: bool = False


class VatLine(msgspec.Struct, frozen=True):
    """Everything at one rate of VAT; null where none is stated."""

    percent: Decimal | None
    amount: Money


class ReadingLine(msgspec.Struct, frozen=True, omit_defaults=True):
    """One reading; null where it told only something else. ``doubted_wh`` is a register that was
    shown and cannot be right: it costs nothing. ``from_wh`` is where the register had stood before,
    if elsewhere than at the reading before."""

    at: datetime
    meter_wh: int | None = None
    power_w: int | None = None
    soc_percent: int | None = None
    doubted_wh: int | None = None
    from_wh: int | None = None


class PaymentLine(msgspec.Struct, frozen=True):
    """A payment that came in."""

    payment_hash: str
    amount_msat: int
    at: datetime


class RefundLine(msgspec.Struct, frozen=True):
    """A refund: ``paid``, ``in_flight``, ``offered`` or ``forfeited``."""

    state: str
    amount_msat: int
    at: datetime
    payment_hash: str = ""


class Books(msgspec.Struct, frozen=True):
    """Where the money is: paid + absorbed = charged + refunded + in flight + refundable + forfeited
    + residue."""

    paid_msat: int
    charged_msat: int
    absorbed_msat: int
    """Of what was charged, what the owner bears and not the driver."""
    refunded_msat: int
    refund_in_flight_msat: int
    refundable_msat: int
    forfeited_msat: int
    residue_msat: int


class SignedLine(msgspec.Struct, frozen=True):
    """A signed meter value, word for word."""

    at: datetime
    data: str
    context: str = ""
    method: str = ""
    public_key: str = ""


class Receipt(msgspec.Struct, frozen=True, kw_only=True):
    """Everything. ``charged_msat`` is what ``strom price`` finds again."""

    format: str = FORMAT
    rules: str = RULES
    session: str
    sandbox: bool
    """Play money."""
    seller: Party
    place: Place
    quoted_at: datetime
    begun_at: datetime | None
    ended_at: datetime
    end: str
    energy_wh: int
    meter_start_wh: int
    meter_end_wh: int
    charged_msat: int
    tariff: dict[str, Any]
    rate: Rate
    lines: tuple[Line, ...]
    bound: Money
    """What the tariff's least price adds, or its most takes away."""
    vat: tuple[VatLine, ...]
    total: Money
    books: Books
    payments: tuple[PaymentLine, ...]
    refunds: tuple[RefundLine, ...]
    readings: tuple[ReadingLine, ...]
    signed: tuple[SignedLine, ...] = ()
    fiat: Rate | None = None
    """Where the price is in sats: what they were worth in the place's currency."""


def encode(receipt: Receipt) -> bytes:
    """As JSON."""
    return msgspec.json.encode(receipt)


def decode(text: bytes | str) -> Receipt:
    """From JSON; raises ``BadInput`` that says what is missing."""
    try:
        return msgspec.json.decode(text, type=Receipt)
    except msgspec.DecodeError as error:
        raise BadInput(f"this is no receipt of Strom: {error}", field="receipt") from None


def money(amount: Amount) -> Money:
    """An exact amount, rounded for reading."""
    excl, incl = rounded(amount.excl_vat), rounded(amount.incl_vat)
    return Money(excl, incl - excl, incl)


def rounded(value: Fraction, finest: Decimal = _MILLIONTH) -> Decimal:
    """An exact number to so many places, half to even."""
    shifted = round(value / Fraction(finest))
    return (Decimal(shifted) * finest).quantize(finest, ROUND_HALF_EVEN)
