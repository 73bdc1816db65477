"""``/c/{name}``: price first, then whether it can be paid, and how."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal

import httpx
import pytest

from app.charging.errors import Conflict, Unavailable
from app.charging.money import SATS
from app.charging.pricing import Tariff, plain_elements
from app.checkout.offers import AvailabilityCode
from tests.portal.driver import samples
from tests.portal.driver.visible import visible_text
from tests.portal.driver.world import DriverWorld

PAGE = "/c/garage-1"


async def test_the_price_comes_first_in_currency_and_sats(browser: httpx.AsyncClient) -> None:
    html = (await browser.get(PAGE)).text
    assert html.index("€0.45") < html.index("≈ 477\u00a0sats") < html.index("Available")
    assert "+ €0.50 per charge" in html
    assert "taxes included" in html
    assert "€1.00 = 1,061\u00a0sats (Kraken, 14:00)" in html
    assert "Lindenweg 12, 80331 München" in html
    assert "mailto:hilfe@solarhof.example" in html
    assert 'href="tel:+49891234567"' in html


async def test_a_price_that_changes_says_how_and_is_drawn(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    world.checkout.offer = samples.offer(tariff=samples.slots("0.32", "0.25", "0.48"))
    html = (await browser.get(PAGE)).text
    assert html.index("<b>€0.32</b>") < html.index("0.25–0.48 by market price")
    assert "incl. 19\u00a0% VAT" in html
    assert 'role="img" aria-labelledby="plot-title" aria-describedby="plot-said"' in html
    assert "<tr><td>14:30</td><td>15:30</td><td>€0.25</td></tr>" in html
    assert "€0.48, 2026-05-30 15:30–16:30" not in html  # what is drawn is in its table
    german = (await browser.get(PAGE, params={"lang": "de"})).text
    assert "0,25–0,48 je nach Marktpreis" in german.replace("\u00a0", " ")


async def test_the_page_is_shown_anew_when_the_price_changes(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    world.checkout.offer = samples.offer(tariff=samples.slots("0.32", "0.25"))
    first = (await browser.get(f"{PAGE}/state")).json()
    world.clock.at += timedelta(minutes=29)
    assert (await browser.get(f"{PAGE}/state")).json() == first
    world.clock.at += timedelta(minutes=2)
    assert (await browser.get(f"{PAGE}/state")).json() != first


async def test_each_amount_says_until_when_it_lasts(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    text = visible_text((await browser.get(PAGE)).text)
    assert "5 kWh 2,920 sats ≈ €2.75 until ≈ 14:27" in text  # at 11 kW
    assert "20 kWh 10,084 sats ≈ €9.50 until ≈ 15:49" in text


@pytest.mark.parametrize(
    ("sats", "said"),
    [
        ("5308", "≈ 10.0 kWh, until 14:54"),
        ("530", ""),  # not even the fee
        ("", ""),
        ("-5", ""),
        ("99999", "≈ 208.2 kWh, until 31 May 2026, 08:55"),
    ],
)
async def test_what_a_typed_amount_buys_is_reckoned_by_the_engine(
    browser: httpx.AsyncClient, sats: str, said: str
) -> None:
    answer = await browser.get(f"{PAGE}/buys", params={"amount_sat": sats})
    assert answer.json()["text"].replace("\u00a0", " ") == said


async def test_amounts_cover_the_energy_they_name(browser: httpx.AsyncClient) -> None:
    html = (await browser.get(PAGE)).text
    # 5 kWh: (0.50 + 5 × 0.45) EUR × 1061.457881 sats/EUR, rounded up
    assert re.findall(r'name="amount_sat" value="(\d+)"', html) == ["2920", "5308", "10084"]
    assert "2,920\u00a0sats" in html


async def test_the_code_is_what_cameras_and_wallets_understand(browser: httpx.AsyncClient) -> None:
    html = (await browser.get(PAGE)).text
    lnurl = re.search(r'href="lightning:(LNURL1[0-9A-Z]+)"', html)
    assert lnurl is not None
    import lnurl as library

    assert library.decode(lnurl[1]) == "https://strom.example/.well-known/lnurlp/garage-1"
    assert 'class="qr"' in html
    assert "garage-1@strom.example" in html


async def test_a_link_with_a_scheme_lies_beside_the_code(browser: httpx.AsyncClient) -> None:
    """LUD-17, for phones on which nothing has claimed ``lightning:``."""
    html = (await browser.get(PAGE)).text
    assert 'href="lnurlp://strom.example/.well-known/lnurlp/garage-1"' in html


async def test_a_wallet_that_opens_the_page_gets_the_pay_request(
    browser: httpx.AsyncClient,
) -> None:
    answer = await browser.get(PAGE, headers={"accept": "application/json"})
    assert answer.json()["tag"] == "payRequest"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("in_use", "In use"),
        ("finishing", "Unplug first"),
        ("offline", "Offline"),
        ("faulted", "Fault"),
        ("unavailable", "Out of service"),
        ("not_ready", "Not ready"),
    ],
)
async def test_what_cannot_be_paid_says_why_and_shows_nothing_to_pay(
    world: DriverWorld, browser: httpx.AsyncClient, code: AvailabilityCode, words: str
) -> None:
    world.checkout.offer = samples.offer(code, "This is why. Do this instead.")
    html = (await browser.get(PAGE)).text
    assert words in html
    assert "This is why. Do this instead." in html
    assert "qr" not in html
    assert "lightning:" not in html
    assert "<form" not in html
    assert "€0.45" in html


async def test_a_charge_point_with_two_free_plugs_asks_which(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    world.checkout.offer = samples.offer(
        "available", "Connectors 1, 2 are free.", connectors=2, chosen=None
    )
    html = (await browser.get(PAGE)).text
    assert 'href="/c/garage-1"' in html
    assert 'href="/c/garage-2"' in html
    assert "<form" not in html


async def test_prices_in_sats_need_no_rate(world: DriverWorld, browser: httpx.AsyncClient) -> None:
    tariff = Tariff("t2", 1, "Sats", SATS, plain_elements(Decimal(450)), samples.NOW)
    world.checkout.offer = samples.offer(tariff=tariff)
    html = (await browser.get(PAGE)).text
    assert "450\u00a0sats" in html
    assert "≈ 450" not in html


async def test_paying_leads_to_the_invoice(world: DriverWorld, browser: httpx.AsyncClient) -> None:
    answer = await browser.post(f"{PAGE}/pay", data={"amount_sat": "5308"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{PAGE}/pay?invoice={samples.TENANT}.")
    assert world.checkout.called("invoice") == [("invoice", "quote", 5_308_000)]


@pytest.mark.parametrize("typed", ["", "-1", "1.5", "lots", "²", "9" * 12])
async def test_what_is_no_amount_is_said_on_the_page(
    world: DriverWorld, browser: httpx.AsyncClient, typed: str
) -> None:
    answer = await browser.post(f"{PAGE}/pay", data={"amount_sat": typed})
    assert answer.status_code == 422
    assert "whole number of sats" in answer.text
    assert not world.checkout.called("invoice")


@pytest.mark.parametrize(
    ("error", "status"),
    [(Conflict("In use by another."), 409), (Unavailable("The wallet does not answer."), 503)],
)
async def test_a_refused_invoice_is_said_on_the_page(
    world: DriverWorld, browser: httpx.AsyncClient, error: Conflict, status: int
) -> None:
    world.checkout.failing["invoice"] = error
    answer = await browser.post(f"{PAGE}/pay", data={"amount_sat": "5308"})
    assert answer.status_code == status
    assert error.message in answer.text
    assert "€0.45" in answer.text


async def test_the_state_changes_with_what_matters_alone(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    async def state() -> str:
        answer = await browser.get(f"{PAGE}/state", headers={"accept": "application/json"})
        return str(answer.json()["state"])

    free = await state()
    assert free == await state()
    assert f'data-state="{free}"' in (await browser.get(PAGE)).text
    world.checkout.offer = samples.offer("in_use", "In use.")
    assert await state() != free


async def test_a_wrong_name_gets_a_page_that_helps(browser: httpx.AsyncClient) -> None:
    answer = await browser.get("/c/nowhere")
    assert answer.status_code == 404
    assert "scan the code at the charge point again" in answer.text


async def test_the_pages_are_framed_and_set_no_cookie(browser: httpx.AsyncClient) -> None:
    for path in (PAGE, "/c/nowhere", f"/s/{samples.TOKEN}"):
        headers = (await browser.get(path)).headers
        assert "script-src 'self'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["x-robots-tag"] == "noindex"
        assert "set-cookie" not in headers


async def test_pages_have_no_inline_script_or_style(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    for path in (PAGE, f"/s/{samples.TOKEN}"):
        html = (await browser.get(path)).text
        assert not re.search(r"<script(?![^>]*\ssrc=)", html)
        assert "<style" not in html
        assert not re.search(r"\sstyle=|\son[a-z]+=", html)
