from __future__ import annotations

import base64
import re

import pytest
from litestar import Litestar, get
from litestar.testing import TestClient

from app.portal.app import PortalPlugin, create_portal_app
from app.portal.browser_session import SessionCookies
from app.portal.pages import local_path
from app.records.views import Actor
from tests.portal.conftest import Browser
from tests.support.portal import Fixture
from tests.support.tenancy import PASSWORD, House, SeededChance, SetClock, draft

PATHS = ["/wallets", "/locations", "/tariffs/new", "/chargers", "/sessions", "/settings"]
PATHS += ["/api-keys", "/provider", "/settings/password"]


@pytest.mark.parametrize("path", PATHS)
def test_who_is_not_signed_in_is_sent_to_the_door(browser: Browser, path: str) -> None:
    response = browser.opens(path)
    assert str(response.url).endswith(f"/sign-in?next={path}")
    assert "Please sign in." in browser.text


async def test_after_the_door_one_goes_on(browser: Browser, ada: Actor) -> None:
    browser.opens("/tariffs")
    response = browser.sends(
        "/sign-in", email="ada@example.org", password=PASSWORD, next="/tariffs"
    )
    assert response.url.path == "/tariffs"


@pytest.mark.parametrize("path", ["/chargers/%0d%0aX-Evil:%201", "/chargers/a%3Fb%26next=x"])
def test_what_a_path_holds_stays_in_it(client: TestClient[Litestar], path: str) -> None:
    response = client.get(path, follow_redirects=False)
    assert response.status_code == 303
    assert "x-evil" not in response.headers
    assert response.headers["location"] in (
        "/sign-in",
        "/sign-in?next=/chargers/a%3Fb%26next%3Dx",
    )


@pytest.mark.parametrize(
    "wanted", ["https://evil.example", "//evil.example", "/\\evil.example", "evil", "/\n/x", None]
)
def test_a_link_leads_nowhere_else(wanted: str | None) -> None:
    assert local_path(wanted) == "/"


async def test_unknown_and_known_addresses_get_one_answer(browser: Browser, ada: Actor) -> None:
    texts = set()
    for email in ("ada@example.org", "eve@example.org"):
        browser.opens("/sign-in")
        response = browser.sends("/sign-in", email=email, password="not the password")
        texts.add((response.status_code, browser.text.replace(email, "")))
        browser.opens("/reset-password")
        response = browser.sends("/reset-password", email=email)
        texts.add((response.status_code, browser.text.replace(email, "")))
        browser.opens("/sign-up")
        form = {"email": email, "password": PASSWORD, "name": "E", "organisation": "E"}
        response = browser.sends("/sign-up", **form)
        texts.add((response.status_code, browser.text.replace(email, "")))
    assert len(texts) == 3


async def test_a_form_needs_its_pages_value(client: TestClient[Litestar], ada: Actor) -> None:
    browser = Browser(client)
    browser.signs_in()
    name = {"name": "x"}
    for data in (name, {**name, "csrf": ""}, {**name, "csrf": "0" * 32}):
        assert client.post("/api-keys", data=data).status_code == 403
    csrf = re.search(r'name="csrf" value="(\w+)"', browser.opens("/api-keys").text)
    assert csrf is not None
    good = {**name, "csrf": csrf.group(1)}
    foreign = client.post("/api-keys", data=good, headers={"sec-fetch-site": "cross-site"})
    assert foreign.status_code == 403
    as_json = client.post("/api-keys", json=good)
    assert as_json.status_code == 403
    assert client.post("/api-keys", data=good).status_code == 201


async def test_one_browsers_value_is_not_anothers(portal: Fixture, ada: Actor) -> None:
    app = create_portal_app(portal.services)
    with TestClient(app) as one, TestClient(app) as two:
        mine, other = Browser(one), Browser(two)
        mine.opens("/sign-in")
        other.opens("/sign-in")
        other.page = mine.page
        response = other.sends("/sign-in", email="ada@example.org", password=PASSWORD)
        assert response.status_code == 403


async def test_signing_in_changes_the_value(browser: Browser, ada: Actor) -> None:
    before = browser.opens("/sign-in").text
    browser.signs_in()
    page = browser.page
    browser.page = before
    assert browser.sends("/sign-out").status_code == 403
    browser.page = page
    assert "You are signed out" in browser.sends("/sign-out").text


def cookies(secret: bytes = b"s" * 32) -> SessionCookies:
    house = House()
    settings = Fixture(house).services.settings
    return SessionCookies(secret, house.clock, house.chance, settings.session_lasts, False)


def value_of(header: str | None) -> str:
    assert header is not None
    return header.partition("=")[2].partition(";")[0]


@pytest.mark.parametrize("forged", ["", ".", "x.y", "é", "a" * 5000, "e30.AAAA", "=.="])
def test_a_forged_cookie_is_no_session(forged: str) -> None:
    assert not cookies().read(forged).is_signed_in


def test_a_cookie_cannot_be_made_changed_or_kept_for_ever() -> None:
    ours = cookies()
    session = ours.read(None)
    session.sign_in("tenant", "user", 3)
    good = value_of(ours.header(session))
    assert ours.read(good).data.user == "user"
    assert not cookies(b"o" * 32).read(good).is_signed_in
    body, _, mac = good.partition(".")
    plain = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    other = base64.urlsafe_b64encode(plain.replace(b"user", b"root")).decode().rstrip("=")
    assert not ours.read(f"{other}.{mac}").is_signed_in
    clock = ours.clock
    assert isinstance(clock, SetClock)
    clock.at += ours.lasts
    assert not ours.read(good).is_signed_in


def test_the_cookie_is_bound_to_https_everywhere_but_here() -> None:
    lasts = cookies().lasts
    secure = SessionCookies(b"s" * 32, SetClock(), SeededChance(), lasts, True)
    session = secure.read(None)
    session.sign_in("t", "u", 0)
    header = secure.header(session)
    assert header is not None
    assert header.startswith("__Host-strom=")
    for attribute in ("HttpOnly", "SameSite=Lax", "Secure", "Path=/"):
        assert attribute in header
    assert Fixture(base_url="https://strom.example").services.settings.cookies_need_https
    assert Fixture(base_url="http://192.0.2.1").services.settings.cookies_need_https
    assert not Fixture(base_url="http://127.0.0.1:8000").services.settings.cookies_need_https
    assert not Fixture(base_url="http://abcdef.onion").services.settings.cookies_need_https
    assert Fixture(base_url="https://abcdef.onion").services.settings.cookies_need_https


def test_a_session_is_renewed_while_it_is_used() -> None:
    ours = cookies()
    session = ours.read(None)
    session.sign_in("t", "u", 0)
    good = value_of(ours.header(session))
    assert ours.header(ours.read(good)) is None
    assert isinstance(ours.clock, SetClock)
    ours.clock.at += ours.lasts / 2
    assert value_of(ours.header(ours.read(good))) != good


async def test_a_session_ends_when_the_password_is_reset(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    browser.signs_in()
    recovery = portal.house.tenancy.recovery
    await recovery.request_reset("ada@example.org", "192.0.2.1")
    token = portal.house.letters.last("reset_password").token
    await recovery.reset_password(token, "a new good secret")
    assert "/sign-in" in str(browser.opens("/wallets").url)
    response = browser.opens(f"/reset-password/{token}")
    assert response.status_code == 422
    assert "was used already" in browser.text


async def test_a_reset_by_its_page(portal: Fixture, browser: Browser, ada: Actor) -> None:
    browser.opens("/reset-password")
    browser.sends("/reset-password", email="ada@example.org")
    token = portal.house.letters.last("reset_password").token
    browser.opens(f"/reset-password/{token}")
    assert browser.sends(f"/reset-password/{token}", password="short").status_code == 422
    browser.sends(f"/reset-password/{token}", password="a new good secret")
    assert "Your new password is set" in browser.text
    assert browser.signs_in(password="a new good secret").url.path == "/"


def test_mail_scanners_do_not_use_up_a_confirmation(browser: Browser, portal: Fixture) -> None:
    import asyncio

    asyncio.run(portal.house.tenancy.sign_up.sign_up(draft()))
    token = portal.house.letters.last("confirm_email").token
    for _ in range(3):
        assert browser.opens(f"/confirm-email/{token}").status_code == 200
    browser.sends(f"/confirm-email/{token}")
    browser.opens(f"/confirm-email/{token}")
    assert browser.sends(f"/confirm-email/{token}").status_code == 409


async def test_guessing_is_told_to_wait(browser: Browser, ada: Actor) -> None:
    for _ in range(10):
        browser.opens("/sign-in")
        browser.sends("/sign-in", email="ada@example.org", password="not the password")
    browser.opens("/sign-in")
    response = browser.sends("/sign-in", email="ada@example.org", password=PASSWORD)
    assert response.status_code == 429
    assert int(response.headers["retry-after"]) > 0


@pytest.mark.parametrize("path", ["/", "/sign-in", "/nothing", "/wallets", "/api/v1/docs"])
def test_every_page_has_its_headers(client: TestClient[Litestar], path: str) -> None:
    headers = client.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "require-trusted-types-for 'script'" in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["cache-control"] == "no-store"


async def test_no_page_has_anything_inline(portal: Fixture, browser: Browser, ada: Actor) -> None:
    charger = (await portal.charger(ada.tenant.id, connectors=2)).charge_point
    portal.charge(ada.tenant.id, charger)
    browser.signs_in()
    paths = ["/", "/wallets", "/locations", "/locations/new", "/tariffs/new", "/chargers"]
    paths += [f"/chargers/{charger.id}", f"/chargers/{charger.id}/print", "/sessions/s1"]
    for path in [*paths, "/settings", "/api-keys", "/api/v1/docs"]:
        page = browser.opens(path).text
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style|javascript:", page)


def test_static_files_are_kept_and_carry_no_cookie(client: TestClient[Litestar]) -> None:
    page = client.get("/sign-in").text
    for path in re.findall(r'(?:href|src)="(/static/[^"]+)"', page):
        response = client.get(path)
        assert response.status_code == 200
        assert "immutable" in response.headers["cache-control"]
        assert response.headers["x-content-type-options"] == "nosniff"
        assert "set-cookie" not in response.headers
    assert client.get("/static/../app.py").status_code == 404


def test_a_defect_of_ours_shows_no_trace(portal: Fixture, caplog: pytest.LogCaptureFixture) -> None:
    @get(["/boom", "/api/v1/boom"])
    async def boom() -> None:
        raise RuntimeError("the secret is 42")

    app = Litestar([boom], plugins=[PortalPlugin(portal.services)], logging_config=None)
    with TestClient(app, raise_server_exceptions=False) as client:
        for path in ("/boom", "/api/v1/boom"):
            response = client.get(path)
            assert response.status_code == 500
            assert "secret" not in response.text
            assert "Traceback" not in response.text
    assert "the secret is 42" in caplog.text


async def test_what_people_type_is_shown_as_text(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    name = "<script>alert(1)</script>"
    browser.signs_in()
    browser.opens("/tariffs/new")
    browser.sends("/tariffs/new", name=name, currency="EUR", price_per_kwh="1", start_fee="")
    assert name not in browser.page
    assert "&lt;script&gt;" in browser.page
