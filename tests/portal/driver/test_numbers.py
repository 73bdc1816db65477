"""Numbers as drivers read them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app.charging.money import SATS
from app.portal.driver.numbers import Numbers
from app.portal.driver.shown import refund_msat, tags, used_permille
from tests.portal.driver.samples import NOW, ended, starting, view

EN = Numbers("en", "EUR", Decimal(1_000_000))
DE = Numbers("de", "EUR", Decimal(1_000_000), "Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (EN.energy(1_234_569), "1,234.56 kWh"),
        (DE.energy(1_234_569), "1.234,56 kWh"),
        (EN.energy(0), "0.00 kWh"),
        (EN.power(10_940), "10.9 kW"),
        (EN.sats(4_201_999), "4,201 sats"),
        (EN.exact_sats(4_201_126), "4,201.126 sats"),
        (EN.exact_sats(4_201_000), "4,201 sats"),
        (DE.exact_sats(437), "0,437 sats"),
        (EN.fiat(1_234_567_890), "€1,234.57"),
        (DE.fiat(1_234_567_890), "1.234,57 €"),
        (Numbers("en", "CHF", Decimal(1_000_000)).fiat(2_500_000), "CHF 2.50"),
        (Numbers("en", "JPY", Decimal(6_500)).fiat(650_000), "¥100"),
        (Numbers("en", "EUR").fiat(1), ""),
        (Numbers("en", SATS, Decimal(1000)).fiat(1), ""),
        (EN.price(Decimal("0.4523"), 4), "€0.4523"),
        (EN.price(Decimal("0.45"), 4), "€0.45"),
        (EN.price(Decimal("0.5")), "€0.50"),
        (Numbers("en", SATS).price(Decimal("450")), "450 sats"),
        (Numbers("de", SATS).price(Decimal("450.50"), 4), "450,5 sats"),
        (EN.duration(59), "< 1 min"),
        (EN.duration(60), "1 min"),
        (EN.duration(3_660), "1 h 01 min"),
        (EN.percent(64), "64%"),
        (DE.percent(64), "64 %"),
        (DE.time(datetime(2026, 5, 30, 22, 30, tzinfo=UTC)), "00:30"),
        (DE.date(datetime(2026, 5, 30, 22, 30, tzinfo=UTC)), "31. Mai 2026"),
        (EN.date(datetime(2026, 5, 30, 22, 30, tzinfo=UTC)), "30 May 2026"),
    ],
)
def test_numbers_are_written_as_people_write_them(text: str, expected: str) -> None:
    assert text.replace("\u00a0", " ") == expected


def test_exactly_one_stage_applies() -> None:
    stages = {"plug-in", "starting", "charging", "paused-car", "paused-station"}
    stages |= {"stopping", "ended"}
    for now in (starting(), view(), view(connector_status="SuspendedEV"), ended()):
        assert len(tags(now, now=NOW, unlock_within_s=3600) & stages) == 1


def test_the_budget_is_never_more_than_used_up() -> None:
    assert used_permille(view(cost_msat=20_000_000)) == 1000
    assert used_permille(view(budget_msat=None)) == 0


def test_a_charge_without_a_budget_cannot_be_added_to() -> None:
    found = tags(view(budget_msat=None), now=NOW, unlock_within_s=3600)
    assert not found & {"can-top-up", "budget", "low"}


def test_a_refund_in_flight_is_what_nothing_else_accounts_for() -> None:
    assert refund_msat(ended()) == 5_882_000
    flying = ended(refund_state="in_flight", refundable_msat=0)
    assert refund_msat(flying) == 5_882_000
    assert refund_msat(ended(refund_state="in_flight", cost_msat=99_000_000)) == 0
