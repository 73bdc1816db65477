from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest

from app.charging.errors import BadInput, Conflict, NotFound
from app.charging.pricing import Dimension, PriceComponent, Restrictions, TariffElement
from app.charging.pricing.spot import SpotRule
from app.records import rows
from app.records.charge_points import ChargePoint, Connector
from app.records.drafts import TariffDraft
from app.records.owners import Tenant
from app.records.spot_sources import KeptSpotSource, SpotSourceSettings, spot_sources
from app.records.tariffs import Tariffs
from app.tariffs.owned import OwnedTariffs
from tests.support.tenancy import House

A = "aaaaaaaaaaaa"
DAY = TariffDraft("day", "EUR", Decimal("0.45"))
HOUR = timedelta(hours=1)
TAXED = TariffElement((PriceComponent(Dimension.ENERGY, Decimal(1), Decimal(7)),))


@pytest.fixture
def house() -> House:
    return House()


@pytest.fixture
def tariffs(house: House) -> OwnedTariffs:
    return OwnedTariffs(house.tables, house.clock, house.chance)


def energy(price: str, **limits: Any) -> TariffElement:
    component = PriceComponent(Dimension.ENERGY, Decimal(price))
    return TariffElement((component,), Restrictions(**limits))


async def test_each_change_is_a_new_version(tariffs: OwnedTariffs) -> None:
    first = await tariffs.add(A, TariffDraft("day", "eur", Decimal("0.45"), Decimal("1")))
    second = await tariffs.change(A, first.id, TariffDraft("new", "EUR", Decimal("0.5")))
    assert (first.version, second.version) == (1, 2)
    assert (second.name, str(second.price_per_kwh), second.state) == ("new", "0.50", "in_force")
    assert await tariffs.all(A) == [second]
    assert [v.version for v in await tariffs.history(A, first.id)] == [2, 1]
    assert (await tariffs.version(A, first.id, 1)).start_fee == 1


async def test_prices_in_sats_go_down_to_the_msat(tariffs: OwnedTariffs) -> None:
    tariff = await tariffs.add(A, TariffDraft("sats", "SAT", Decimal("450.125")))
    assert tariff.price_per_kwh == Decimal("450.125")
    ten = await tariffs.add(A, TariffDraft("ten", "SAT", Decimal("1E+1")))
    assert str(ten.price_per_kwh) == "10.00"


@pytest.mark.parametrize(
    ("field", "draft"),
    [
        ("name", replace(DAY, name="")),
        ("currency", replace(DAY, currency="BTC")),
        ("price_per_kwh", replace(DAY, price_per_kwh=Decimal(0))),
        ("price_per_kwh", replace(DAY, price_per_kwh=Decimal(-1))),
        ("price_per_kwh", replace(DAY, price_per_kwh=Decimal("NaN"))),
        ("price_per_kwh", replace(DAY, price_per_kwh=Decimal("1E+9"))),
        ("price_per_kwh", replace(DAY, price_per_kwh=Decimal("0.12345"))),
        ("price_per_kwh", replace(DAY, elements=(energy("1"),))),
        ("start_fee", replace(DAY, start_fee=Decimal(-1))),
        ("vat", replace(DAY, vat=Decimal(-1))),
        ("min_price", replace(DAY, min_price=Decimal(-1))),
        ("max_price", replace(DAY, min_price=Decimal(2), max_price=Decimal(1))),
        ("vat", TariffDraft("a", "EUR", elements=(TAXED,), max_price=Decimal(9))),
        ("grace_s", replace(DAY, grace_s=-1)),
        ("elements", TariffDraft("empty", "EUR")),
        ("elements.1.restrictions", TariffDraft("a", "EUR", elements=(energy("1"), energy("2")))),
        ("spot.source_id", TariffDraft("a", "EUR", spot=SpotRule("nobody", Decimal(1)))),
        ("starts_at", replace(DAY, starts_at=datetime(2020, 1, 1, tzinfo=UTC))),
    ],
)
async def test_a_price_that_cannot_be(
    tariffs: OwnedTariffs, field: str, draft: TariffDraft
) -> None:
    with pytest.raises(BadInput) as refusal:
        await tariffs.add(A, draft)
    assert refusal.value.field == field
    assert await tariffs.all(A) == []


async def test_vat_is_of_every_price_without_its_own(tariffs: OwnedTariffs) -> None:
    night = energy("0.5", start_time=time(22), end_time=time(6))
    draft = TariffDraft("a", "EUR", elements=(night, TAXED), vat=Decimal(19))
    kept = (await tariffs.add(A, draft)).shown
    assert [e.price_components[0].vat for e in kept.elements] == [19, 7]


# --- drafts and start dates ------------------------------------------------------------------


async def test_a_draft_is_never_in_force_until_it_is_published(
    house: House, tariffs: OwnedTariffs
) -> None:
    draft = await tariffs.add(A, replace(DAY, is_draft=True))
    assert (draft.state, draft.head.in_force(house.clock.now())) == ("draft", 0)
    again = await tariffs.change(A, draft.id, replace(DAY, name="better", is_draft=True))
    assert (again.version, again.name) == (1, "better")
    published = await tariffs.publish(A, draft.id)
    assert (published.state, published.head.draft) == ("in_force", 0)
    with pytest.raises(Conflict):
        await tariffs.publish(A, draft.id)


async def test_what_is_planned_holds_from_its_start_on(house: House, tariffs: OwnedTariffs) -> None:
    first = await tariffs.add(A, DAY)
    start = house.clock.now() + 2 * HOUR
    later = replace(DAY, price_per_kwh=Decimal("0.60"), starts_at=start)
    changed = await tariffs.change(A, first.id, later)
    assert (changed.version, changed.head.upcoming(changed.at)[0].version) == (1, 2)
    # Today's price changes once more; what was planned stays planned.
    await tariffs.change(A, first.id, replace(DAY, price_per_kwh=Decimal("0.50")))
    assert (await tariffs.get(A, first.id)).price_per_kwh == Decimal("0.50")
    house.clock.at = start
    assert (await tariffs.get(A, first.id)).price_per_kwh == Decimal("0.60")


async def test_what_has_not_begun_can_be_withdrawn(house: House, tariffs: OwnedTariffs) -> None:
    first = await tariffs.add(A, DAY)
    await tariffs.change(A, first.id, replace(DAY, starts_at=house.clock.now() + HOUR))
    await tariffs.change(A, first.id, replace(DAY, is_draft=True))
    with pytest.raises(Conflict):
        await tariffs.withdraw(A, first.id, 1)
    with pytest.raises(NotFound):
        await tariffs.withdraw(A, first.id, 9)
    await tariffs.withdraw(A, first.id, 2)
    await tariffs.withdraw(A, first.id, 3)
    assert [v.version for v in await tariffs.history(A, first.id)] == [1]
    only = await tariffs.add(A, replace(DAY, is_draft=True))
    with pytest.raises(Conflict):
        await tariffs.withdraw(A, only.id, 1)


async def test_a_draft_beside_what_is_in_force(house: House, tariffs: OwnedTariffs) -> None:
    first = await tariffs.add(A, DAY)
    drafted = await tariffs.change(A, first.id, replace(DAY, name="thought of", is_draft=True))
    assert (drafted.version, drafted.head.draft, drafted.state) == (1, 2, "in_force")
    await tariffs.change(A, first.id, replace(DAY, name="third"))
    published = await tariffs.publish(A, first.id, house.clock.now() + HOUR)
    assert (published.version, published.name) == (3, "third")
    house.clock.at += HOUR
    assert (await tariffs.get(A, first.id)).name == "thought of"


async def test_two_who_change_it_at_once(house: House, tariffs: OwnedTariffs) -> None:
    first = await tariffs.add(A, DAY)
    stale = first.head
    await tariffs.change(A, first.id, DAY)
    version = replace(first.shown, version=2)
    with pytest.raises(Conflict):
        await Tariffs(house.tables).save(A, stale, replace(stale, latest=2), version)


# --- what uses it ----------------------------------------------------------------------------


async def test_what_is_used_is_not_removed(house: House, tariffs: OwnedTariffs) -> None:
    usual, own = await tariffs.add(A, DAY), await tariffs.add(A, DAY)
    now = house.clock.now()
    await rows.tenants(house.tables).add(A, Tenant(A, "Ada", "active", "live", "a@x.org", now))
    plug = Connector(1, "hof-1", tariff_id=own.id)
    charger = ChargePoint("c1", "p", "Hof", "hof", "l1", "", "", now, (plug,))
    await rows.charge_points(house.tables).add(A, charger)
    await tariffs.set_usual(A, usual.id)
    for tariff, why in ((usual, "usual"), (own, "Hof")):
        with pytest.raises(Conflict, match=why):
            await tariffs.remove(A, tariff.id)
    with pytest.raises(Conflict, match="Hof"):
        await tariffs.set_usual(A, "")
    draft = await tariffs.add(A, replace(DAY, is_draft=True))
    with pytest.raises(Conflict):
        await tariffs.set_usual(A, draft.id)
    await tariffs.remove(A, draft.id)


async def test_a_tariff_by_a_source_is_in_its_currency(house: House, tariffs: OwnedTariffs) -> None:
    settings = SpotSourceSettings("awattar", "Europe/Berlin", "EUR", "DE")
    source = KeptSpotSource("s1", 1, "aWATTar", settings, house.clock.now())
    await spot_sources(house.tables).add(A, source)
    rule = SpotRule("s1", Decimal("0.5"), adder=Decimal("0.12"))
    kept = await tariffs.add(A, TariffDraft("spot", "EUR", spot=rule))
    assert kept.shown.spot == rule
    for field, draft in (
        ("currency", TariffDraft("spot", "SAT", spot=rule)),
        ("spot.ceiling", TariffDraft("s", "EUR", spot=replace(rule, ceiling=Decimal("-1")))),
        ("spot.floor", TariffDraft("s", "EUR", spot=replace(rule, floor=Decimal(-1)))),
        ("spot.fallback", TariffDraft("s", "EUR", spot=replace(rule, fallback=Decimal(0)))),
        ("spot.factor", TariffDraft("s", "EUR", spot=replace(rule, factor=Decimal(0)))),
        ("elements.0.price_components.0.type",
         TariffDraft("s", "EUR", elements=(energy("1"),), spot=rule)),
    ):  # fmt: skip
        with pytest.raises(BadInput) as refusal:
            await tariffs.add(A, draft)
        assert refusal.value.field == field
