from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from app import operations as op
from app.records.diary import DiaryEntry
from app.records.views import Actor
from tests.portal.conftest import Browser
from tests.support.portal import CANNOT_REFUND, Fixture

LOCATION = {
    "name": "Garage",
    "address": "Hauptstr. 1",
    "city": "Berlin",
    "postal_code": "10115",
    "country": "DE",
    "latitude": "52,52",
    "longitude": "13.405",
    "time_zone": "Europe/Berlin",
    "currency": "EUR",
}
TARIFF = {"name": "Day", "currency": "EUR", "price_per_kwh": "0,45", "start_fee": ""}


async def test_from_sign_up_to_a_charger_with_its_password(
    portal: Fixture, browser: Browser
) -> None:
    browser.opens("/sign-up")
    browser.sends(
        "/sign-up",
        email="ada@example.org",
        password="correct horse battery",
        name="Ada",
        organisation="Ada's garage",
    )
    assert "We have sent a mail to ada@example.org" in browser.text
    browser.sends("/sign-in", email="ada@example.org", password="correct horse battery")
    assert "Confirm your e-mail address" in browser.text
    assert "Send again" in browser.text

    browser.opens(f"/confirm-email/{portal.house.letters.last('confirm_email').token}")
    browser.sends(f"/confirm-email/{portal.house.letters.last('confirm_email').token}")
    assert "ada@example.org is confirmed" in browser.text

    browser.opens("/wallets")
    browser.sends("/wallets", kind="lnbits", url="https://lnbits.example", admin_key="k")
    assert "Connected: Main" in browser.text
    assert "21\u202f000\u202fsat" in browser.text

    assert "First add a location and set a price" in " ".join(
        browser.opens("/chargers/new").text.split()
    )
    browser.opens("/locations/new")
    browser.sends("/locations/new", **LOCATION)
    assert "Garage is added" in browser.text
    browser.opens("/tariffs/new")
    browser.sends("/tariffs/new", **TARIFF)
    assert "0.45 EUR/kWh" in browser.text

    tenant = (await portal.house.tenancy.provider.tenants())[0].id
    (location,) = await portal.services.locations.all(tenant)
    (tariff,) = await portal.services.tariffs.all(tenant)
    browser.opens("/chargers/new")
    answer = browser.sends(
        "/chargers/new",
        label="Garage links",
        location_id=location.id,
        tariff_id=tariff.id,
        connectors="2",
        max_power_kw="11",
        address_name="",
    )
    assert answer.status_code == 201
    password = re.search(r"<code>([0-9a-f]{40})</code>", browser.page)
    assert password is not None
    assert "ws://localhost:8000/ocpp/" in browser.text

    (charger,) = await portal.services.chargers.all(tenant)
    browser.opens(f"/chargers/{charger.id}")
    assert password.group(1) not in browser.page
    assert "garage-links-2@strom.example" in browser.text
    assert browser.page.count('class="qr"') == 2
    assert "never seen" in browser.text


async def test_a_wallet_that_cannot_refund_is_named_and_not_kept(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    browser.signs_in()
    browser.opens("/wallets")
    answer = browser.sends("/wallets", kind="lnbits", url="https://x", admin_key="invoice-only")
    assert answer.status_code == 422
    assert CANNOT_REFUND in browser.text
    assert "invoice-only" not in browser.page
    assert await portal.wallets.all(ada.tenant.id) == []
    browser.sends("/wallets", kind="sandbox")
    assert "cannot be chosen here" in browser.text


async def test_wallets_wait_for_the_confirmed_address(portal: Fixture, browser: Browser) -> None:
    actor = await portal.house.owner(confirmed=False)
    browser.signs_in()
    browser.opens("/wallets")
    browser.sends("/wallets", kind="lnbits", url="https://x", admin_key="k")
    assert "confirm your e-mail address first" in browser.text
    assert await portal.wallets.all(actor.tenant.id) == []


async def test_a_sandbox_owner_gets_the_test_wallet(portal: Fixture, browser: Browser) -> None:
    sandbox = portal.house.tenancy.sandboxes
    await sandbox.create_sandbox_tenant("demo@example.org", "Demo", "correct horse battery")
    browser.signs_in("demo@example.org")
    browser.opens("/wallets")
    assert "Test wallet" in browser.text
    browser.sends("/wallets", kind="sandbox")
    assert "Connected: Main" in browser.text
    assert "test mode" in browser.text


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"latitude": "91"}, "decimal degrees from -90 to 90"),
        ({"latitude": "north"}, "a number, like"),
        ({"longitude": ""}, "this is needed"),
        ({"latitude": "0", "longitude": "0"}, "0, 0 lies in the sea"),
        ({"time_zone": "Berlin"}, "a time zone by its name"),
        ({"country": "Germany"}, "two letters"),
        ({"name": "x" * 81}, "at most 80 characters"),
    ],
)
async def test_a_place_that_cannot_be_comes_back_with_what_was_typed(
    browser: Browser, ada: Actor, change: dict[str, str], problem: str
) -> None:
    browser.signs_in()
    browser.opens("/locations/new")
    answer = browser.sends("/locations/new", **{**LOCATION, **change})
    assert answer.status_code == 422
    assert problem in browser.text
    assert 'aria-invalid="true"' in browser.page
    assert 'value="Hauptstr. 1"' in browser.page


async def test_places_and_prices_change_and_go(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    issued = await portal.charger(ada.tenant.id)
    charger = issued.charge_point
    browser.signs_in()
    browser.opens(f"/locations/{charger.location_id}")
    browser.sends(f"/locations/{charger.location_id}", **{**LOCATION, "name": "Hof"})
    assert "Hof is changed" in browser.text
    browser.opens(f"/tariffs/{charger.tariff_id}")
    assert 'value="0.45"' in browser.page
    browser.sends(f"/tariffs/{charger.tariff_id}", **{**TARIFF, "price_per_kwh": "0.5"})
    assert "0.50 EUR/kWh" in browser.text
    for path in (f"/locations/{charger.location_id}", f"/tariffs/{charger.tariff_id}"):
        browser.opens(path)
        browser.sends(f"{path}/delete")
        assert "Garage links" in browser.text
    browser.opens(f"/chargers/{charger.id}/edit")
    browser.sends(f"/chargers/{charger.id}/delete")
    assert "The charge point is removed" in browser.text
    browser.opens(f"/locations/{charger.location_id}")
    browser.sends(f"/locations/{charger.location_id}/delete")
    assert "The location is removed" in browser.text


async def test_a_charge_point_is_watched_and_told(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    charger = (await portal.charger(ada.tenant.id, connectors=2)).charge_point
    browser.signs_in()
    path = f"/chargers/{charger.id}"
    browser.opens(path)
    browser.sends(f"{path}/commands", action="soft_reset", connector="0")
    assert "the charge point is offline" in browser.text
    portal.chargers.online.add(charger.id)
    portal.chargers.charging[charger.id] = "s1"
    browser.opens(path)
    assert "Fence <b> One" in browser.text
    assert "MeterValueSampleInterval" in browser.text
    browser.sends(f"{path}/commands", action="stop", connector="1")
    [stop, *_] = await portal.chargers.latest(ada.tenant.id, charger)
    assert (stop.kind, stop.session_id) == ("stop", "s1")
    browser.sends(f"{path}/commands", action="explode", connector="1")
    assert "there is no such action" in browser.text
    browser.sends(f"{path}/commands", action="stop", connector="one")
    assert "a whole number" in browser.text
    part = browser.opens(f"{path}/live")
    assert part.text.lstrip().startswith("<section")
    browser.opens(path)
    browser.sends(f"{path}/delete")
    assert "a charge is under way" in browser.text


async def test_an_operation_is_sent_by_its_form(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    charger = (await portal.charger(ada.tenant.id, connectors=2)).charge_point
    portal.chargers.online.add(charger.id)
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    portal.chargers.diary.append(DiaryEntry(noon, "security", "TamperDetection", "<lid>"))
    browser.signs_in()
    path = f"/chargers/{charger.id}/operations"
    browser.opens(path)
    assert "TamperDetection" in browser.text
    assert "<lid>" not in browser.page
    sent = {"type": "limit", "connector": "1", "limit": "16", "unit": "A"}
    browser.sends(path, **sent)
    assert "Sent: set charging profile" in browser.text
    browser.sends(
        path, type="get_diagnostics", location="ftp://ada@example.org/", since="2026-06-01T14:00"
    )
    since = datetime(2026, 6, 1, 12, tzinfo=UTC)  # the place keeps Berlin's time
    diagnostics = op.GetDiagnostics("ftp://ada@example.org/", since)
    assert portal.chargers.operations[-1] == diagnostics
    limit = portal.chargers.operations[0]
    assert isinstance(limit, op.SetChargingProfile)
    assert limit.profile.schedule.periods == (op.SchedulePeriod(0, Decimal(16)),)


@pytest.mark.parametrize(
    ("sent", "wrong"),
    [
        ({"type": "data_transfer"}, "Vendor id: this is needed"),
        ({"type": "get_diagnostics", "location": "no url"}, "Send it to: "),
        ({"type": "limit", "connector": "1", "limit": "x", "unit": "A"}, "a whole number"),
        ({"type": "start", "connector": "1"}, "there is no such operation"),
        ({"type": "get_log", "log": "x", "request_id": "1", "location": "ftp://a"}, "log"),
    ],
)
async def test_an_operation_that_makes_no_sense_comes_back_with_what_was_typed(
    portal: Fixture, browser: Browser, ada: Actor, sent: dict[str, str], wrong: str
) -> None:
    charger = (await portal.charger(ada.tenant.id)).charge_point
    browser.signs_in()
    path = f"/chargers/{charger.id}/operations"
    browser.opens(path)
    browser.sends(path, **sent)
    assert wrong in browser.text
    assert portal.chargers.operations == []


async def test_a_connector_is_kept_for_who_has_the_link(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    charger = (await portal.charger(ada.tenant.id)).charge_point
    browser.signs_in()
    path = f"/chargers/{charger.id}"
    browser.opens(f"{path}/operations")
    browser.sends(f"{path}/reservations", connector="1", until="soon")
    assert "a date and a time" in browser.text
    kept = {"connector": "1", "until": "2026-06-02T12:00", "label": "Bob"}
    browser.sends(f"{path}/reservations", **kept)
    assert f"/c/{charger.connectors[0].name}+c0de" in browser.page
    browser.sends(f"{path}/reservations", **kept)
    assert "reserved already" in browser.text
    browser.sends(f"{path}/reservations/1/cancel")
    assert portal.reservations.kept == {}


async def test_cards_are_added_blocked_and_removed(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    charger = (await portal.charger(ada.tenant.id)).charge_point
    browser.signs_in()
    browser.opens("/cards/new")
    browser.sends("/cards/new", id="04 a1", label="Anna")
    assert "letters, digits" in browser.text
    only = {f"only.{charger.id}": "1"}
    browser.sends("/cards/new", id="04a1", label="Anna", group="home", **only)
    assert "Anna is added" in browser.text
    [tag] = await portal.services.id_tags.all(ada.tenant.id)
    assert (tag.id, tag.group, tag.charge_points) == ("04A1", "HOME", (charger.id,))
    browser.opens("/cards/04A1")
    browser.sends("/cards/04A1", label="Anna", blocked="1", expires_at="2027-01-31T18:00")
    [tag] = await portal.services.id_tags.all(ada.tenant.id)
    assert (tag.status, tag.charge_points) == ("blocked", ())
    assert tag.expires_at == datetime(2027, 1, 31, 18, tzinfo=UTC)
    browser.opens("/cards/04A1")
    assert 'name="blocked" value="1" checked' in browser.page
    browser.sends("/cards/04A1", label="", blocked="1")
    assert "this is needed" in browser.text
    browser.sends("/cards/04A1/delete")
    assert await portal.services.id_tags.all(ada.tenant.id) == []


async def test_own_use_is_switched_on_for_a_charge_point(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    charger = (await portal.charger(ada.tenant.id)).charge_point
    browser.signs_in()
    path = f"/chargers/{charger.id}/edit"
    browser.opens(path)
    kept = {"label": charger.label, "location_id": charger.location_id}
    kept["tariff_id"] = charger.tariff_id
    browser.sends(path, **kept, free_vend="1", local_list="1")
    changed = await portal.services.chargers.get(ada.tenant.id, charger.id)
    assert (changed.free_vend, changed.local_list) == (True, True)
    assert any(isinstance(each, op.SendLocalList) for each in portal.chargers.operations)
    browser.opens(path)
    assert 'name="free_vend" value="1" checked' in browser.page
    browser.sends(path, **kept)
    changed = await portal.services.chargers.get(ada.tenant.id, charger.id)
    assert (changed.free_vend, changed.local_list) == (False, False)


async def test_a_password_is_renewed_and_stickers_are_printed(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    issued = await portal.charger(ada.tenant.id, connectors=2)
    browser.signs_in()
    browser.opens(f"/chargers/{issued.charge_point.id}")
    browser.sends(f"/chargers/{issued.charge_point.id}/password")
    fresh = re.search(r"<code>([0-9a-f]{40})</code>", browser.page)
    assert fresh is not None
    assert fresh.group(1) != issued.password
    browser.opens(f"/chargers/{issued.charge_point.id}/print")
    assert browser.page.count('class="sticker"') == 2
    assert "garage-links-1@strom.example" in browser.text


async def test_charges_show_what_was_paid_and_what_goes_back(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    charger = (await portal.charger(ada.tenant.id)).charge_point
    portal.charge(ada.tenant.id, charger)
    browser.signs_in()
    assert "Latest charges" in browser.text
    browser.opens("/sessions")
    assert "7.350\u202fkWh" in browser.text
    assert "3\u202f899\u202fsat owed" in browser.text
    browser.opens("/sessions/s1")
    assert "6\u202f100.250\u202fsat" in browser.text
    assert "residue" in browser.text
    assert "stopped by driver" in browser.text
    assert "Energy, 14:00:00–14:30:00" in browser.text
    assert "5.500\u00a0kWh" in browser.text
    assert "€2.6345" in browser.text
    assert browser.opens("/sessions/s1/receipt.pdf").content.startswith(b"%PDF-")
    assert browser.opens("/sessions/s1/receipt.json").json()["format"] == "strom-receipt/1"


async def test_settings_password_and_keys(portal: Fixture, browser: Browser, ada: Actor) -> None:
    browser.signs_in()
    browser.opens("/settings")
    values = {
        "name": "Hof",
        "contact_email": "help@example.org",
        "contact_phone": "+49 30 123456",
        "currency": "EUR",
        "language": "de",
        "refund_expiry_days": "30",
        "refund_reminder_days": "7",
        "silent_limit_hours": "12",
    }
    browser.sends("/settings", **values)
    kept = await portal.services.owner_settings.get(ada.tenant.id)
    assert (kept.name, kept.refund_expiry_days) == ("Hof", 30)
    browser.sends("/settings", **{**values, "refund_expiry_days": "3"})
    assert "14 to 3650 days" in browser.text

    browser.opens("/api-keys")
    assert browser.sends("/api-keys", name="Home Assistant").status_code == 201
    secret = re.search(r"<code>(strom_[a-z0-9_]+)</code>", browser.page)
    assert secret is not None
    assert (await portal.services.api_keys.check(secret.group(1))).tenant.id == ada.tenant.id
    assert secret.group(1) not in browser.opens("/api-keys").text
    (key,) = await portal.services.api_keys.all(ada.tenant.id)
    browser.sends(f"/api-keys/{key.id}/delete")
    assert "The key is withdrawn" in browser.text

    browser.opens("/settings/password")
    browser.sends("/settings/password", old_password="wrong", password="a new good secret")
    assert "not your present password" in browser.text
    browser.sends(
        "/settings/password", old_password="correct horse battery", password="a new good secret"
    )
    assert "Every other browser is signed out" in browser.text
    assert "Charge points online" in browser.text


async def test_another_owners_things_are_not_there(
    portal: Fixture, browser: Browser, ada: Actor, bob: Actor
) -> None:
    charger = (await portal.charger(bob.tenant.id)).charge_point
    portal.charge(bob.tenant.id, charger)
    browser.signs_in()
    for path in (
        f"/chargers/{charger.id}",
        f"/chargers/{charger.id}/edit",
        f"/chargers/{charger.id}/live",
        f"/chargers/{charger.id}/print",
        f"/locations/{charger.location_id}",
        f"/tariffs/{charger.tariff_id}",
        "/sessions/s1",
    ):
        assert browser.opens(path).status_code == 404, path
    browser.opens("/wallets")
    for path in (
        f"/chargers/{charger.id}/password",
        f"/chargers/{charger.id}/delete",
        f"/chargers/{charger.id}/commands",
        f"/locations/{charger.location_id}/delete",
        f"/tariffs/{charger.tariff_id}/delete",
    ):
        browser.opens("/wallets")
        assert browser.sends(path, action="stop", connector="1").status_code == 404, path
    assert await portal.services.chargers.all(bob.tenant.id) == [charger]


async def test_a_suspended_owner_looks_and_changes_nothing(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    await portal.house.tenancy.provider.set_status(ada.tenant.id, "suspended")
    browser.signs_in()
    assert "Your account is suspended" in browser.text
    browser.opens("/locations/new")
    assert browser.sends("/locations/new", **LOCATION).status_code == 403
    assert await portal.services.locations.all(ada.tenant.id) == []


async def test_the_provider_approves_suspends_and_invites(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    await portal.house.provider()
    browser.signs_in("root@example.org")
    assert "Ada's garage" in browser.text
    browser.sends(f"/provider/tenants/{ada.tenant.id}/suspend")
    assert "Ada's garage is suspended" in browser.text
    browser.sends(f"/provider/tenants/{ada.tenant.id}/approve")
    assert "Ada's garage is active" in browser.text
    browser.sends("/provider/invitations", email="eve@example.org")
    assert "An invitation is on its way to eve@example.org" in browser.text
    browser.sends("/provider/invitations", email="nobody")
    assert "not an e-mail address" in browser.text
    assert browser.opens("/wallets").status_code == 403


async def test_the_console_is_the_providers_alone(browser: Browser, ada: Actor) -> None:
    browser.signs_in()
    assert browser.opens("/provider").status_code == 403
    browser.opens("/wallets")
    assert browser.sends(f"/provider/tenants/{ada.tenant.id}/approve").status_code == 403


async def test_the_outbox_shows_mail_on_this_machine(portal: Fixture, browser: Browser) -> None:
    portal.mail_to_the_outbox()
    await portal.house.tenancy.sandboxes.create_sandbox_tenant("a@example.org", "A", "whatever")
    browser.opens("/reset-password")
    browser.sends("/reset-password", email="a@example.org")
    browser.opens("/outbox")
    link = re.search(r'href="http://localhost:8000(/reset-password/[^"]+)"', browser.page)
    assert link is not None
    assert "Choose a new password" in browser.opens(link.group(1)).text
