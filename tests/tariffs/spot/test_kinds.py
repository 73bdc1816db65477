"""What an owner must say of a source, and where it is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from app.charging.errors import BadInput
from app.records.spot_sources import JsonPaths, SpotSourceSettings
from app.tariffs.spot.kinds import TITLES, build, checked, checked_secrets
from app.tariffs.spot.port import MARKET, Days, Now
from tests.support.tenancy import SetClock
from tests.tariffs.spot.support import DE_LU, answering

LIST = JsonPaths("price", "data", "at", "until", Decimal("0.01"))
GOOD: dict[str, SpotSourceSettings] = {
    "entsoe": SpotSourceSettings("entsoe", "Europe/Berlin", area=f" {DE_LU.lower()} "),
    "awattar": SpotSourceSettings("awattar", "Europe/Vienna", area="at"),
    "energy_charts": SpotSourceSettings("energy_charts", "Europe/Berlin", area="de-lu"),
    "tibber": SpotSourceSettings("tibber", "Europe/Oslo", currency="nok", with_vat=True),
    "octopus": SpotSourceSettings("octopus", "Europe/London", area="c", product="agile-24-10-01"),
    "json": SpotSourceSettings(
        "json", "Europe/Berlin", currency="EUR", url="https://a.example/p?x=1", paths=LIST
    ),
    "signal": SpotSourceSettings(
        "signal", "Europe/Berlin", url="https://a.example/sun", paths=JsonPaths("surplus.w")
    ),
}
SECRETS: Mapping[str, Mapping[str, str]] = {"entsoe": {"token": "t"}, "tibber": {"token": "t"}}


@pytest.mark.parametrize("kind", TITLES)
def test_each_kind_is_checked_and_built(kind: str) -> None:
    settings = checked(GOOD[kind])
    assert checked(settings) == settings
    secrets = checked_secrets(kind, SECRETS.get(kind, {}))
    source = build(settings, secrets, answering("")[0], SetClock())
    assert source.currency == settings.currency
    assert isinstance(source.rhythm, Now if kind == "signal" else Days)
    assert source.name


def test_what_a_kind_has_no_use_for_is_not_kept() -> None:
    settings = checked(replace(GOOD["awattar"], url="http://10.0.0.1", product="x", home="y"))
    assert settings == SpotSourceSettings("awattar", "Europe/Vienna", currency="EUR", area="AT")


def test_a_price_for_now_is_asked_for_more_often_than_it_holds() -> None:
    given = replace(GOOD["json"], paths=JsonPaths("a.b"), holds_min=1)
    source = build(checked(given), {}, answering("")[0], SetClock())
    assert source.rhythm == Now(60, 60)
    assert source.name == "a.example"


@pytest.mark.parametrize(
    ("kind", "field", "change"),
    [
        ("entsoe", "area", {"area": "DE-LU"}),
        ("entsoe", "area", {"area": ""}),
        ("entsoe", "step_min", {"step_min": 30}),
        ("entsoe", "currency", {"currency": "EURO"}),
        ("entsoe", "time_zone", {"time_zone": "Berlin"}),
        ("entsoe", "time_zone", {"time_zone": ""}),
        ("entsoe", "time_zone", {"time_zone": "../../etc/passwd"}),
        ("awattar", "area", {"area": "CH"}),
        ("awattar", "currency", {"currency": "CHF"}),
        ("energy_charts", "area", {"area": "DE LU"}),
        ("energy_charts", "currency", {"currency": "PLN"}),
        ("tibber", "currency", {"currency": ""}),
        ("tibber", "home", {"home": "Main Street 1"}),
        ("tibber", "step_min", {"step_min": 5}),
        ("octopus", "area", {"area": "I"}),
        ("octopus", "area", {"area": "AB"}),
        ("octopus", "product", {"product": "../../accounts"}),
        ("json", "url", {"url": ""}),
        ("json", "url", {"url": "not an address"}),
        ("json", "url", {"url": "https://a.example/#x"}),
        ("json", "currency", {"currency": ""}),
        ("json", "holds_min", {"paths": JsonPaths("p"), "holds_min": 0}),
        ("json", "holds_min", {"paths": JsonPaths("p"), "holds_min": 1441}),
        ("json", "price_path", {"paths": JsonPaths("")}),
        ("json", "price_path", {"paths": JsonPaths("a..b")}),
        ("json", "price_path", {"paths": JsonPaths("[?")}),
        ("json", "price_path", {"paths": JsonPaths("[@,@][]")}),
        ("json", "price_path", {"paths": JsonPaths("max(prices)")}),
        ("json", "price_path", {"paths": JsonPaths("a." * 200 + "b")}),
        ("json", "slots_path", {"paths": replace(LIST, slots="{a: b}")}),
        ("json", "time_path", {"paths": replace(LIST, time="")}),
        ("json", "end_path", {"paths": replace(LIST, end="]")}),
        ("json", "factor", {"paths": replace(LIST, factor=Decimal(0))}),
        ("json", "factor", {"paths": replace(LIST, factor=Decimal("NaN"))}),
        ("json", "factor", {"paths": replace(LIST, factor=Decimal("1E+9"))}),
        ("json", "kind", {"kind": "crystal_ball"}),
    ],
)
def test_what_cannot_be_names_the_field(kind: str, field: str, change: dict[str, object]) -> None:
    with pytest.raises(BadInput) as refusal:
        checked(replace(GOOD[kind], **change))  # type: ignore[arg-type]  # of mixed types
    assert refusal.value.field == field


def test_secrets_that_are_left_empty_are_none() -> None:
    assert checked_secrets("json", {"query": " ", "header:X-Key": "k "}) == {"header:X-Key": "k"}


@pytest.mark.parametrize(
    ("kind", "secrets", "field"),
    [
        ("entsoe", {}, "token"),
        ("tibber", {"token": " "}, "token"),
        ("tibber", {"token": "a\r\nHost: inside"}, "token"),
        ("tibber", {"token": "t", "query": "a=b"}, "query"),
        ("awattar", {"token": "t"}, "token"),
        ("json", {"token": "t"}, "token"),
        ("json", {"query": "a=b#c"}, "query"),
        ("json", {"query": "a=b c=d"}, "query"),
        ("json", {"header:Host": "inside"}, "header:Host"),
        ("json", {"header:Transfer-Encoding": "chunked"}, "header:Transfer-Encoding"),
        ("json", {"header:": "x"}, "header:"),
        ("json", {"header:a b": "x"}, "header:a b"),
        ("json", {"header:a": "ü"}, "header:a"),
        ("json", {"header:a": "x" * 2001}, "header:a"),
        ("json", {f"header:a{i}": "x" for i in range(7)}, "secrets"),
    ],
)
def test_secrets_that_cannot_be(kind: str, secrets: Mapping[str, str], field: str) -> None:
    with pytest.raises(BadInput) as refusal:
        checked_secrets(kind, secrets)
    assert refusal.value.field == field


def test_the_auctions_day_is_the_same_everywhere() -> None:
    helsinki = replace(GOOD["energy_charts"], time_zone="Europe/Helsinki", area="FI")
    assert build(checked(helsinki), {}, answering("")[0], SetClock()).rhythm == Days(MARKET)
    contract = replace(GOOD["json"], time_zone="Europe/Helsinki")
    rhythm = build(checked(contract), {}, answering("")[0], SetClock()).rhythm
    assert rhythm == Days(ZoneInfo("Europe/Helsinki"))
