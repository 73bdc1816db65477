"""An owner follows what a charge point says: it shows without a reload, and stays open to read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from app.edge_messages import LoggedFrame
from app.records.charge_points import ChargePoint, Connection
from app.records.frame_chunks import FrameChunks
from tests.portal.browser.conftest import Served, ask
from tests.support.portal import Fixture
from tests.support.tenancy import PASSWORD

pytestmark = pytest.mark.browser


async def connected(portal: Fixture) -> tuple[str, ChargePoint]:
    ada = await portal.house.owner(confirmed=False)
    charger = (await portal.charger(ada.tenant.id)).charge_point
    made = Connection(instance="e", queue="e", connection="1", protocol="ocpp1.6")
    await portal.live.connect(ada.tenant.id, charger.id, made)
    return ada.tenant.id, charger


async def said(portal: Fixture, tenant: str, charger: ChargePoint, text: str) -> None:
    portal.house.clock.at += timedelta(seconds=1)
    now = portal.house.clock.now()
    chunks = FrameChunks(portal.house.tables)
    await chunks.add(tenant, charger.id, [LoggedFrame(now, False, text)], 0, now)


def test_what_is_said_shows_by_itself(served: Served, page: Page) -> None:
    portal = served.portal
    tenant, charger = ask(connected(portal))
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(f"/chargers/{charger.id}/messages")
    page.get_by_role("link", name="Follow live").click()
    expect(page.get_by_text("shows here within seconds")).to_be_visible()

    ask(said(portal, tenant, charger, '[2,"1","Authorize",{"idTag":"04A1<i>"}]'))
    expect(page.get_by_text("Authorize").last).to_be_visible(timeout=15_000)
    page.get_by_text("Authorize").last.click()
    expect(page.get_by_text('"idTag": "04A1<i>"')).to_be_visible()

    ask(said(portal, tenant, charger, '[2,"2","Heartbeat",{}]'))
    page.wait_for_timeout(3000)  # what is being read is not pulled away
    expect(page.get_by_text('"idTag": "04A1<i>"')).to_be_visible()
    page.get_by_role("heading", name="What the charger says").click()
    expect(page.get_by_text("Heartbeat").last).to_be_visible(timeout=15_000)
