from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.portal.browser.conftest import Camera, Served, ask
from tests.portal.test_refunds import owes
from tests.support.tenancy import PASSWORD

pytestmark = pytest.mark.browser


def test_an_owner_walks_from_sign_up_to_a_charger(
    page: Page, served: Served, camera: Camera
) -> None:
    page.goto("/")
    camera.takes(page, "01-welcome")
    page.get_by_role("link", name="Get started").click()
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_label("Your name").fill("Ada Lovelace")
    page.get_by_label("Name that drivers see").fill("Ada’s garage")
    camera.takes(page, "02-sign-up")
    page.get_by_role("button", name="Sign up").click()
    expect(page.get_by_role("status")).to_contain_text("We have sent a mail")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("wrong")
    camera.takes(page, "03-sign-in")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ada’s garage")
    camera.takes(page, "04-dashboard-new")

    page.goto("/outbox")
    camera.takes(page, "05-outbox")
    page.get_by_role("link", name=re.compile("confirm-email")).click()
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("status")).to_contain_text("is confirmed")

    page.get_by_role("link", name="Begin: Connect your wallet").click()
    page.get_by_label("Address of the LNbits server").fill("https://lnbits.example")
    page.get_by_label("Admin key of the wallet").fill("invoice-only")
    page.get_by_role("button", name="Test and connect").click()
    expect(page.get_by_role("alert")).to_contain_text("could not refund drivers")
    camera.takes(page, "06-wallet-refused")
    page.get_by_label("Admin key of the wallet").fill("admin")
    page.get_by_role("button", name="Test and connect").click()
    expect(page.get_by_role("status")).to_contain_text("Connected: Main")
    camera.takes(page, "07-wallet")

    page.get_by_role("link", name="Locations").click()
    camera.takes(page, "08-locations-empty")
    page.get_by_role("link", name="Add a location").click()
    page.get_by_label("Name").fill("Garage behind the house")
    page.get_by_label("Street and number").fill("Hauptstr. 1")
    page.get_by_label("Postal code").fill("10115")
    page.get_by_label("City").fill("Berlin")
    page.get_by_label("Country").fill("DE")
    page.get_by_label("Latitude").fill("152.52")
    page.get_by_label("Longitude").fill("13.405")
    page.get_by_label("Time zone").fill("Europe/Berlin")
    page.get_by_role("button", name="Add location").click()
    expect(page.get_by_role("alert")).to_contain_text("decimal degrees")
    camera.takes(page, "09-location-refused")
    page.get_by_label("Latitude").fill("52.52")
    page.get_by_role("button", name="Add location").click()
    camera.takes(page, "10-locations")

    page.get_by_role("link", name="Prices").click()
    page.get_by_role("link", name="Set a price").click()
    page.get_by_label("Name").fill("Day price")
    page.get_by_label("Price per kWh").fill("0.45")
    camera.takes(page, "11-tariff")
    page.get_by_role("button", name="Set price").click()
    camera.takes(page, "12-tariffs")

    page.get_by_role("link", name="Charge points").click()
    page.get_by_role("link", name="Add a charge point").click()
    page.get_by_label("Name", exact=True).fill("Garage, left")
    page.get_by_label("Connectors").fill("2")
    camera.takes(page, "13-charger-new")
    page.get_by_role("button", name="Add charge point").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Garage, left is added")
    camera.takes(page, "14-charger-issued")
    page.get_by_role("button", name="Copy").last.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert re.fullmatch(r"[0-9a-f]{40}", page.evaluate("navigator.clipboard.readText()"))
    page.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_text("It has not connected so far.")).to_be_visible()
    camera.takes(page, "15-charger-never-seen")

    (tenant,) = ask(served.portal.house.tenancy.provider.tenants())
    (charger,) = ask(served.portal.services.chargers.all(tenant.id))
    served.portal.chargers.online.add(charger.id)
    served.portal.chargers.charging[charger.id] = "s1"
    served.portal.charge(tenant.id, charger)
    # The page finds that out by itself.
    expect(page.get_by_text("Connected since")).to_be_visible(timeout=10_000)
    page.get_by_role("button", name="Stop", exact=True).first.click()
    expect(page.get_by_role("status")).to_contain_text("Sent: stop")
    camera.takes(page, "16-charger-online")
    page.get_by_role("link", name="Print QR codes").click()
    camera.takes(page, "17-print")
    page.goto("/chargers")
    camera.takes(page, "18-chargers")

    page.get_by_role("link", name="Charges").click()
    camera.takes(page, "19-sessions")
    page.get_by_role("table").get_by_role("link").first.click()
    camera.takes(page, "20-session")
    owes(served.portal, tenant.id)
    page.get_by_role("link", name="Refunds", exact=True).click()
    page.get_by_text("My wallet shows that it was not paid").click()
    camera.takes(page, "20-refunds")
    page.get_by_role("button", name="My wallet shows it as paid").click()
    expect(page.get_by_role("status")).to_contain_text("was paid", timeout=20_000)
    page.get_by_role("link", name="Books", exact=True).click()
    camera.takes(page, "20-books")
    page.get_by_role("link", name="Check now").click()
    camera.takes(page, "20-books-check")
    page.get_by_role("link", name="Settings").click()
    camera.takes(page, "21-settings")
    page.get_by_role("link", name="API keys").click()
    page.get_by_label("Name of a new key").fill("Home Assistant")
    page.get_by_role("button", name="Make a key").click()
    camera.takes(page, "22-api-keys")
    page.goto("/")
    camera.takes(page, "23-dashboard")
    page.goto("/api/v1/docs")
    camera.takes(page, "24-api-docs")
    page.goto("/nothing")
    camera.takes(page, "25-not-found")


def test_the_menu_on_a_phone_and_the_providers_console(
    page: Page, served: Served, camera: Camera
) -> None:
    ask(served.portal.house.provider())
    ask(served.portal.house.tenancy.provider.invite("eve@example.org"))
    sandboxes = served.portal.house.tenancy.sandboxes
    ask(sandboxes.create_sandbox_tenant("demo@example.org", "Demo garage", PASSWORD))
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("root@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    camera.takes(page, "30-console")
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Suspend").click()
    expect(page.get_by_text("is suspended")).to_have_count(0)
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Suspend").click()
    expect(page.get_by_role("status")).to_contain_text("Demo garage is suspended")
    page.get_by_role("button", name="Sign out").click()

    page.get_by_label("E-mail").fill("demo@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.set_viewport_size({"width": 390, "height": 850})
    page.get_by_text("Menu", exact=True).click()
    page.screenshot(path=camera.folder / "31-menu-390-light.png")
    page.get_by_role("navigation", name="Menu").get_by_role("link", name="Wallet").click()
    camera.takes(page, "32-wallet-sandbox")


def test_everything_works_without_scripts(chromium: object, served: Served) -> None:
    from playwright.sync_api import Browser

    assert isinstance(chromium, Browser)
    sandboxes = served.portal.house.tenancy.sandboxes
    ask(sandboxes.create_sandbox_tenant("ada@example.org", "Ada", PASSWORD))
    context = chromium.new_context(base_url=served.url, java_script_enabled=False)
    page = context.new_page()
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/wallets")
    page.get_by_role("button", name="Test and connect").click()
    expect(page.get_by_role("status")).to_contain_text("Connected: Main")
    context.close()
