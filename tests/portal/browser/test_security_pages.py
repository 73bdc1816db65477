"""An owner looks after how charge points show who they are, and lets a new one in."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from app.edge_messages import SigningRequest
from app.records.charge_points import ChargePoint, Connection
from app.records.newcomers import Newcomer, newcomers
from tests.portal.browser.conftest import Camera, Served, ask
from tests.support.charger_certificates import request_pem
from tests.support.portal import Fixture
from tests.support.tenancy import PASSWORD

pytestmark = pytest.mark.browser


async def certified(portal: Fixture) -> tuple[str, ChargePoint]:
    ada = await portal.house.owner(confirmed=False)
    charger = (await portal.charger(ada.tenant.id)).charge_point
    made = Connection(instance="e", queue="e", connection="1", protocol="ocpp1.6", profile=2)
    await portal.live.connect(ada.tenant.id, charger.id, made)
    portal.chargers.online.add(charger.id)
    said = SigningRequest(request_pem(charger.path))
    assert await portal.desk.requested(ada.tenant.id, charger.id, said)
    return ada.tenant.id, charger


async def knocks(portal: Fixture, tenant: str) -> None:
    code = await portal.services.newcomers.door(tenant)
    now = portal.house.clock.now()
    new = Newcomer("n1", code, "SN-77", "192.0.2.7", "ocpp1.6", 1, "ab" * 32, now, now)
    await newcomers(portal.house.tables).add(tenant, new)


def test_security_and_new_ones_that_knock(page: Page, served: Served, camera: Camera) -> None:
    portal = served.portal
    tenant, charger = ask(certified(portal))
    page.goto("/sign-in")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.goto(f"/chargers/{charger.id}")
    page.get_by_role("link", name="Security", exact=True).click()
    page.get_by_label("Let it in only").select_option("3")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Kept")
    expect(page.get_by_text("It has not used a certificate so far")).to_be_visible()
    page.get_by_role("button", name="Give it a new password").click()
    expect(page.get_by_role("status")).to_contain_text("on its way")
    camera.takes(page, "40-security")
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Revoke").click()
    expect(page.get_by_role("status")).to_contain_text("revoked")

    page.goto("/chargers")
    page.get_by_role("link", name="New ones that knock").click()
    page.get_by_role("button", name="Open the door").click()
    ask(knocks(portal, tenant))
    page.reload()
    camera.takes(page, "41-new-chargers")
    page.get_by_role("link", name="Accept").click()
    page.get_by_label("Name").fill("Hof")
    camera.takes(page, "42-accept")
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_role("status")).to_contain_text("Hof is accepted")
