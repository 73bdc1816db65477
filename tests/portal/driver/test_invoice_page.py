"""The invoice page: what is to be paid, and on to the charge when it is."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlencode

import httpx
import pytest

from app.charging.errors import Conflict
from app.checkout.offers import PaidInvoice
from tests.portal.driver.fakes import FakeSandbox
from tests.portal.driver.samples import BOLT11, TENANT, TOKEN, VERIFY_TOKEN
from tests.portal.driver.world import DriverWorld, make_world

QUERY = urlencode({"invoice": VERIFY_TOKEN})
PAYING = [f"/c/garage-1/pay?{QUERY}", f"/s/{TOKEN}/pay?{QUERY}"]


def beside(path: str, step: str) -> str:
    return path.replace("/pay?", f"/pay/{step}?")


@pytest.mark.parametrize("path", PAYING)
async def test_the_invoice_is_shown_until_it_is_paid(
    world: DriverWorld, browser: httpx.AsyncClient, path: str
) -> None:
    answer = await browser.get(path)
    assert answer.status_code == 200
    assert "4,777\u00a0sats" in answer.text
    assert "≈ €4.50" in answer.text
    assert f'href="lightning:{BOLT11}"' in answer.text
    assert TOKEN not in answer.text.replace(path, "") or path.startswith("/s/")
    assert (await browser.get(beside(path, "state"))).json() == {"paid": False}
    world.checkout.paid = True
    assert (await browser.get(beside(path, "state"))).json() == {"paid": True}
    moved = await browser.get(path)
    assert (moved.status_code, moved.headers["location"]) == (303, f"/s/{TOKEN}")


async def test_an_expired_invoice_shows_nothing_to_pay(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    world.clock.at += timedelta(minutes=11)
    html = (await browser.get(PAYING[0])).text
    assert "This invoice has expired" in html
    assert 'class="qr"' not in html
    assert 'href="/c/garage-1"' in html


@pytest.mark.parametrize(
    "query",
    [
        {"invoice": VERIFY_TOKEN.replace("abab", "cdcd", 1)},
        {"invoice": TOKEN},
        {"session": TOKEN},
        {},
    ],
)
async def test_another_invoice_is_not_shown_under_our_name(
    browser: httpx.AsyncClient, query: dict[str, str]
) -> None:
    answer = await browser.get(f"/c/garage-1/pay?{urlencode(query)}")
    assert answer.status_code in (400, 404, 422)
    assert BOLT11 not in answer.text
    assert "text/html" in answer.headers["content-type"]


async def test_live_invoices_have_no_sandbox_button(browser: httpx.AsyncClient) -> None:
    assert "sandbox" not in (await browser.get(PAYING[0])).text.lower().replace("/pay/sandbox", "")


@pytest.fixture
def sandbox_world() -> DriverWorld:
    return make_world(is_sandbox=True)


async def test_the_sandbox_pays_with_a_button(sandbox_world: DriverWorld) -> None:
    world = sandbox_world
    transport = httpx.ASGITransport(app=world.app)  # type: ignore[arg-type]  # same protocol, other aliases
    headers = {"accept": "text/html"}
    async with httpx.AsyncClient(
        transport=transport, base_url=world.base_url, headers=headers
    ) as browser:
        assert "Pay from the sandbox" in (await browser.get(PAYING[0])).text
        answer = await browser.post(beside(PAYING[0], "sandbox"))
        assert (answer.status_code, answer.headers["location"]) == (303, PAYING[0])
        assert world.sandbox.paid == [(TENANT, BOLT11)]
        assert (await browser.get(PAYING[0])).headers["location"] == f"/s/{TOKEN}"


async def test_a_sandbox_that_cannot_pay_says_why(
    sandbox_world: DriverWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_self: FakeSandbox, _tenant: str, _bolt11: str) -> None:
        raise Conflict("This invoice is paid already.")

    monkeypatch.setattr(FakeSandbox, "pay", refuse)
    transport = httpx.ASGITransport(app=sandbox_world.app)  # type: ignore[arg-type]  # same protocol, other aliases
    async with httpx.AsyncClient(
        transport=transport,
        base_url=sandbox_world.base_url,
        headers={"accept": "text/html"},
    ) as browser:
        answer = await browser.post(beside(PAYING[0], "sandbox"))
    assert answer.status_code == 409
    assert "This invoice is paid already." in answer.text


async def test_another_owners_invoice_is_not_shown_at_this_charge_point(
    world: DriverWorld, browser: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def foreign(token: str) -> PaidInvoice:
        return PaidInvoice("another00001", BOLT11)

    monkeypatch.setattr(world.checkout, "paid_page", foreign)
    answer = await browser.get(PAYING[0])
    assert answer.status_code == 404
    assert BOLT11 not in answer.text
