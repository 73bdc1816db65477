"""The pages for wallets that sign people in, and the driver's new link."""

from __future__ import annotations

import re
from html import unescape

import lnurl
from litestar import Litestar
from litestar.testing import TestClient

from app.records.views import Actor
from tests.portal.conftest import Browser
from tests.support.portal import Fixture
from tests.support.tenancy import BASE_URL
from tests.support.wallet_key import LinkingKey

WALLET = LinkingKey()


def k1_on(browser: Browser, action: str) -> str:
    code = re.search(r"lightning:(LNURL1[A-Z0-9]+)", browser.page)
    assert code is not None
    url = str(lnurl.decode(code[1]))
    assert url.startswith(f"{BASE_URL}/lnurl/auth?tag=login&k1=")
    assert url.endswith(f"&action={action}")
    beside = re.search(r'href="(keyauth://[^"]+)"', browser.page)
    assert beside is not None
    assert unescape(beside[1]).partition("://")[2] == url.partition("://")[2]  # LUD-17
    return url.partition("k1=")[2][:64]


async def sign(portal: Fixture, browser: Browser, action: str) -> None:
    k1 = k1_on(browser, action)
    keys = portal.house.tenancy.wallet_login.keys
    await keys.answer(action, k1, WALLET.signs(k1), WALLET.key)  # type: ignore[arg-type]  # login or link


async def test_a_wallet_is_linked_and_signs_in(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    browser.signs_in()
    assert browser.opens("/settings/wallets").headers["refresh"] == "4"
    assert "None so far." in browser.text
    await sign(portal, browser, "link")
    browser.opens("/settings/wallets")
    assert "Your wallet is linked" in browser.text
    assert WALLET.key[:12] in browser.text
    browser.sends("/sign-out")
    browser.opens("/sign-in/wallet")
    await sign(portal, browser, "login")
    browser.opens("/sign-in/wallet")
    assert browser.opens("/wallets").status_code == 200
    assert "Please sign in" not in browser.text


async def test_another_browser_does_not_get_in_by_a_photographed_code(
    portal: Fixture, client: TestClient[Litestar], browser: Browser, ada: Actor
) -> None:
    browser.opens("/sign-in/wallet")
    k1 = k1_on(browser, "login")
    cookie = client.cookies.get("strom")
    assert cookie is not None
    client.cookies.clear()
    await sign(portal, browser, "login")
    browser.opens("/sign-in/wallet")
    assert k1_on(browser, "login") != k1


async def test_a_wallet_nobody_linked_is_told_so(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    browser.opens("/sign-in/wallet")
    await sign(portal, browser, "login")
    response = browser.opens("/sign-in/wallet")
    assert response.url.path == "/sign-in"
    assert "no account here is linked" in browser.text


async def test_a_wallet_is_unlinked(portal: Fixture, browser: Browser, ada: Actor) -> None:
    browser.signs_in()
    browser.opens("/settings/wallets")
    await sign(portal, browser, "link")
    browser.opens("/settings/wallets")
    browser.sends(f"/settings/wallets/{WALLET.key}/unlink")
    assert "None so far." in browser.text


async def test_the_owner_makes_the_driver_a_new_link(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    issued = await portal.charger(ada.tenant.id)
    portal.charge(ada.tenant.id, issued.charge_point)
    browser.signs_in()
    browser.opens("/sessions/s1")
    response = browser.sends("/sessions/s1/link")
    assert response.status_code == 201
    assert f"{BASE_URL}/s/{ada.tenant.id}.s1.1.mac" in browser.text
    assert portal.sessions.renewed == [(ada.tenant.id, "s1", "ada@example.org")]


async def test_another_owner_makes_no_link(
    portal: Fixture, browser: Browser, ada: Actor, bob: Actor
) -> None:
    issued = await portal.charger(ada.tenant.id)
    portal.charge(ada.tenant.id, issued.charge_point)
    browser.signs_in("bob@example.org")
    browser.opens("/settings")
    assert browser.sends("/sessions/s1/link").status_code == 404
    assert portal.sessions.renewed == []
