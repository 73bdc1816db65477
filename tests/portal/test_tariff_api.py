"""Tariffs and price sources by API: versions, drafts, what cannot be priced, previews."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.portal.test_api import LOCATION, TARIFF, Program, adas, bobs, problem
from tests.support.portal import Fixture

__all__ = ["adas", "bobs"]
NIGHT = {"start_time": "22:00", "end_time": "06:00"}
AWATTAR = {
    "name": "aWATTar",
    "settings": {"kind": "awattar", "area": "de", "time_zone": "Europe/Berlin"},
}


def element(price: str, **limits: Any) -> dict[str, Any]:
    components = [{"type": "ENERGY", "price": price}]
    return {"price_components": components, "restrictions": limits or None}


def of(*elements: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "Rows", "currency": "EUR", "elements": list(elements), **more}


def test_elements_go_in_and_come_out_as_ocpi_has_them(adas: Program) -> None:
    sent = of(element("0.30", **NIGHT, day_of_week=["MONDAY"]), element("0.45"), vat="19")
    made = adas.makes("/tariffs", sent)
    night, day = made["elements"]
    assert night["restrictions"] == {**NIGHT, "day_of_week": ["MONDAY"]}
    assert night["price_components"] == [
        {"type": "ENERGY", "price": "0.30", "vat": "19", "step_size": 1}
    ]
    assert "restrictions" not in day
    assert (made["price_per_kwh"], made["state"], made["draft"]) == ("0.45", "in_force", 0)
    again = adas.makes("/tariffs", {**sent, "elements": made["elements"]})
    assert again["elements"] == made["elements"]


@pytest.mark.parametrize(
    ("tariff", "field"),
    [
        (of(element("-0.1")), "elements.0.price_components.0.price"),
        (of(element("0.4"), element("0.3", **NIGHT)), "elements.1.restrictions"),
        (of(element("0.3", **NIGHT), element("0.2", day_of_week=["SUNDAY"]), element("0.4")),
         "elements.1.restrictions"),
        (of(element("0.3", **NIGHT)), "elements"),
        (of(element("0")), "elements"),
        (of(element("0.3", min_current=6), element("0.4")),
         "elements.0.restrictions.min_current"),
        (of(element("1"), min_price="5", max_price="4"), "max_price"),
        ({**TARIFF, "spot": {"source_id": "none", "fallback": "1"}}, "spot.source_id"),
        ({**TARIFF, "starts_at": "2020-01-01T00:00:00Z"}, "starts_at"),
    ],
)  # fmt: skip
def test_what_cannot_be_priced_is_refused_with_its_place(
    adas: Program, tariff: dict[str, Any], field: str
) -> None:
    assert problem(adas.asks("POST", "/tariffs", tariff), 422)["field"] == field
    assert adas.gets("/tariffs") == []


def test_versions_drafts_and_starts(portal: Fixture, adas: Program) -> None:
    made = adas.makes("/tariffs", TARIFF)
    path = f"/tariffs/{made['id']}"
    adas.asks("PUT", path, {**TARIFF, "price_per_kwh": "0.60", "is_draft": True})
    start = (portal.house.clock.now() + timedelta(days=1)).isoformat()
    published = adas.asks("POST", f"{path}/publish", {"starts_at": start}).json()
    assert (published["version"], published["planned"][0]["version"]) == (1, 2)
    assert [each["version"] for each in adas.gets(f"{path}/versions")] == [2, 1]
    assert adas.gets(f"{path}/versions/2")["price_per_kwh"] == "0.60"
    problem(adas.asks("DELETE", f"{path}/versions/1"), 409)
    portal.house.clock.at += timedelta(days=1)
    assert adas.gets(path)["price_per_kwh"] == "0.60"
    problem(adas.asks("POST", f"{path}/publish", {}), 409)


def test_the_usual_price_that_of_a_charger_and_of_a_connector(adas: Program) -> None:
    usual, other = adas.makes("/tariffs", TARIFF), adas.makes("/tariffs", TARIFF)
    location = adas.makes("/locations", LOCATION)
    charger = {"label": "Hof", "location_id": location["id"], "connectors": 2}
    assert problem(adas.asks("POST", "/charge-points", charger), 422)["field"] == "tariff_id"
    adas.asks("PUT", "/tariffs/usual", {"tariff_id": usual["id"]})
    made = adas.makes("/charge-points", charger)["charge_point"]
    change = {"label": "Hof", "location_id": location["id"]}
    path = f"/charge-points/{made['id']}"
    own = {**change, "connector_tariffs": {"2": other["id"]}}
    plugs = adas.asks("PUT", path, own).json()["charge_point"]["connectors"]
    assert [plug["tariff_id"] for plug in plugs] == ["", other["id"]]
    kept = adas.asks("PUT", path, change).json()["charge_point"]["connectors"]
    assert kept == plugs
    for tariff in (usual, other):
        problem(adas.asks("DELETE", f"/tariffs/{tariff['id']}"), 409)
    draft = adas.makes("/tariffs", {**TARIFF, "is_draft": True})
    refusal = problem(adas.asks("PUT", path, {**change, "tariff_id": draft["id"]}), 422)
    assert refusal["field"] == "tariff_id"


def test_a_preview_of_what_is_not_kept(adas: Program) -> None:
    tariff = of(element("0.30", **NIGHT), element("0.50"), vat="19")
    example = {
        "energy_wh": 20_000,
        "power_w": 10_000,
        "begins_at": "2026-03-02T20:00:00Z",
        "time_zone": "Europe/Berlin",
    }
    found = adas.asks("POST", "/tariffs/preview", {"tariff": tariff, "example": example}).json()
    # From 21:00 to 23:00 of the clock in Berlin: half by day, half by night.
    assert [(item["price"], item["quantity"]) for item in found["items"]] == [
        ("0.50", "10.000000"),
        ("0.30", "10.000000"),
    ]
    assert (found["incl_vat"], found["excl_vat"]) == ("8.000000", "6.722689")
    assert {step["price"] for step in found["week"]} == {"0.30", "0.50"}
    assert len(found["week"]) == 15
    assert adas.gets("/tariffs") == []
    bad = {"tariff": tariff, "example": {**example, "energy_wh": 0}}
    assert problem(adas.asks("POST", "/tariffs/preview", bad), 422)["field"] == "energy_wh"


def test_a_price_source_and_a_tariff_by_it(portal: Fixture, adas: Program) -> None:
    tried = adas.asks("POST", "/price-sources/try", AWATTAR).json()
    assert (tried["currency"], tried["slots"][0]["price"][:3]) == ("EUR", "-0.")
    source = adas.makes("/price-sources", AWATTAR)
    assert (source["settings"]["area"], source["settings"]["currency"]) == ("DE", "EUR")
    spot = {"source_id": source["id"], "fallback": "0.50", "adder": "0.10", "factor": "1.1"}
    tariff = adas.makes("/tariffs", of(spot=spot, vat="19"))
    assert tariff["spot"]["floor"] == "0"
    found = adas.asks("POST", f"/tariffs/{tariff['id']}/preview", {}).json()
    assert len(found["week"]) > 5
    assert found["week"][-1]["price"] == "0.50"
    known = adas.gets(f"/price-sources/{source['id']}/prices")
    assert (known["problem"], len(known["slots"]) > 20) == ("", True)
    refusal = problem(adas.asks("DELETE", f"/price-sources/{source['id']}"), 409)
    assert "Rows" in refusal["detail"]
    sats = of(spot=spot, currency="SAT")
    assert problem(adas.asks("POST", "/tariffs", sats), 422)["field"] == "currency"
    adas.asks("DELETE", f"/tariffs/{tariff['id']}")
    assert adas.asks("DELETE", f"/price-sources/{source['id']}").status_code == 204


def test_a_silent_source_leaves_the_fallback(portal: Fixture, adas: Program) -> None:
    portal.market.is_silent = True
    problem(adas.asks("POST", "/price-sources/try", AWATTAR), 503)
    source = adas.makes("/price-sources", AWATTAR)
    spot = {"source_id": source["id"], "fallback": "0.50"}
    tariff = adas.makes("/tariffs", of(spot=spot))
    (only,) = adas.asks("POST", f"/tariffs/{tariff['id']}/preview", {}).json()["week"]
    assert only["price"] == "0.50"


def test_prices_and_sources_are_their_owners(adas: Program, bobs: Program) -> None:
    tariff, source = adas.makes("/tariffs", TARIFF), adas.makes("/price-sources", AWATTAR)
    path = f"/tariffs/{tariff['id']}"
    for method, where, body in (
        ("GET", f"{path}/versions", None),
        ("GET", f"{path}/versions/1", None),
        ("POST", f"{path}/publish", {}),
        ("POST", f"{path}/preview", {}),
        ("DELETE", f"{path}/versions/1", None),
        ("PUT", "/tariffs/usual", {"tariff_id": tariff["id"]}),
        ("GET", f"/price-sources/{source['id']}", None),
        ("GET", f"/price-sources/{source['id']}/prices", None),
        ("PUT", f"/price-sources/{source['id']}", AWATTAR),
        ("DELETE", f"/price-sources/{source['id']}", None),
    ):
        problem(bobs.asks(method, where, body), 404)
    by_adas = of(spot={"source_id": source["id"], "fallback": "1"})
    assert problem(bobs.asks("POST", "/tariffs", by_adas), 422)["field"] == "spot.source_id"


SUN = {
    "name": "Roof",
    "settings": {
        "kind": "signal",
        "url": "https://1.1.1.1/sun",
        "time_zone": "Europe/Berlin",
        "paths": {"price": "surplus.w"},
    },
}


def test_a_price_by_a_signal(portal: Fixture, adas: Program) -> None:
    tried = adas.asks("POST", "/price-sources/try", SUN)
    assert [slot["price"] for slot in tried.json()["slots"]] == ["4321.5"]
    source = adas.makes("/price-sources", SUN)
    steps = [{"at_least": "2000", "price": "0.30"}, {"at_least": "4000", "price": "0.20"}]
    signal = {"source_id": source["id"], "steps": steps, "holds_min": 90}
    tariff = adas.makes("/tariffs", {**TARIFF, "signal": signal})
    assert [step.pop("limit_a") for step in tariff["signal"]["steps"]] == [None, None]
    assert tariff["signal"] == signal
    path = f"/tariffs/{tariff['id']}/preview"
    first, later = adas.asks("POST", path, {}).json()["week"]
    assert (first["price"], later["price"]) == ("0.20", "0.45")
    # Asked again after a while only; then it says something else, or nonsense.
    portal.market.surplus_w = "2500"
    assert adas.asks("POST", path, {}).json()["week"][0]["price"] == "0.20"
    portal.house.clock.at += timedelta(seconds=31)
    assert adas.asks("POST", path, {}).json()["week"][0]["price"] == "0.30"
    for nonsense in ("much", True, None, [1], "1e99"):
        portal.market.surplus_w = nonsense
        portal.house.clock.at += timedelta(seconds=31)
        assert adas.asks("POST", path, {}).json()["week"][0]["price"] == "0.45"
    problem(adas.asks("DELETE", f"/price-sources/{source['id']}"), 409)


@pytest.mark.parametrize(
    ("signal", "field"),
    [
        ({"source_id": "none", "steps": [{"at_least": "1", "price": "1"}]}, "signal.source_id"),
        ({"steps": []}, "signal.steps"),
        ({"steps": [{"at_least": "1", "price": "-1"}]}, "signal.steps.0.price"),
        ({"steps": [{"at_least": "1", "price": "1", "limit_a": 5}]}, "signal.steps.0.limit_a"),
        ({"steps": [{"at_least": "1", "price": "1"}, {"at_least": "1.0", "price": "2"}]},
         "signal.steps.1.at_least"),
        ({"steps": [{"at_least": "1", "price": "1"}], "holds_min": 4}, "signal.holds_min"),
    ],
)  # fmt: skip
def test_a_signal_that_cannot_price(adas: Program, signal: dict[str, Any], field: str) -> None:
    source = adas.makes("/price-sources", SUN)
    sent = {**TARIFF, "signal": {"source_id": source["id"], **signal}}
    assert problem(adas.asks("POST", "/tariffs", sent), 422)["field"] == field
    spot = {"source_id": source["id"], "fallback": "1"}
    assert problem(adas.asks("POST", "/tariffs", of(spot=spot)), 422)["field"] == "spot.source_id"
