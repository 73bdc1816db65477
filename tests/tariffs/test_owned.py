from __future__ import annotations

from decimal import Decimal

import pytest

from app.charging.errors import BadInput
from app.records.drafts import TariffDraft
from app.tariffs.owned import OwnedTariffs
from tests.support.tenancy import House

A = "aaaaaaaaaaaa"


@pytest.fixture
def tariffs() -> OwnedTariffs:
    house = House()
    return OwnedTariffs(house.tables, house.clock, house.chance)


async def test_each_change_is_a_new_version(tariffs: OwnedTariffs) -> None:
    first = await tariffs.add(A, TariffDraft("day", "eur", Decimal("0.45"), Decimal("1")))
    second = await tariffs.change(A, first.id, TariffDraft("day", "EUR", Decimal("0.5")))
    assert (first.version, second.version) == (1, 2)
    assert str(second.price_per_kwh) == "0.50"
    assert await tariffs.all(A) == [second]


async def test_prices_in_sats_go_down_to_the_msat(tariffs: OwnedTariffs) -> None:
    tariff = await tariffs.add(A, TariffDraft("sats", "SAT", Decimal("450.125")))
    assert tariff.price_per_kwh == Decimal("450.125")
    ten = await tariffs.add(A, TariffDraft("ten", "SAT", Decimal("1E+1")))
    assert str(ten.price_per_kwh) == "10.00"


@pytest.mark.parametrize(
    ("field", "draft"),
    [
        ("name", TariffDraft("", "EUR", Decimal(1))),
        ("currency", TariffDraft("a", "BTC", Decimal(1))),
        ("price_per_kwh", TariffDraft("a", "EUR", Decimal(0))),
        ("price_per_kwh", TariffDraft("a", "EUR", Decimal(-1))),
        ("price_per_kwh", TariffDraft("a", "EUR", Decimal("NaN"))),
        ("price_per_kwh", TariffDraft("a", "EUR", Decimal("1E+9"))),
        ("price_per_kwh", TariffDraft("a", "EUR", Decimal("0.12345"))),
        ("start_fee", TariffDraft("a", "EUR", Decimal(1), Decimal(-1))),
    ],
)
async def test_a_price_that_cannot_be(
    tariffs: OwnedTariffs, field: str, draft: TariffDraft
) -> None:
    with pytest.raises(BadInput) as refusal:
        await tariffs.add(A, draft)
    assert refusal.value.field == field
