"""Each source: its documented answer to the last digit."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from statistics import mean

import pytest

from app.charging.errors import Unavailable
from app.records.spot_sources import JsonPaths
from app.tariffs.spot.feeds.entsoe import Entsoe
from app.tariffs.spot.feeds.json_url import JsonUrl
from app.tariffs.spot.feeds.octopus import OctopusAgile
from app.tariffs.spot.feeds.tibber import Tibber
from app.tariffs.spot.port import Now
from tests.support.tenancy import SetClock
from tests.tariffs.spot.support import (
    BERLIN,
    DE_LU,
    HOUR,
    MIDNIGHT,
    NEXT_MIDNIGHT,
    answering,
    awattar,
    energy_charts,
    entsoe,
    json_list,
    json_now,
    octopus,
    recording,
    tibber,
)


async def test_entsoe_takes_the_coupled_auction_and_fills_what_repeats() -> None:
    http, asked = answering(recording("entsoe_pt15m.xml"))
    series = await entsoe(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)
    assert dict(asked[0].url.params) == {
        "securityToken": "s3cret",
        "documentType": "A44",
        "contract_MarketAgreement.type": "A01",
        "in_Domain": DE_LU,
        "out_Domain": DE_LU,
        "periodStart": "202602282300",
        "periodEnd": "202603012300",
    }
    # Sequence 2, EXAA's, comes first in the document and is 2 EUR dearer throughout.
    assert series.slots[0].price_per_kwh == Decimal("0.08097")
    # Positions 14 to 20 are left out: they repeat position 13.
    repeated = {slot.price_per_kwh for slot in series.slots[12:20]}
    assert repeated == {Decimal("0.0749")}
    assert min(slot.price_per_kwh for slot in series.slots) == Decimal("-0.01316")


async def test_entsoe_fills_nothing_where_the_curve_tells_every_point() -> None:
    """Curve type A01: fixed blocks."""
    http, _ = answering(recording("entsoe_pt15m.xml").replace(">A03<", ">A01<"))
    series = await entsoe(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)
    assert len(series.slots) == 96 - 7
    assert series.price_at(MIDNIGHT + 14 * HOUR / 4) is None


async def test_entsoe_by_the_hour_on_a_day_of_25_hours() -> None:
    http, _ = answering(recording("entsoe_pt60m_25h.xml"))
    begins = datetime(2026, 10, 24, 22, tzinfo=UTC)
    series = await entsoe(http, SetClock()).fetch(begins, begins + 25 * HOUR)
    assert len(series.slots) == 25
    assert series.slots[-1].ends == begins + 25 * HOUR
    assert series.price_at(begins + 3 * HOUR) == Decimal("0.0755")  # the second 02:00


async def test_entsoe_without_data_says_so_with_status_200() -> None:
    http, _ = answering(recording("entsoe_no_data.xml"))
    with pytest.raises(Unavailable, match="has no prices for this time"):
        await entsoe(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)


@pytest.mark.parametrize(
    ("found", "instead"),
    [
        ("<position>13<", "<position>97<"),
        ("<position>13<", "<position>0<"),
        ("<position>13<", "<position>12<"),
        ("PT15M", "PT7M"),
        ("<currency_Unit.name>EUR", "<currency_Unit.name>PLN"),
        ("<price_Measure_Unit.name>MWH", "<price_Measure_Unit.name>KWH"),
        ("<end>2026-03-01T23:00Z", "<end>2036-03-01T23:00Z"),
        ("<end>2026-03-01T23:00Z", "<end>2026-02-01T23:00Z"),
        ("<start>2026-02-28T23:00Z", "<start>2026-02-28T23:00"),
        ("Component.position>1<", "Component.position>3<"),
        ("MarketAgreement.type>A01<", "MarketAgreement.type>A07<"),
    ],
)
async def test_entsoe_out_of_shape(found: str, instead: str) -> None:
    body = recording("entsoe_pt15m.xml")
    assert found in body
    http, _ = answering(body.replace(found, instead))
    with pytest.raises(Unavailable):
        await entsoe(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)


async def test_entities_of_xml_are_refused() -> None:
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
        "<Publication_MarketDocument>&b;</Publication_MarketDocument>"
    )
    outside = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'
    for body in (bomb, outside):
        http, _ = answering(body)
        with pytest.raises(Unavailable, match="unknown shape"):
            await entsoe(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)


async def test_entsoe_with_both_resolutions_gives_the_one_that_was_chosen() -> None:
    quarters, hours = recording("entsoe_pt15m.xml"), recording("entsoe_pt60m_25h.xml")
    hourly = hours[hours.index("  <TimeSeries>") : hours.index("</Publication")]
    hourly = hourly.replace("2026-10-24T22:00Z", "2026-02-28T22:00Z")
    hourly = hourly.replace("2026-10-25T23:00Z", "2026-03-01T23:00Z")
    body = quarters.replace("</Publication", hourly + "</Publication")
    for step_min, count in ((0, 96), (15, 96), (60, 25)):
        http, _ = answering(body)
        source = Entsoe(http, SetClock(), "t", DE_LU, step_min=step_min)
        assert len((await source.fetch(MIDNIGHT, NEXT_MIDNIGHT)).slots) == count


async def test_entsoe_across_the_change_from_hours_to_quarters() -> None:
    quarters, hours = recording("entsoe_pt15m.xml"), recording("entsoe_pt60m_25h.xml")
    hourly = hours[hours.index("  <TimeSeries>") : hours.index("</Publication")]
    hourly = hourly.replace("2026-10-24T22:00Z", "2026-02-27T22:00Z")
    hourly = hourly.replace("2026-10-25T23:00Z", "2026-02-28T23:00Z")
    http, _ = answering(quarters.replace("</Publication", hourly + "</Publication"))
    series = await entsoe(http, SetClock()).fetch(MIDNIGHT - 25 * HOUR, NEXT_MIDNIGHT)
    assert len(series.slots) == 25 + 96
    assert series.known_until(MIDNIGHT - 25 * HOUR) == NEXT_MIDNIGHT


async def test_awattar() -> None:
    http, asked = answering(recording("awattar.json"))
    series = await awattar(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)
    assert str(asked[0].url) == (
        "https://api.awattar.at/v1/marketdata?start=1772319600000&end=1772406000000"
    )
    assert series.slots[0].price_per_kwh == Decimal("0.08412")
    assert series.price_at(MIDNIGHT + 14 * HOUR) == Decimal("-0.01001")
    assert not series.with_vat


async def test_awattar_in_another_unit() -> None:
    http, _ = answering(recording("awattar.json").replace("Eur/MWh", "ct/kWh"))
    with pytest.raises(Unavailable, match="another unit"):
        await awattar(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)


async def test_energy_charts() -> None:
    http, asked = answering(recording("energy_charts.json"))
    series = await energy_charts(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)
    assert asked[0].url.path == "/price"
    assert dict(asked[0].url.params) == {
        "bzn": "DE-LU",
        "start": "1772319600",
        "end": "1772406000",
    }
    # The same auction as aWATTar's, whose hour is the mean of its four quarters.
    first_hour = [slot.price_per_kwh for slot in series.slots[:4]]
    assert mean(first_hour) == Decimal("0.08412")


async def test_what_is_null_is_not_known_yet() -> None:
    told = json.loads(recording("energy_charts.json"))
    told["price"][-2:] = [None, None]
    http, _ = answering(json.dumps(told))
    series = await energy_charts(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)
    assert series.known_until(MIDNIGHT) == NEXT_MIDNIGHT - HOUR / 2


async def test_tibber_with_and_without_vat() -> None:
    http, asked = answering(recording("tibber.json"))
    series = await tibber(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)
    assert (asked[0].method, str(asked[0].url)) == ("POST", "https://api.tibber.com/v1-beta/gql")
    assert asked[0].headers["authorization"] == "Bearer s3cret"
    assert "priceInfo(resolution: QUARTER_HOURLY)" in json.loads(asked[0].content)["query"]
    assert (series.slots[0].price_per_kwh, series.with_vat) == (Decimal("0.2749"), True)
    bare = Tibber(http, SetClock(), "t", "EUR", BERLIN, with_vat=False, step_min=60)
    series = await bare.fetch(MIDNIGHT, NEXT_MIDNIGHT)
    assert "priceInfo(resolution: HOURLY)" in json.loads(asked[1].content)["query"]
    assert (series.slots[0].price_per_kwh, series.with_vat) == (Decimal("0.0810"), False)


async def test_tibber_that_does_not_know_the_token() -> None:
    http, _ = answering(recording("tibber_bad_token.json"))
    with pytest.raises(Unavailable, match="look at the token"):
        await tibber(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)


async def test_tibber_with_several_homes_must_be_told_which() -> None:
    told = json.loads(recording("tibber.json"))
    homes = told["data"]["viewer"]["homes"]
    homes[1]["currentSubscription"] = homes[0]["currentSubscription"]
    http, _ = answering(json.dumps(told))
    with pytest.raises(Unavailable, match="which home"):
        await tibber(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)
    one = Tibber(http, SetClock(), "t", "EUR", BERLIN, True, home=homes[1]["id"])
    assert len((await one.fetch(MIDNIGHT, NEXT_MIDNIGHT)).slots) == 96
    none = Tibber(http, SetClock(), "t", "EUR", BERLIN, True, home="0000")
    with pytest.raises(Unavailable, match="no running contract"):
        await none.fetch(MIDNIGHT, NEXT_MIDNIGHT)


async def test_tibber_in_another_currency() -> None:
    http, _ = answering(recording("tibber.json"))
    with pytest.raises(Unavailable, match="NOK"):
        await Tibber(http, SetClock(), "t", "NOK", BERLIN, True).fetch(MIDNIGHT, NEXT_MIDNIGHT)


async def test_octopus_by_the_half_hour_from_every_page() -> None:
    http, asked = answering(recording("octopus_1.json"), recording("octopus_2.json"))
    series = await octopus(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)
    assert asked[0].url.path == (
        "/v1/products/AGILE-24-10-01/electricity-tariffs/E-1R-AGILE-24-10-01-C/standard-unit-rates/"
    )
    assert dict(asked[0].url.params) == {
        "period_from": "2026-02-28T23:00Z",
        "period_to": "2026-03-01T23:00Z",
        "page_size": "1500",
    }
    assert dict(asked[1].url.params) == {"page": "2", "page_size": "30"}
    assert series.slots[0].price_per_kwh == Decimal("0.18942")  # 18.04 p and 5 % VAT
    assert series.with_vat
    assert series.slots[-1].ends == datetime(2026, 3, 1, 23, tzinfo=UTC)
    http, _ = answering(recording("octopus_1.json"), recording("octopus_2.json"))
    bare = OctopusAgile(http, SetClock(), "AGILE-24-10-01", "C", with_vat=False)
    series = await bare.fetch(MIDNIGHT, NEXT_MIDNIGHT)
    assert (series.slots[0].price_per_kwh, series.with_vat) == (Decimal("0.1804"), False)


async def test_octopus_follows_no_page_elsewhere_nor_for_ever() -> None:
    first = recording("octopus_1.json")
    http, asked = answering(first.replace("https://api.octopus.energy/", "https://inside.example/"))
    with pytest.raises(Unavailable, match="pages"):
        await octopus(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)
    assert len(asked) == 1
    http, asked = answering(first)
    with pytest.raises(Unavailable, match="pages"):
        await octopus(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)
    assert len(asked) == 5


async def test_json_with_local_times_in_cents() -> None:
    http, asked = answering(recording("json_list.json"))
    series = await json_list(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)
    assert str(asked[0].url) == (
        "https://contract.example/prices?day=2026-02-28T23%3A00%3A00Z&key=s3cret"
    )
    assert asked[0].headers["x-api-key"] == "s3cret"
    assert (series.slots[0].price_per_kwh, series.with_vat) == (Decimal("0.28412"), True)


async def test_json_for_now() -> None:
    http, _ = answering(recording("json_now.json"))
    clock = SetClock()
    source = json_now(http, clock)
    assert source.rhythm == Now(fresh_s=60, holds_s=900)
    series = await source.fetch(clock.now(), clock.now() + HOUR)
    assert series.price_at(clock.now() + timedelta(minutes=14)) == Decimal("0.2871")
    assert series.price_at(clock.now() + timedelta(minutes=15)) is None


FIRST, SECOND = "2026-03-01T00:00+01:00", "2026-03-01T01:00+01:00"
SIDE_BY_SIDE = JsonPaths("p", time="t")


@pytest.mark.parametrize(
    ("paths", "body"),
    [
        (SIDE_BY_SIDE, {"t": [1772319600, 1772323200], "p": [0.1, "-0.2"]}),
        (SIDE_BY_SIDE, {"t": [1772319600000, 1772323200000], "p": [0.1, -0.2]}),
        (
            JsonPaths("[*].p", time="[*].t"),
            [{"t": "1772319600", "p": 0.1}, {"t": "2026-03-01T00:00Z", "p": -0.2}],
        ),
        (
            JsonPaths("v[0].x", "days[].hours[]", "s", "e"),
            {
                "days": [
                    {"hours": [{"s": FIRST, "e": SECOND, "v": [{"x": 0.1}]}]},
                    {"hours": [{"s": SECOND, "e": "2026-03-01T01:00Z", "v": [{"x": -0.2}]}]},
                ]
            },
        ),
        (
            JsonPaths("p", "@", "t"),
            [{"t": "2026-03-01 00:00", "p": 0.1}, {"t": "2026-03-01 01:00", "p": -0.2}],
        ),
    ],
)
async def test_json_in_many_shapes(paths: JsonPaths, body: object) -> None:
    http, _ = answering(json.dumps(body))
    source = JsonUrl(http, SetClock(), "https://a.example", paths, BERLIN, "EUR")
    series = await source.fetch(MIDNIGHT, NEXT_MIDNIGHT)
    assert [slot.price_per_kwh for slot in series.slots] == [Decimal("0.1"), Decimal("-0.2")]
    assert [slot.begins for slot in series.slots] == [MIDNIGHT, MIDNIGHT + HOUR]
    assert series.slots[-1].ends == MIDNIGHT + 2 * HOUR


@pytest.mark.parametrize(
    "body",
    [
        {"t": [1772319600], "p": [0.1, 0.2]},
        {"t": ["yesterday", "today"], "p": [0.1, 0.2]},
        {"t": [1772319600, True], "p": [0.1, 0.2]},
        {"t": [1772319600, 10**30], "p": [0.1, 0.2]},
        {"t": [1772319600, -1], "p": [0.1, 0.2]},
        {"t": [1772319600001, 1772323200001], "p": [0.1, 0.2]},
        {"t": ["2026-03-01T00:00:00.5Z", "2026-03-01T01:00:00.5Z"], "p": [0.1, 0.2]},
        {"t": ["0001-01-01T00:00:00", "0001-01-01T01:00:00"], "p": [0.1, 0.2]},
        {"t": [1772319600, 1772319600], "p": [0.1, 0.2]},
        {"t": [1772319600, 1772319601], "p": [0.1, 0.2]},
        {"t": [1772319600, 1872319601], "p": [0.1, 0.2]},
        {"t": "1772319600", "p": [0.1]},
    ],
)
async def test_json_that_makes_no_sense(body: object) -> None:
    http, _ = answering(json.dumps(body))
    source = JsonUrl(http, SetClock(), "https://a.example", SIDE_BY_SIDE, BERLIN, "EUR")
    with pytest.raises(Unavailable):
        await source.fetch(MIDNIGHT, NEXT_MIDNIGHT)
