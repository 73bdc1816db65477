"""The driver's pages in a real Chromium, above a fake checkout and a fake edge on loopback."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Route, expect

from app.charging.errors import Unavailable
from app.checkout.view import SessionView
from tests.portal.driver import samples
from tests.portal.driver.browsing import SERIOUS, chromium, open_page
from tests.portal.driver.samples import VERIFY_TOKEN, ended, starting, view
from tests.portal.driver.world import DriverWorld, running_world

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="module")]  # one Chromium

STATES: dict[str, SessionView] = {
    "plug in": starting(connector_status="Available"),
    "starting": starting(),
    "charging": view(),
    "low": view(cost_msat=9_900_000, remaining_wh=360, time_left_s=110),
    "paused": view(connector_status="SuspendedEV", power_w=0, time_left_s=None),
    "little known": view(soc_percent=None, power_w=None, time_left_s=None),
    "standing": view(phase="finishing", power_w=0),
    "stopping": view(phase="stopping", stop_pending=True),
    "refund": ended(),
    "refund in flight": ended(refund_state="in_flight", refundable_msat=0),
    "refund paid": ended(refund_state="paid", refundable_msat=0, refunded_msat=5_882_000),
    "refused": ended(end="start_rejected", started_at=None, energy_wh=0, cost_msat=0),
    "used up": ended(refund_state="none", refundable_msat=0, connector_status="Available"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser(chromium_path: str) -> AsyncIterator[Browser]:
    async with chromium(chromium_path) as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def world() -> AsyncIterator[DriverWorld]:
    async with running_world() as world:
        yield world


@pytest_asyncio.fixture(loop_scope="module", autouse=True)
async def _pages_are_closed(browser: Browser, world: DriverWorld) -> AsyncIterator[None]:
    """Before the servers go: an open page asks for ever."""
    yield
    for context in browser.contexts:
        await context.close()


def changed(now: SessionView) -> dict[str, Any]:
    """A state as changes to any other; it ended just now, for the browser's own clock."""
    values = asdict(now)
    del values["sequence"]
    if values["ended_at"] is not None:
        values["ended_at"] = datetime.now(UTC)
    return values


def invoice_url(world: DriverWorld) -> str:
    return f"{world.station_url}/pay?invoice={VERIFY_TOKEN}"


# --- for everybody -------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_page_can_be_read_and_used(
    world: DriverWorld, browser: Browser, scheme: str
) -> None:
    phone = {"width": 320, "height": 640}
    opened = await open_page(browser, color_scheme=scheme, viewport=phone, locale="de-DE")
    found: dict[str, list[str]] = {}
    for name, now in STATES.items():
        world.show(now)
        await opened.page.goto(world.session_url)
        found[name] = await opened.page.evaluate(SERIOUS)
    for code in ("available", "preparing", "in_use", "offline", "not_ready"):
        host = world.base_url.removeprefix("http://")
        world.checkout.offer = samples.offer(code, "This is why. Do this.", host=host)
        await opened.page.goto(world.station_url)
        found[code] = await opened.page.evaluate(SERIOUS)
    curve = samples.slots("0.32", "0.25", "0.48")
    world.checkout.offer = samples.offer(tariff=curve, host=host)
    await opened.page.goto(world.station_url)
    await opened.page.locator("details summary").first.click()
    found["curve"] = await opened.page.evaluate(SERIOUS)
    world.checkout.offer = samples.offer()
    world.facts.made = samples.receipt(30)
    await opened.page.goto(f"{world.session_url}/receipt")
    await opened.page.locator("details summary").first.click()
    found["receipt"] = await opened.page.evaluate(SERIOUS)
    for url in (invoice_url(world), f"{world.base_url}/s/wrong", f"{world.base_url}/c/wrong"):
        await opened.page.goto(url)
        found[url] = await opened.page.evaluate(SERIOUS)
    assert {name: problems for name, problems in found.items() if problems} == {}


async def test_the_keyboard_reaches_the_stop_and_shows_where_it_is(
    world: DriverWorld, browser: Browser
) -> None:
    page = (await open_page(browser, world.session_url)).page
    for _ in range(2):
        await page.keyboard.press("Tab")
        if await page.evaluate("document.activeElement.matches('.stop summary')"):
            break
    assert await page.evaluate("document.activeElement.matches('.stop summary')")
    assert await page.evaluate("getComputedStyle(document.activeElement).outlineWidth") == "3px"
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("button", name="Yes, stop now")).to_be_visible()


async def test_who_wants_no_motion_gets_none(world: DriverWorld, browser: Browser) -> None:
    page = (await open_page(browser, world.session_url, reduced_motion="reduce")).page
    running = "document.getAnimations().filter((each) => each.playState === 'running').length"
    assert await page.evaluate(running) == 0


# --- live ----------------------------------------------------------------------------------------


async def test_a_notice_changes_the_page_at_once_and_nothing_complains(
    world: DriverWorld, browser: Browser
) -> None:
    opened = await open_page(browser, world.session_url)
    await expect(opened.page.locator(".dial-text b")).to_have_text("7.68")
    await world.tell(energy_wh=8_125, cost_msat=4_411_749, soc_percent=66)
    await expect(opened.page.locator(".dial-text b")).to_have_text("8.12")
    text = await opened.text()
    assert "4,411 sats" in text
    assert "66%" in text
    ring = opened.page.get_by_role("progressbar")
    await expect(ring).to_have_attribute("aria-valuenow", "44")
    assert opened.complaints == []


@pytest.mark.parametrize("locale", ["en-US", "de-DE"])
async def test_script_and_server_show_every_state_alike(
    world: DriverWorld, browser: Browser, locale: str
) -> None:
    options = {"locale": locale, "timezone_id": "Asia/Tokyo"}
    live = await open_page(browser, world.session_url, **options)
    await live.page.locator("[data-announcer]").evaluate("(region) => region.remove()")
    world.clock.at = datetime.now(UTC)
    for name, now in STATES.items():
        await world.tell(**changed(now))
        assert world.checkout.current is not None
        at = f"strom-live[data-shown='{world.checkout.current.sequence}']"
        await live.page.wait_for_selector(at)
        fresh = await open_page(browser, world.session_url, **options, java_script_enabled=False)
        told, served = await live.text(), await fresh.text()
        for button in ("Copy link", "Link kopieren", "Copy code", "Code kopieren"):
            told = told.replace(f" {button}", "")  # work with script alone
        assert told == served, name
        await fresh.page.context.close()


async def test_older_news_does_not_turn_the_page_back(world: DriverWorld, browser: Browser) -> None:
    opened = await open_page(browser, world.session_url)
    await world.tell(energy_wh=9_000)
    await expect(opened.page.locator(".dial-text b")).to_have_text("9.00")
    world.show(view(sequence=3, energy_wh=100))
    await world.edge.notify()
    world.show(view(sequence=20, energy_wh=9_500))
    await world.edge.notify()
    await expect(opened.page.locator(".dial-text b")).to_have_text("9.50")


async def test_without_the_edge_the_page_asks_and_comes_back_to_it(
    world: DriverWorld, browser: Browser
) -> None:
    opened = await open_page(browser, world.session_url)
    await expect(opened.page.locator("strom-live[data-shown]")).to_be_visible()
    await world.edge.kill()
    world.checkout.advance(energy_wh=9_000)
    await expect(opened.page.locator(".dial-text b")).to_have_text("9.00")
    before = world.edge.opened
    await world.edge.start()
    await opened.page.evaluate("window.dispatchEvent(new Event('online'))")
    await opened.page.wait_for_function("true")
    for _ in range(100):
        if world.edge.opened > before:
            break
        await opened.page.wait_for_timeout(50)
    await world.tell(energy_wh=9_100)
    await expect(opened.page.locator(".dial-text b")).to_have_text("9.10")


async def test_a_socket_that_fell_silent_is_found_out(world: DriverWorld, browser: Browser) -> None:
    opened = await open_page(browser)
    await opened.page.clock.install()
    await opened.page.goto(world.session_url)
    await expect(opened.page.locator("strom-live[data-shown]")).to_be_visible()
    world.checkout.advance(energy_wh=9_000)  # and the edge says nothing
    await opened.page.clock.fast_forward(21_000)
    await expect(opened.page.locator(".dial-text b")).to_have_text("9.00")
    await opened.page.clock.fast_forward(2_000)
    for _ in range(100):
        if world.edge.opened > 1:
            break
        await opened.page.wait_for_timeout(50)
    assert world.edge.opened > 1


async def test_without_reception_the_page_stays_and_says_so(
    world: DriverWorld, browser: Browser
) -> None:
    opened = await open_page(browser, world.session_url)
    page = opened.page
    await expect(page.locator("strom-live[data-shown]")).to_be_visible()
    await page.route("**/*.json", lambda route: route.abort())
    await world.edge.kill()
    await expect(page.get_by_text("No connection.")).to_be_visible()
    await expect(page.locator(".dial-text b")).to_have_text("7.68")
    await expect(page.locator(".stop summary")).to_be_enabled()
    await page.unroute("**/*.json")
    await page.evaluate("window.dispatchEvent(new Event('online'))")
    await expect(page.get_by_text("No connection.")).to_be_hidden()


async def test_screen_readers_are_told_at_most_every_half_minute(
    world: DriverWorld, browser: Browser
) -> None:
    opened = await open_page(browser)
    await opened.page.clock.install()
    await opened.page.goto(world.session_url)
    said = opened.page.locator("[data-announcer]")
    await expect(said).to_have_text("")
    await world.tell(connector_status="SuspendedEV")
    await expect(said).to_contain_text("Your car is pausing")
    await world.tell(connector_status="Charging")
    await expect(opened.page.locator(".state-line")).to_contain_text("Charging")
    await expect(said).to_contain_text("Your car is pausing")
    await opened.page.clock.fast_forward(30_000)
    await expect(said).to_contain_text("Charging, 7.68")


# --- stop ----------------------------------------------------------------------------------------


async def test_stopping_asks_first_then_stops(world: DriverWorld, browser: Browser) -> None:
    page = (await open_page(browser, world.session_url)).page
    await page.locator(".stop summary").click()
    assert not world.checkout.called("stop")
    await page.get_by_role("button", name="Yes, stop now").click()
    await expect(page.locator(".state-line")).to_contain_text("Stopping")
    await expect(page.locator(".stop")).to_be_hidden()


async def test_a_failed_stop_says_so_and_can_be_tried_again(
    world: DriverWorld, browser: Browser
) -> None:
    page = (await open_page(browser, world.session_url)).page
    world.checkout.failing["stop"] = Unavailable("The charge point does not answer.")
    await page.locator(".stop summary").click()
    button = page.get_by_role("button", name="Yes, stop now")
    await button.click()
    await expect(page.get_by_role("alert")).to_contain_text(["The charge point does not answer."])
    await expect(button).to_be_enabled()
    del world.checkout.failing["stop"]

    async def abort(route: Route) -> None:
        await route.abort()

    await page.route("**/stop", abort)
    await button.click()
    await expect(page.get_by_role("alert")).to_contain_text(["The charge goes on."])
    await page.unroute("**/stop")
    await button.click()
    await expect(page.locator(".state-line")).to_contain_text("Stopping")


async def test_it_all_works_without_script(world: DriverWorld, browser: Browser) -> None:
    page = (await open_page(browser, world.station_url, java_script_enabled=False)).page
    await page.get_by_role("button", name="10 kWh").click()
    await expect(page.get_by_role("heading", name="Pay Wallbox left")).to_be_visible()
    world.checkout.paid = True
    await page.reload()
    await expect(page.locator(".state-line")).to_contain_text("Charging")
    await page.locator(".stop summary").click()
    await page.get_by_role("button", name="Yes, stop now").click()
    await expect(page.locator(".state-line")).to_contain_text("Stopping")
    world.show(ended(sequence=50))
    await page.reload()
    await expect(page.get_by_role("img", name="QR code: take the refund")).to_be_visible()


# --- paying --------------------------------------------------------------------------------------


async def test_from_the_charge_point_to_the_charge(world: DriverWorld, browser: Browser) -> None:
    opened = await open_page(browser, world.station_url)
    page = opened.page
    await page.get_by_label("Another amount in sats").fill("5308")
    await expect(page.locator("[data-amount-buys]")).to_contain_text("10.0 kWh, until 14:54")
    await page.get_by_role("button", name="Pay", exact=True).click()
    await expect(page.get_by_text("Waiting for your payment")).to_be_visible()
    await expect(page.locator(".countdown")).to_have_text(re.compile(r"\d+:\d\d"))
    world.checkout.paid = True
    await page.wait_for_url(world.session_url)
    await expect(page.locator(".state-line")).to_contain_text("Charging")
    assert opened.complaints == []


async def test_an_invoice_that_runs_out_hides_its_code(
    world: DriverWorld, browser: Browser
) -> None:
    page = (await open_page(browser)).page
    await page.clock.install()
    await page.goto(invoice_url(world))
    await expect(page.locator(".qr")).to_be_visible()
    await page.clock.run_for(602_000)
    await expect(page.locator(".qr")).to_be_hidden()
    await expect(page.get_by_role("link", name="New invoice")).to_be_visible()


async def test_the_charge_point_page_notices_when_it_is_taken(
    world: DriverWorld, browser: Browser
) -> None:
    page = (await open_page(browser)).page
    await page.clock.install()
    await page.goto(world.station_url)
    await expect(page.locator(".qr")).to_be_visible()
    host = world.base_url.removeprefix("http://")
    world.checkout.offer = samples.offer("in_use", "In use.", host=host)
    await page.clock.run_for(9_000)
    await expect(page.get_by_text("It cannot be paid just now")).to_be_visible()
    await expect(page.locator(".qr")).to_have_count(0)


async def test_copying_says_that_it_has_copied(world: DriverWorld, browser: Browser) -> None:
    opened = await open_page(browser, permissions=["clipboard-read", "clipboard-write"])
    await opened.page.goto(world.session_url)
    await opened.page.get_by_role("button", name="Copy link").click()
    await expect(opened.page.get_by_role("button", name="Copied")).to_be_visible()
    copied = await opened.page.evaluate("navigator.clipboard.readText()")
    assert copied == world.session_url


async def test_pages_are_small(world: DriverWorld, browser: Browser) -> None:
    page = (await open_page(browser)).page
    sizes: list[int] = []

    async def weigh(response: Any) -> None:
        sizes.append(len(await response.body()))

    page.on("response", weigh)
    await page.goto(world.session_url, wait_until="networkidle")
    assert sum(sizes) < 100_000  # before compression
