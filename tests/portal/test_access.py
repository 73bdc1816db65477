"""How charge points show who they are, and new ones that knock: pages and API."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.edge_messages import SigningRequest
from app.operations import Trigger
from app.records.charge_points import ChargePoint, Connection
from app.records.newcomers import Newcomer, newcomers
from app.records.views import Actor
from tests.portal.conftest import Browser
from tests.portal.test_api import Program, adas, bobs, problem  # noqa: F401 - fixtures
from tests.support.charger_certificates import request_pem
from tests.support.portal import PLACE, PRICE, Fixture


@pytest.fixture
async def charger(portal: Fixture, ada: Actor) -> ChargePoint:
    """Ada's, connected by TLS and password, with a certificate."""
    charger = (await portal.charger(ada.tenant.id)).charge_point
    made = Connection(instance="e", queue="e", connection="1", protocol="ocpp1.6", profile=2)
    await portal.live.connect(ada.tenant.id, charger.id, made)
    portal.chargers.online.add(charger.id)
    said = SigningRequest(request_pem(charger.path))
    assert await portal.desk.requested(ada.tenant.id, charger.id, said)
    return charger


@pytest.fixture
async def newcomer(portal: Fixture, ada: Actor) -> Newcomer:
    """Before Ada's door; she has a place and a price."""
    await portal.services.locations.add(ada.tenant.id, PLACE)
    await portal.services.tariffs.add(ada.tenant.id, PRICE)
    code = await portal.services.newcomers.open_door(ada.tenant.id)
    now = portal.house.clock.now()
    knocks = Newcomer("n1", code, "SN-77", "192.0.2.7", "ocpp1.6", 1, "ab" * 32, now, now)
    await newcomers(portal.house.tables).add(ada.tenant.id, knocks)
    made = Connection(instance="e", queue="e", connection="1", protocol="ocpp1.6")
    _, new = await portal.live.connect(ada.tenant.id, knocks.stand_in, made)
    device = Connection(vendor="Maker <b>", model="Box")
    names = ("vendor", "model")
    await portal.live.change(ada.tenant.id, knocks.stand_in, new.epoch, device, *names)
    return knocks


async def test_where_it_connects_with_a_certificate_is_told_where_that_is_elsewhere(
    portal: Fixture, browser: Browser, charger: ChargePoint
) -> None:
    browser.signs_in()
    browser.opens(f"/chargers/{charger.id}/security")
    assert "another port" not in browser.text
    elsewhere = "wss://chargers.strom.example:8443"
    told = replace(portal.services.settings, certificate_ws_base_url=elsewhere)
    object.__setattr__(portal.services, "settings", told)  # the pages have these services already
    browser.opens(f"/chargers/{charger.id}/security")
    assert f"{elsewhere}/{charger.path}" in browser.text


# --- pages -------------------------------------------------------------------------------------


async def test_the_page_says_how_it_connects_and_what_it_has(
    portal: Fixture, browser: Browser, ada: Actor, charger: ChargePoint
) -> None:
    browser.signs_in()
    browser.opens(f"/chargers/{charger.id}/security")
    text = " ".join(browser.text.split())
    assert "with its password, encrypted (TLS) · security profile 2" in text
    assert "security profile 2, by itself" in text
    [certificate] = await portal.desk.all(ada.tenant.id, charger.id)
    assert certificate.serial in browser.text
    assert charger.path in browser.text
    pem = browser.client.get(f"/chargers/{charger.id}/security/authority.pem")
    assert pem.text.startswith("-----BEGIN CERTIFICATE-----")
    assert "PRIVATE" not in pem.text


async def test_the_least_profile_is_the_owners_word(
    portal: Fixture, browser: Browser, ada: Actor, charger: ChargePoint
) -> None:
    browser.signs_in()
    path = f"/chargers/{charger.id}/security"
    browser.opens(path)
    browser.sends(f"{path}/profile", least_profile="3")
    assert (await portal.services.chargers.get(ada.tenant.id, charger.id)).least_profile == 3
    assert "encrypted (TLS) · security profile 3" in " ".join(browser.text.split())
    browser.sends(f"{path}/profile", least_profile="4")
    assert "from 0 to 3" in browser.text
    browser.sends(f"{path}/profile", least_profile="automatic")
    assert (await portal.services.chargers.get(ada.tenant.id, charger.id)).least_profile is None


async def test_a_new_password_is_sent_once_at_a_time(
    portal: Fixture, browser: Browser, charger: ChargePoint
) -> None:
    browser.signs_in()
    path = f"/chargers/{charger.id}/security"
    browser.opens(path)
    browser.sends(f"{path}/rotate")
    assert portal.chargers.rotated == [charger.id]
    browser.sends(f"{path}/rotate")
    assert "on its way already" in browser.text


async def test_a_certificate_is_asked_for_and_revoked(
    portal: Fixture, browser: Browser, ada: Actor, charger: ChargePoint
) -> None:
    browser.signs_in()
    path = f"/chargers/{charger.id}/security"
    browser.opens(path)
    browser.sends(f"{path}/certificate")
    assert portal.chargers.operations[-1] == Trigger("SignChargePointCertificate")
    [certificate] = await portal.desk.all(ada.tenant.id, charger.id)
    browser.sends(f"{path}/certificates/{certificate.serial}/revoke")
    [certificate] = await portal.desk.all(ada.tenant.id, charger.id)
    assert certificate.state == "revoked"
    assert "revoked" in browser.text
    assert "revoke" not in browser.page.partition("<table")[2].partition("</table>")[0].replace(
        "revoked", ""
    )


async def test_another_owner_sees_and_does_nothing(
    portal: Fixture, browser: Browser, ada: Actor, bob: Actor, charger: ChargePoint
) -> None:
    browser.signs_in("bob@example.org")
    path = f"/chargers/{charger.id}/security"
    assert browser.opens(path).status_code == 404
    browser.opens("/settings")
    [certificate] = await portal.desk.all(ada.tenant.id, charger.id)
    for action in ("rotate", "profile", "certificate", f"certificates/{certificate.serial}/revoke"):
        browser.opens("/settings")
        assert browser.sends(f"{path}/{action}", least_profile="0").status_code == 404
    [unchanged] = await portal.desk.all(ada.tenant.id, charger.id)
    assert unchanged == certificate
    assert portal.chargers.rotated == []


async def test_the_door_is_opened_and_shut(portal: Fixture, browser: Browser, ada: Actor) -> None:
    browser.signs_in()
    browser.opens("/new-chargers")
    assert "The door is shut" in browser.text
    browser.sends("/new-chargers/door", door="open")
    code = await portal.services.newcomers.door(ada.tenant.id)
    assert f"/ocpp/{code}" in browser.text
    browser.sends("/new-chargers/door", door="shut")
    assert await portal.services.newcomers.door(ada.tenant.id) == ""


async def test_one_click_and_it_is_a_charge_point(
    portal: Fixture, browser: Browser, ada: Actor, newcomer: Newcomer
) -> None:
    browser.signs_in()
    browser.opens("/new-chargers")
    assert "SN-77" in browser.text
    assert "192.0.2.7" in browser.text
    assert "Maker <b>" in browser.text
    assert "<b> Box" not in browser.page
    browser.opens(f"/new-chargers/{newcomer.id}")
    assert 'value="Box SN-77"' in browser.page
    [location] = await portal.services.locations.all(ada.tenant.id)
    [tariff] = await portal.services.tariffs.all(ada.tenant.id)
    values = {"label": "Hof", "connectors": "2", "max_power_kw": "22", "tariff_id": tariff.id}
    path = f"/new-chargers/{newcomer.id}/accept"
    browser.sends(path, **values, location_id="elsewhere")
    assert "choose one of your locations" in browser.text
    browser.sends(path, **values, location_id=location.id)
    [charger] = await portal.services.chargers.all(ada.tenant.id)
    assert (charger.label, charger.path) == ("Hof", newcomer.path)
    assert portal.chargers.rotated == [charger.id]
    assert "Hof is accepted" in browser.text


async def test_it_is_refused_and_forgotten(
    portal: Fixture, browser: Browser, ada: Actor, newcomer: Newcomer
) -> None:
    browser.signs_in()
    browser.opens("/new-chargers")
    browser.sends(f"/new-chargers/{newcomer.id}/refuse")
    assert "refused" in browser.text
    browser.sends(f"/new-chargers/{newcomer.id}/forget")
    assert await portal.services.newcomers.all(ada.tenant.id) == []
    assert browser.opens(f"/new-chargers/{newcomer.id}").status_code == 404


async def test_without_a_password_is_a_setting(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    browser.signs_in()
    kept = {
        "name": "Ada",
        "contact_email": "ada@example.org",
        "contact_phone": "",
        "currency": "EUR",
        "language": "en",
        "refund_expiry_days": "90",
        "refund_reminder_days": "7",
        "silent_limit_hours": "24",
    }
    browser.opens("/settings")
    assert 'name="allows_no_password" value="1">' in browser.page
    browser.sends("/settings", **kept, allows_no_password="1")
    assert (await portal.services.owner_settings.get(ada.tenant.id)).allows_no_password
    assert 'name="allows_no_password" value="1" checked' in browser.page
    browser.sends("/settings", **kept)
    assert not (await portal.services.owner_settings.get(ada.tenant.id)).allows_no_password


# --- API ---------------------------------------------------------------------------------------


async def test_a_program_sees_and_requires(adas: Program, charger: ChargePoint) -> None:  # noqa: F811
    path = f"/charge-points/{charger.id}/access"
    access = adas.gets(path)
    assert (access["profile"], access["least_profile"], access["required_profile"]) == (2, None, 2)
    [certificate] = access["certificates"]
    assert certificate["state"] == "sent"
    assert certificate["chain_pem"].count("BEGIN CERTIFICATE") == 2
    assert adas.asks("PUT", path, {"least_profile": 3}).json()["required_profile"] == 3
    assert adas.asks("PUT", path, {"least_profile": None}).json()["required_profile"] == 2
    problem(adas.asks("PUT", path, {"least_profile": 4}), 400)


async def test_a_program_rotates_and_revokes(
    portal: Fixture,
    adas: Program,  # noqa: F811
    charger: ChargePoint,
) -> None:
    path = f"/charge-points/{charger.id}"
    assert adas.asks("POST", f"{path}/password/rotate").status_code == 202
    problem(adas.asks("POST", f"{path}/password/rotate"), 409)
    [certificate] = adas.gets(f"{path}/access")["certificates"]
    serial = certificate["serial"]
    assert adas.asks("DELETE", f"{path}/certificates/{serial}").status_code == 204
    problem(adas.asks("DELETE", f"{path}/certificates/{serial}"), 409)
    problem(adas.asks("DELETE", f"{path}/certificates/abc"), 404)


async def test_a_program_accepts_who_knocks(
    portal: Fixture,
    adas: Program,  # noqa: F811
    ada: Actor,
    newcomer: Newcomer,
) -> None:
    [waits] = adas.gets("/new-charge-points")
    assert (waits["identity"], waits["state"], waits["profile"]) == ("SN-77", "waiting", 1)
    [location], [tariff] = adas.gets("/locations"), adas.gets("/tariffs")
    draft = {"label": "Hof", "location_id": location["id"], "tariff_id": tariff["id"]}
    made = adas.makes(f"/new-charge-points/{newcomer.id}/accept", draft)
    assert made["websocket_url"].endswith(f"/{newcomer.path}")
    assert adas.gets("/new-charge-points") == []
    problem(adas.asks("POST", f"/new-charge-points/{newcomer.id}/accept", draft), 404)


async def test_a_program_opens_and_shuts_the_door(adas: Program) -> None:  # noqa: F811
    assert adas.gets("/new-charge-points/door") == {"websocket_url": ""}
    opened = adas.asks("PUT", "/new-charge-points/door", {"open": True}).json()
    assert adas.gets("/new-charge-points/door") == opened
    again = adas.asks("PUT", "/new-charge-points/door", {"open": True}).json()
    assert again["websocket_url"] != opened["websocket_url"]
    adas.asks("PUT", "/new-charge-points/door", {"open": False})
    assert adas.gets("/new-charge-points/door") == {"websocket_url": ""}


async def test_anothers_program_does_nothing(
    portal: Fixture,
    bobs: Program,  # noqa: F811
    ada: Actor,
    charger: ChargePoint,
    newcomer: Newcomer,
) -> None:
    [certificate] = await portal.desk.all(ada.tenant.id, charger.id)
    problem(bobs.asks("GET", f"/charge-points/{charger.id}/access"), 404)
    problem(bobs.asks("PUT", f"/charge-points/{charger.id}/access", {"least_profile": 0}), 404)
    problem(bobs.asks("POST", f"/charge-points/{charger.id}/password/rotate"), 404)
    serial = certificate.serial
    problem(bobs.asks("DELETE", f"/charge-points/{charger.id}/certificates/{serial}"), 404)
    assert bobs.gets("/new-charge-points") == []
    problem(bobs.asks("POST", f"/new-charge-points/{newcomer.id}/refuse"), 404)
    problem(bobs.asks("DELETE", f"/new-charge-points/{newcomer.id}"), 404)
    assert timedelta(0) < certificate.not_after - portal.house.clock.now()
