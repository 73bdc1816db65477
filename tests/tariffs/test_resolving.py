"""What holds now: versions, a source's prices, the fallback; and that a quote brings it back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.charging.errors import Conflict, Unavailable
from app.charging.events import ChargingStopped, MeterRead
from app.charging.pricing import Dimension, PriceComponent, TariffElement, plain_elements
from app.charging.pricing.curve import component_at
from app.charging.pricing.signals import SignalRule, SignalStep
from app.charging.pricing.spot import Slot, SpotRule, Vat, spot_price
from app.records.spot_prices import PriceSeries, PriceSlot
from app.records.spot_sources import JsonPaths, KeptSpotSource, SpotSourceSettings
from app.records.tariffs import TariffVersion
from app.tariffs.resolving import TariffsInForce, curve_text, locked, read_curve
from tests.checkout.world import NOON, OWNER, Shop, reprice

QUARTER = timedelta(minutes=15)
RULE = SpotRule("s1", Decimal("0.50"), Decimal("1.1"), Decimal("0.12"), Decimal("0.10"))
SOURCE = KeptSpotSource("s1", 1, "aWATTar", SpotSourceSettings("awattar", "UTC", "EUR"), NOON)
FEE = TariffElement((PriceComponent(Dimension.FLAT, Decimal(1)),))


def series(*prices: str, begins: datetime = NOON, with_vat: bool = False) -> PriceSeries:
    slots = tuple(
        PriceSlot(begins + n * QUARTER, begins + (n + 1) * QUARTER, Decimal(price))
        for n, price in enumerate(prices)
    )
    return PriceSeries("EUR", "aWATTar", NOON, slots, with_vat)


def version(**changes: object) -> TariffVersion:
    plain = TariffVersion("t1", 1, "Spot", "EUR", (FEE,), NOON, NOON, vat=Decimal(19), spot=RULE)
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("told", "rule", "vat", "price"),
    [
        ("0.10", RULE, Vat(None, True, False), "0.2300"),
        # 0.10 × 1.19 × 1.1 + 0.12
        ("0.10", RULE, Vat(Decimal(19), True, False), "0.2509"),
        ("0.119", RULE, Vat(Decimal(19), True, True), "0.2509"),
        ("0.119", RULE, Vat(Decimal(19), False, True), "0.2300"),
        ("-5", RULE, Vat(None, True, False), "0.1000"),
        ("5", replace(RULE, ceiling=Decimal("0.9")), Vat(None, True, False), "0.9000"),
        # rounded down, in the driver's favour
        ("0.33339", replace(RULE, factor=Decimal(1)), Vat(None, True, False), "0.4533"),
    ],
)
def test_spot_times_factor_plus_adder(told: str, rule: SpotRule, vat: Vat, price: str) -> None:
    assert str(spot_price(Decimal(told), rule, vat, 4)) == price


@given(st.lists(st.tuples(st.booleans(), st.sampled_from((900, 3600)), st.integers(0, 10**6))))
def test_a_curve_goes_through_its_text(steps: list[tuple[bool, int, int]]) -> None:
    at, slots = NOON, list[Slot]()
    for gap, length_s, price in steps:
        ends = at + timedelta(seconds=length_s)
        if not gap:
            slots.append(Slot(at, ends, Decimal(price).scaleb(-4)))
        at = ends
    assert read_curve(curve_text("a|b", tuple(slots), 4), 4) == ("a/b", tuple(slots))


def test_what_is_known_and_then_the_fallback() -> None:
    slots = (Slot(NOON, NOON + QUARTER, Decimal("0.2")),)
    tariff = locked(version(), curve_text("aWATTar", slots, 4), "Europe/Berlin")
    prices = [
        component_at(tariff, Dimension.ENERGY, NOON + n * QUARTER, 11_000) for n in (0, 1, 500)
    ]
    assert [p.price for p in prices if p] == [Decimal("0.2"), Decimal("0.5"), Decimal("0.5")]
    assert {p.vat for p in prices if p} == {Decimal(19)}
    assert (tariff.source, tariff.start_fee) == ("aWATTar", Decimal(1))
    silent = locked(version(), curve_text("aWATTar", (), 4), "Europe/Berlin")
    assert (silent.source, silent.price_per_kwh) == ("aWATTar", Decimal("0.50"))


@pytest.fixture
async def shop() -> Shop:
    shop = await Shop().opens()
    shop.sources.source = SOURCE
    await reprice(shop.tables, elements=(), spot=RULE)
    return shop


async def test_a_quote_is_what_is_locked_whatever_the_source_says_meanwhile(shop: Shop) -> None:
    shop.sources.told = series("0.10", "0.20")
    offer = await shop.checkout.find("garage-1")
    quote = await shop.checkout.quote(offer)
    shop.sources.told = series("0.30", "0.40", "0.50")
    shop.clock.at += timedelta(seconds=50)
    issued = await shop.checkout.invoice(quote.token, 5_000_000, "")
    await shop.settles(issued)
    kept = (await shop.session(issued.session_id)).quote.tariff
    assert (kept, kept.source) == (offer.tariff, "aWATTar")
    assert [e.price_components[0].price for e in kept.elements] == [
        Decimal("0.2300"), Decimal("0.3400"), Decimal("0.50"),
    ]  # fmt: skip


async def test_a_new_price_ends_quotes(shop: Shop) -> None:
    shop.sources.told = series("0.10")
    quote = await shop.checkout.quote(await shop.checkout.find("garage-1"))
    await reprice(shop.tables, spot=replace(RULE, fallback=Decimal("0.6")))
    with pytest.raises(Conflict, match="price has changed"):
        await shop.checkout.invoice(quote.token, 5_000_000, "")


async def test_a_silent_source_leaves_the_fallback(shop: Shop) -> None:
    offer = await shop.checkout.find("garage-1")
    assert (offer.tariff.price_per_kwh, offer.tariff.source) == (Decimal("0.50"), "aWATTar")
    shop.sources.source = None
    assert (await shop.checkout.find("garage-1")).tariff.price_per_kwh == Decimal("0.50")


async def test_a_price_for_now_holds_as_long_as_its_owner_lets_it(shop: Shop) -> None:
    paths = JsonPaths(price="price")
    now = SpotSourceSettings("json", "UTC", "EUR", paths=paths)
    shop.sources.source = replace(SOURCE, settings=now)
    shop.sources.told = series("0.10", begins=NOON)
    shop.clock.at += timedelta(seconds=600)
    tariff = (await shop.checkout.find("garage-1")).tariff
    limits = tariff.elements[0].restrictions
    assert (limits.begins, limits.ends) == (shop.clock.at, shop.clock.at + QUARTER)


async def test_before_a_tariff_begins_there_is_no_price(shop: Shop) -> None:
    in_force = TariffsInForce(shop.tables, shop.sources, shop.clock)
    shop.clock.at = NOON - QUARTER
    with pytest.raises(Unavailable, match="no price here yet"):
        await in_force.now(OWNER, "t1", "UTC")
    with pytest.raises(Unavailable):
        await in_force.now(OWNER, "", "UTC")


def test_the_time_of_the_sources_is_utc() -> None:
    name, (slot,) = read_curve("x|1767225600|900:2500", 4)
    assert (name, slot.begins, slot.price) == (
        "x", datetime(2026, 1, 1, tzinfo=UTC), Decimal("0.2500"),
    )  # fmt: skip


# --- signals ---------------------------------------------------------------------------------

SUN = SignalRule(
    "s1",
    (SignalStep(Decimal(2000), Decimal("0.30")), SignalStep(Decimal(6000), Decimal("0.20"))),
    holds_min=30,
)
OWN = plain_elements(Decimal("0.50"))


async def asked(shop: Shop, value: str | None) -> list[Decimal | None]:
    """The prices now, just before and just after half an hour from now."""
    shop.sources.value = None if value is None else Decimal(value)
    tariff = (await shop.checkout.find("garage-1")).tariff
    moments = (NOON, NOON + timedelta(minutes=29), NOON + timedelta(minutes=30))
    found = [component_at(tariff, Dimension.ENERGY, at, 11_000) for at in moments]
    return [None if each is None else each.price for each in found]


@pytest.mark.parametrize(
    ("value", "price"),
    [("1999", "0.50"), ("2000", "0.30"), ("5999", "0.30"), ("9000", "0.20"), (None, "0.50")],
)
async def test_a_signal_makes_the_price_for_a_while(
    shop: Shop, value: str | None, price: str
) -> None:
    await reprice(shop.tables, elements=OWN, spot=None, signal=SUN)
    assert await asked(shop, value) == [Decimal(price), Decimal(price), Decimal("0.50")]


async def test_a_signal_that_changes_does_not_change_a_quote(shop: Shop) -> None:
    await reprice(shop.tables, elements=OWN, spot=None, signal=SUN)
    shop.sources.value = Decimal(3000)
    offer = await shop.checkout.find("garage-1")
    quote = await shop.checkout.quote(offer)
    shop.sources.value = Decimal(0)
    issued = await shop.checkout.invoice(quote.token, 5_000_000, "")
    await shop.settles(issued)
    kept = (await shop.session(issued.session_id)).quote.tariff
    assert (kept, kept.source) == (offer.tariff, "aWATTar")
    shop.sources.source = None
    assert (await shop.checkout.find("garage-1")).tariff.elements == OWN


async def test_the_current_a_signal_allows(shop: Shop) -> None:
    limited = replace(SUN, steps=(replace(SUN.steps[0], limit_a=10), SUN.steps[1]))
    await reprice(shop.tables, elements=OWN, spot=None, signal=limited)
    in_force = TariffsInForce(shop.tables, shop.sources, shop.clock)
    found = list[int | None]()
    for value in (Decimal(1000), Decimal(3000), Decimal(9000), None):
        shop.sources.value = value
        found.append(await in_force.limit_a(OWNER, "t1", 3))
    assert found == [None, 10, None, None]
    shop.sources.value = Decimal(3000)
    assert await in_force.limit_a(OWNER, "t1", 2) is None, "an older version has no signal"
    assert await in_force.limit_a(OWNER, "own-use", 1) is None
    assert [await in_force.limits(OWNER, "t1", number) for number in (2, 3)] == [False, True]


async def test_a_charge_over_the_hour_costs_each_side_its_price_to_the_msat(shop: Shop) -> None:
    """12:50 to 13:10 at 12 kW: 2 kWh at 0.23, 2 kWh at 0.34, at 1000 sats for a euro."""
    hour = timedelta(hours=1)
    slots = (
        PriceSlot(NOON, NOON + hour, Decimal("0.10")),
        PriceSlot(NOON + hour, NOON + 2 * hour, Decimal("0.20")),
    )
    shop.sources.told = PriceSeries("EUR", "aWATTar", NOON, slots)
    shop.clock.at = begins = NOON + timedelta(minutes=50)
    await shop.comes_online()
    issued = await shop.asks()
    await shop.settles(issued)
    shop.sources.told = None
    await shop.starts(issued.session_id)
    for minute in range(1, 21):
        at = begins + timedelta(minutes=minute)
        shop.clock.at = at
        reading = MeterRead(at, 77, 1000 + 200 * minute)
        await shop.flow.record(OWNER, issued.session_id, [reading])
    ended = ChargingStopped(shop.clock.at, 77, 5000, "Local")
    session = await shop.flow.record(OWNER, issued.session_id, [ended])
    assert session.cost_msat == (2 * 230 + 2 * 340) * 1000
    assert session.balances.charged == session.cost_msat
