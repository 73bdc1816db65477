"""Prices on pages: rows for other times, drafts, dates, previews, sources; without any script."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from app.charging.errors import BadInput
from app.charging.pricing import Dimension
from app.portal.forms import Form
from app.portal.owner import tariff_form as tf
from app.records.drafts import TariffDraft
from app.records.tariffs import TariffVersion
from app.records.views import Actor
from app.tariffs.owned import checked_fields
from tests.portal.conftest import Browser
from tests.support.portal import PRICE, Fixture
from tests.support.tenancy import SetClock

NIGHT = {
    "name": "Day and night",
    "currency": "EUR",
    "tax_included": "yes",
    "vat": "19",
    "price_per_kwh": "0.50",
    "start_fee": "1",
    "blocking_fee": "6",
    "grace_min": "10",
    "max_price": "30",
    "rows": "1",
    "r0_price_per_kwh": "0,30",
    "r0_price_per_minute": "0.02",
    "r0_start_time": "22:00",
    "r0_end_time": "06:00",
    "r0_MONDAY": "1",
    "r0_max_kwh": "30",
    "r0_min_minutes": "5",
}
BASE = {"name": "Plain", "currency": "EUR", "price_per_kwh": "0.5", "rows": "0"}


def version(draft: TariffDraft) -> TariffVersion:
    now = SetClock().now()
    return TariffVersion(id="t", version=1, created_at=now, **checked_fields(draft))


def test_a_form_says_a_tariff_and_a_tariff_its_form() -> None:
    kept = version(tf.draft_of(Form(NIGHT), "UTC"))
    night, day = kept.elements
    assert [(c.type, c.price, c.vat) for c in night.price_components] == [
        (Dimension.ENERGY, Decimal("0.30"), Decimal(19)),
        (Dimension.TIME, Decimal("1.20"), Decimal(19)),
    ]
    assert (night.restrictions.min_duration, night.restrictions.max_kwh) == (300, Decimal(30))
    assert [c.type.value for c in day.price_components] == ["ENERGY", "PARKING_TIME", "FLAT"]
    assert (kept.grace_s, kept.max_price) == (600, Decimal(30))
    again = tf.form_of(kept)
    assert version(tf.draft_of(again, "UTC")) == kept
    assert again.values["r0_price_per_minute"] == "0.02"


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("price_per_kwh", {"price_per_kwh": "", "start_fee": "", "blocking_fee": "", "rows": "0"}),
        ("price_per_kwh", {"price_per_kwh": "-1"}),
        ("blocking_fee", {"blocking_fee": "-1"}),
        ("r0_price_per_minute", {"r0_price_per_minute": "-1"}),
        ("r0_price_per_kwh", {"r0_price_per_kwh": "", "r0_price_per_minute": ""}),
        ("r0_max_kwh", {"r0_min_kwh": "40"}),
        ("r0_end_time", {"r0_end_time": "22:00"}),
        ("r0_max_minutes", {"r0_max_minutes": "5"}),
        ("r1_row", {"rows": "2", "r1_price_per_kwh": "0.4", "r1_SUNDAY": "1", "r1_MONDAY": "1",
                    "r1_start_time": "23:00", "r1_end_time": "07:00"}),
        ("r1_row", {"rows": "2", "r1_price_per_kwh": "0.4"}),
        ("grace_min", {"grace_min": "9000"}),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field(field: str, change: dict[str, str]) -> None:
    form = Form({**NIGHT, **change})
    with pytest.raises(BadInput) as refusal:
        version(tf.draft_of(form, "UTC"))
    assert tf.placed(refusal.value, form).field == field


def test_rows_come_and_go() -> None:
    form = tf.with_row(Form({**NIGHT, "rows": "1"}))
    assert len(tf.rows_of(form)) == 2
    form = Form({**form.values, "r1_price_per_kwh": "0.7", "r1_SUNDAY": "1"})
    left = tf.without_row(form, 0)
    assert (len(tf.rows_of(left)), left.text("r0_price_per_kwh")) == (1, "0.7")
    assert not left.text("r0_MONDAY")


def test_what_the_form_cannot_show_is_shown_as_json() -> None:
    step = [{"price_components": [{"type": "ENERGY", "price": "0.5", "step_size": 1000}]}]
    form = Form({**BASE, "price_per_kwh": "", "elements": json.dumps(step)})
    kept = version(tf.draft_of(form, "UTC"))
    again = tf.form_of(kept)
    assert version(tf.draft_of(again, "UTC")) == kept
    assert json.loads(again.values["elements"])[0]["price_components"][0]["step_size"] == 1000


# --- on pages --------------------------------------------------------------------------------


async def test_rows_previews_and_drafts_on_the_page(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    browser.signs_in()
    browser.opens("/tariffs/new")
    browser.sends("/tariffs/new", **BASE, do="add")
    assert "Other price 1" in browser.text
    assert await portal.services.tariffs.all(ada.tenant.id) == []

    browser.sends(
        "/tariffs/new", **NIGHT, do="preview", ex_kwh="10", ex_kw="10", ex_begins="2026-03-02T12:00"
    )
    assert "What this price means" in browser.text
    assert '<svg viewBox="0 0 720 200" role="img"' in browser.page
    assert "0.50\u202fEUR/kWh" in browser.text
    assert "6.00\u202fEUR" in browser.text  # 10 kWh and the fee
    assert await portal.services.tariffs.all(ada.tenant.id) == []

    bad = browser.sends("/tariffs/new", **{**NIGHT, "r0_max_kwh": "0"}, do="save")
    assert bad.status_code == 422
    assert 'id="r0_max_kwh-problem"' in browser.page

    browser.sends("/tariffs/new", **NIGHT, do="draft")
    (draft,) = await portal.services.tariffs.all(ada.tenant.id)
    assert draft.state == "draft"
    browser.opens(f"/tariffs/{draft.id}/history")
    assert "There is a draft" in browser.text
    browser.sends(f"/tariffs/{draft.id}/publish", starts_at="")
    assert "holds now" in browser.text
    browser.opens(f"/tariffs/{draft.id}")
    assert 'name="r0_MONDAY" value="1" checked' in browser.page


async def test_a_draft_that_is_changed_and_saved_is_published(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    tenant = ada.tenant.id
    tariff = await portal.services.tariffs.add(tenant, PRICE)
    browser.signs_in()
    browser.opens(f"/tariffs/{tariff.id}")
    browser.sends(f"/tariffs/{tariff.id}", **{**BASE, "price_per_kwh": "0.60"}, do="draft")
    (known,) = await portal.services.tariffs.all(tenant)
    assert (known.version, known.head.draft) == (1, 2)
    browser.opens(f"/tariffs/{tariff.id}?version=2")
    assert "This is the draft" in browser.text
    later = {**BASE, "price_per_kwh": "0.65", "starts_at": "2026-03-05T00:00", "from_version": "2"}
    browser.sends(f"/tariffs/{tariff.id}", **later, do="save")
    (known,) = await portal.services.tariffs.all(tenant)
    assert (known.version, known.head.draft, known.head.latest) == (1, 0, 2)
    assert "planned" in browser.text
    browser.sends(f"/tariffs/{tariff.id}/withdraw", version="2")
    assert "It is withdrawn" in browser.text


async def test_the_usual_price_and_that_of_a_connector(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    issued = await portal.charger(ada.tenant.id, connectors=2)
    charger = issued.charge_point
    own = await portal.services.tariffs.add(ada.tenant.id, PRICE)
    browser.signs_in()
    browser.opens("/tariffs")
    browser.sends(f"/tariffs/{own.id}/usual")
    assert "usual price" in browser.text
    browser.opens(f"/chargers/{charger.id}/edit")
    browser.sends(
        f"/chargers/{charger.id}/edit",
        label="Garage",
        location_id=charger.location_id,
        tariff_id="",
        tariff_of_1="",
        tariff_of_2=own.id,
    )
    changed = await portal.services.chargers.get(ada.tenant.id, charger.id)
    assert (changed.tariff_id, [p.tariff_id for p in changed.connectors]) == ("", ["", own.id])
    assert "Price of connector 2" in browser.text


async def test_ocpi_is_imported_into_the_form(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    step = {"elements": [{"price_components": [{"type": "ENERGY", "price": 0.25, "step_size": 1}]}]}
    browser.signs_in()
    browser.opens("/tariffs/import")
    values = {"name": "From afar", "currency": "EUR", "tax_included": "no", "vat": "10"}
    bad = browser.sends("/tariffs/import", **values, elements="[{}]")
    assert bad.status_code == 422
    browser.sends("/tariffs/import", **values, elements=json.dumps(step))
    assert "From afar" in browser.page
    form = {**values, "elements": json.dumps(step), "rows": "0"}
    browser.sends("/tariffs/new", **form, do="save")
    (kept,) = await portal.services.tariffs.all(ada.tenant.id)
    assert (kept.shown.tax_included, kept.price_per_kwh) == (False, Decimal("0.25"))


async def test_a_source_is_tried_kept_and_followed(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    tenant = ada.tenant.id
    browser.signs_in()
    browser.opens("/price-sources/new")
    for kind in ("awattar", "energy_charts", "entsoe", "tibber", "octopus", "json"):
        assert browser.opens(f"/price-sources/new?kind={kind}").status_code == 200
    path = "/price-sources/new?kind=awattar"
    browser.sends(path, name="Market", area="XX", do="save")
    assert 'id="area-problem"' in browser.page
    browser.sends(path, name="Market", area="de", do="try")
    assert "It answers" in browser.text
    assert await portal.services.price_sources.all(tenant) == []
    browser.sends(path, name="Market", area="de", do="save")
    (source,) = await portal.services.price_sources.all(tenant)

    dynamic = {**BASE, "spot_source": source.id, "spot_adder": "0.15", "spot_ceiling": "0.80"}
    browser.opens("/tariffs/new")
    browser.sends("/tariffs/new", **dynamic, do="preview")
    assert "What Market has told" in browser.text
    wrong = browser.sends("/tariffs/new", **{**dynamic, "spot_ceiling": "-1"}, do="save")
    assert (wrong.status_code, 'id="spot_ceiling-problem"' in browser.page) == (422, True)
    browser.sends("/tariffs/new", **dynamic, do="save")
    (tariff,) = await portal.services.tariffs.all(tenant)
    assert tariff.shown.spot is not None
    assert tariff.shown.spot.fallback == Decimal("0.5")
    browser.opens(f"/tariffs/{tariff.id}")
    assert f'value="{source.id}" selected' in browser.page

    browser.opens(f"/price-sources/{source.id}")
    assert "prices" in browser.text
    browser.sends(f"/price-sources/{source.id}/delete")
    assert "follows this" in browser.text
    portal.market.is_silent = True
    browser.sends(f"/price-sources/{source.id}", name="Market", area="at", do="try")
    assert "answered 503" in browser.text


async def test_prices_of_others_are_not_there(
    portal: Fixture, browser: Browser, ada: Actor, bob: Actor
) -> None:
    tariff = await portal.services.tariffs.add(bob.tenant.id, PRICE)
    browser.signs_in()
    for path in (f"/tariffs/{tariff.id}", f"/tariffs/{tariff.id}/history"):
        assert browser.opens(path).status_code == 404
    browser.opens("/tariffs")
    for action in ("usual", "publish", "delete", "withdraw"):
        browser.opens("/tariffs/new")
        browser.sends(f"/tariffs/{tariff.id}/{action}", version="1")
    assert [t.id for t in await portal.services.tariffs.all(bob.tenant.id)] == [tariff.id]


async def test_a_price_by_a_signal(portal: Fixture, browser: Browser, ada: Actor) -> None:
    tenant = ada.tenant.id
    browser.signs_in()
    path = "/price-sources/new?kind=signal"
    browser.opens(path)
    sun = {"name": "Roof", "url": "https://1.1.1.1/sun", "price_path": "surplus.w"}
    browser.sends(path, **sun, do="try")
    assert "4321.5" in browser.text
    browser.sends(path, **sun, do="save")
    (source,) = await portal.services.price_sources.all(tenant)
    signal = {
        **BASE,
        "signal_source": source.id,
        "signal_holds_min": "45",
        "s0_at_least": "2000",
        "s0_price": "0.30",
    }
    browser.opens("/tariffs/new")
    browser.sends("/tariffs/new", **{**signal, "s0_price": "-1"}, do="save")
    assert 'id="s0_price-problem"' in browser.page
    browser.sends("/tariffs/new", **signal, do="save")
    (tariff,) = await portal.services.tariffs.all(tenant)
    assert tf.form_of(tariff.shown).values["s0_price"] == "0.30"
    browser.opens(f"/tariffs/{tariff.id}")
    assert 'value="2000"' in browser.page
