"""What owners of the model ask for: a plain price per kWh, or one of everything a tariff can say.

Chances short and prices high, so that a run of half an hour meets them all.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import time, timedelta
from decimal import Decimal

from app.charging.pricing import (
    Dimension,
    PriceComponent,
    Restrictions,
    TariffElement,
    plain_elements,
)
from app.charging.pricing.spot import Slot, curve_elements
from app.records.tariffs import TariffVersion
from tests.simulation.process import START

BEFORE = START - timedelta(days=1)
LOCAL_HOURS = 2
"""What the place's clock (Europe/Berlin, in June) is ahead of UTC."""
RUN_MINUTES = 45


@dataclass(frozen=True, slots=True)
class Pricing:
    """What an owner asks for, beside the tariff's name."""

    elements: tuple[TariffElement, ...] = plain_elements(Decimal("0.50"))
    min_price: Decimal | None = None
    max_price: Decimal | None = None
    vat: Decimal | None = None
    tax_included: bool = True
    grace_s: int = 300

    def version(self) -> TariffVersion:
        """As a row of the owner's."""
        return TariffVersion(
            "t1",
            1,
            "Day",
            "EUR",
            self.elements,
            BEFORE,
            BEFORE,
            tax_included=self.tax_included,
            vat=self.vat,
            min_price=self.min_price,
            max_price=self.max_price,
            grace_s=self.grace_s,
        )


PLAIN = Pricing()


def draw(dice: random.Random) -> Pricing:
    """What one owner asks for: half of them, a price per kWh and nothing else."""
    if dice.random() < 0.5:
        return PLAIN
    vat = dice.choice((None, Decimal(7), Decimal(19)))
    most = dice.choice((None, None, Decimal("0.40"), Decimal("1.30")))
    least = dice.choice((None, None, Decimal("0.03"), Decimal("0.15")))
    return Pricing(
        elements=(*_fees(dice, vat), *_energy(dice, vat)),
        min_price=least,
        max_price=most,
        vat=vat,
        tax_included=dice.random() < 0.7,
        grace_s=dice.choice((60, 120, 300)),
    )


def _fees(dice: random.Random, vat: Decimal | None) -> Iterator[TariffElement]:
    """What is asked for beside energy; each may be missing."""
    start, minute, blocking = dice.random() < 0.5, dice.random() < 0.4, dice.random() < 0.8
    if minute:
        late = Restrictions(min_duration=dice.choice((120, 600)))
        price = dice.choice((Decimal("0.30"), Decimal("1.20")))
        yield TariffElement((PriceComponent(Dimension.TIME, price, vat),), late)
    fees = list[PriceComponent]()
    if start:
        fees.append(PriceComponent(Dimension.FLAT, dice.choice((Decimal("0.02"), Decimal("0.10")))))
    if blocking:
        price = dice.choice((Decimal("0.60"), Decimal(3), Decimal(12)))
        fees.append(PriceComponent(Dimension.PARKING_TIME, price, vat))
    if fees:
        yield TariffElement(tuple(fees))


def _energy(dice: random.Random, vat: Decimal | None) -> tuple[TariffElement, ...]:
    """A kWh's price: by slots of a curve, or by time of day and by how much has flowed."""
    if dice.random() < 0.4:
        return curve_elements(tuple(_slots(dice)), Decimal("0.45"), vat)
    begins, minutes = dice.randrange(25), dice.choice((3, 10))
    hour = START.hour + LOCAL_HOURS
    dear = Restrictions(start_time=time(hour, begins), end_time=time(hour, begins + minutes))
    much = Restrictions(min_kwh=dice.choice((Decimal("0.1"), Decimal("1.5"))))
    return tuple(
        TariffElement((PriceComponent(Dimension.ENERGY, Decimal(price), vat),), when)
        for price, when in (("0.85", dear), ("0.35", much), ("0.55", Restrictions()))
    )


def _slots(dice: random.Random) -> Iterator[Slot]:
    """A price for every few minutes of the run; it ends before its end."""
    begins = START
    while begins < START + timedelta(minutes=RUN_MINUTES):
        ends = begins + timedelta(minutes=dice.choice((2, 5)))
        yield Slot(begins, ends, Decimal(dice.randrange(5, 120)) / 100)
        begins = ends
