from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.portal.browser.conftest import Camera, Served, ask
from tests.support.portal import PLACE
from tests.support.tenancy import PASSWORD

pytestmark = pytest.mark.browser


def test_an_owner_sets_prices_for_day_and_night_and_by_the_market(
    page: Page, served: Served, camera: Camera
) -> None:
    owner = ask(served.portal.house.owner(confirmed=False))
    ask(served.portal.services.locations.add(owner.tenant.id, PLACE))
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Prices").click()

    page.get_by_role("link", name="Set a price").click()
    page.get_by_label("Name").fill("Day and night")
    page.get_by_label("VAT", exact=False).last.fill("19")
    page.get_by_label("Price per kWh").fill("0.55")
    page.get_by_label("Fee per charge").fill("0.50")
    page.get_by_label("Blocking fee per hour").fill("6")
    page.get_by_role("button", name="Add a price for other times").click()
    row = page.get_by_role("group", name="Other price 1")
    row.get_by_label("Price per kWh").fill("0.35")
    row.get_by_label("From", exact=False).first.fill("22:00")
    row.get_by_label("Until", exact=False).first.fill("06:00")
    row.get_by_label("Saturday").check()
    row.get_by_label("Sunday").check()
    page.get_by_label("Energy", exact=False).last.fill("30")
    page.get_by_label("Then stands for").fill("60")
    page.get_by_role("button", name="Show what it means").click()
    expect(page.get_by_role("img", name="Price per kWh over the next seven days")).to_be_visible()
    expect(page.get_by_text("Standing after the charge")).to_be_visible()
    camera.takes(page, "40-tariff-preview")

    # A second row that overlaps the first is refused beside it.
    page.get_by_role("button", name="Add a price for other times").click()
    second = page.get_by_role("group", name="Other price 2")
    second.get_by_label("Price per kWh").fill("0.40")
    second.get_by_label("Sunday").check()
    page.get_by_role("button", name="Set price").click()
    expect(second.get_by_role("alert")).to_contain_text("overlaps")
    camera.takes(page, "41-tariff-overlaps")
    second.get_by_role("button", name="Remove this row").click()
    page.get_by_role("button", name="Keep as a draft").click()
    expect(page.get_by_role("status")).to_contain_text("is saved")

    page.get_by_role("link", name="Day and night").click()
    page.get_by_role("link", name="Versions, drafts and dates").click()
    camera.takes(page, "42-tariff-draft")
    page.get_by_role("button", name="Let the draft hold").click()
    expect(page.get_by_text("holds now")).to_be_visible()

    page.goto("/price-sources/new")
    camera.takes(page, "43-price-source-kinds")
    page.get_by_role("link", name="aWATTar").click()
    page.get_by_label("Name").fill("aWATTar")
    page.get_by_label("Country").fill("DE")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("It answers")).to_be_visible()
    camera.takes(page, "44-price-source-tried")
    page.get_by_role("button", name="Save").click()

    page.get_by_role("link", name="Set a price").click()
    page.get_by_label("Name").fill("By the hour")
    page.get_by_label("Price per kWh").first.fill("0.60")
    page.get_by_label("VAT", exact=False).last.fill("19")
    page.get_by_label("Price of a kWh").select_option(label="by aWATTar (EUR)")
    page.get_by_label("Addition per kWh").fill("0.25")
    page.get_by_label("Highest price per kWh").fill("0.90")
    page.get_by_role("button", name="Show what it means").click()
    expect(page.get_by_text("What aWATTar has told so far")).to_be_visible()
    camera.takes(page, "45-tariff-by-the-market")
    page.get_by_role("button", name="Set price").click()
    page.get_by_role("button", name="Make it the usual price: Day and night").click()
    expect(page.get_by_role("status")).to_contain_text("your usual price now")
    camera.takes(page, "46-tariffs")
