"""A charge point with a backend of the owner's: pages and API, and a password nobody reads."""

from __future__ import annotations

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from app.edge_messages import UpstreamState
from app.records.charge_points import ChargePoint, Connection
from app.records.upstreams import Upstreams
from app.records.views import Actor
from tests.portal.conftest import Browser
from tests.portal.test_api import program
from tests.support.portal import Fixture

SECRET = "hush-hush-hush"
URL = "ws://127.0.0.1:9/ocpp/BOX"
FORM = {
    "url": URL,
    "mode": "shared",
    "when_down": "accept",
    "username": "BOX",
    "password": SECRET,
    "report_id_tag": "GUEST",
}


@pytest.fixture
async def charger(portal: Fixture, ada: Actor) -> ChargePoint:
    return (await portal.charger(ada.tenant.id)).charge_point


async def test_an_owner_sets_a_backend_and_never_sees_its_password_again(
    browser: Browser, portal: Fixture, ada: Actor, charger: ChargePoint
) -> None:
    browser.signs_in()
    page = f"/chargers/{charger.id}/backend"
    browser.opens(page)
    assert "Only look on" in browser.text
    browser.sends(page, **FORM)
    assert URL in browser.page
    assert SECRET not in browser.page
    assert "not been tried" in browser.text
    kept = await portal.services.chargers.get(ada.tenant.id, charger.id)
    assert kept.upstream == "shared"
    setup = await Upstreams(portal.house.tables).setup(ada.tenant.id, charger.id)
    assert setup is not None
    assert SECRET.encode() not in setup.sealed_password
    browser.sends(page, **{**FORM, "password": "", "mode": "mirror"})
    after = await Upstreams(portal.house.tables).setup(ada.tenant.id, charger.id)
    assert after is not None
    assert (after.mode, after.sealed_password) == ("mirror", setup.sealed_password)


async def test_how_the_link_does_is_in_plain_words(
    browser: Browser, portal: Fixture, ada: Actor, charger: ChargePoint
) -> None:
    browser.signs_in()
    page = f"/chargers/{charger.id}/backend"
    browser.sends(page, **FORM)
    tenant, now = ada.tenant.id, portal.house.clock.now()
    made = Connection(instance="e", queue="e", connection="1", protocol="ocpp1.6")
    await portal.live.connect(tenant, charger.id, made)
    state = UpstreamState(now, connected=False, error="it cannot be reached", queued=7)
    await Upstreams(portal.house.tables).put_state(tenant, charger.id, state)
    browser.opens(page)
    assert "Not connected: it cannot be reached" in browser.text
    assert "7 messages" in browser.text


async def test_what_cannot_be_is_said_beside_its_field(
    browser: Browser, charger: ChargePoint
) -> None:
    browser.signs_in()
    browser.sends(f"/chargers/{charger.id}/backend", **{**FORM, "url": "https://example.org"})
    assert "must start with wss://" in browser.text
    assert SECRET not in browser.page


async def test_the_link_is_ended(
    browser: Browser, portal: Fixture, ada: Actor, charger: ChargePoint
) -> None:
    browser.signs_in()
    browser.sends(f"/chargers/{charger.id}/backend", **FORM)
    browser.sends(f"/chargers/{charger.id}/backend/remove")
    kept = await portal.services.chargers.get(ada.tenant.id, charger.id)
    assert kept.upstream is None
    assert "served by Strom alone" in browser.text


async def test_the_api_does_the_same(
    portal: Fixture, client: TestClient[Litestar], ada: Actor, bob: Actor, charger: ChargePoint
) -> None:
    adas, bobs = await program(portal, client, ada), await program(portal, client, bob)
    path = f"/charge-points/{charger.id}/upstream"
    assert adas.asks("GET", path).status_code == 404
    answer = adas.asks("PUT", path, FORM)
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["url"], shown["has_password"], shown["connected"]) == (URL, True, False)
    assert SECRET not in answer.text
    refused = adas.asks("PUT", path, {**FORM, "url": "ws://127.0.0.1:10/BOX", "password": ""})
    assert refused.status_code == 422
    assert "password" in refused.text
    for method, body in (("GET", None), ("PUT", FORM), ("DELETE", None)):
        assert bobs.asks(method, path, body).status_code == 404
    assert adas.asks("DELETE", path).status_code == 204
    assert adas.asks("GET", path).status_code == 404
