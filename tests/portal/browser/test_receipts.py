"""An owner looks at what a charge cost, item by item."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.portal.browser.conftest import Camera, Served, ask
from tests.support.portal import Fixture
from tests.support.tenancy import PASSWORD

pytestmark = pytest.mark.browser


async def charged(portal: Fixture) -> None:
    ada = await portal.house.owner(confirmed=False)
    charger = (await portal.charger(ada.tenant.id)).charge_point
    portal.charge(ada.tenant.id, charger)


def test_what_a_charge_cost_can_be_read_on_a_phone(
    page: Page, served: Served, camera: Camera
) -> None:
    ask(charged(served.portal))
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto("/sessions/s1")
    expect(page.get_by_role("heading", name="What it cost")).to_be_visible()
    expect(page.get_by_text("Energy, 14:00:00–14:30:00")).to_be_visible()
    camera.takes(page, "session-receipt")
