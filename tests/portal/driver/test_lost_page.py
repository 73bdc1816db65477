"""Ways back to a charge: the pages translate, the checkout decides."""

from __future__ import annotations

import httpx
import pytest

from app.charging.errors import BadInput, NotAllowed, TooMany
from app.checkout.lnurl_codes import encode_lnurl
from app.checkout.lost_links import FoundCharge
from tests.charging.sessions import session
from tests.portal.driver import samples
from tests.portal.driver.samples import TOKEN
from tests.portal.driver.world import DriverWorld

MINE = "/c/garage-1/mine"


@pytest.mark.parametrize(
    ("path", "field", "value", "called"),
    [
        ("pin", "pin", "2580", ("link_by_pin", "garage-1", "2580")),
        ("proof", "preimage", "ab" * 32, ("link_by_preimage", "garage-1", "ab" * 32)),
    ],
)
async def test_who_has_proof_is_sent_to_the_charge(
    world: DriverWorld,
    browser: httpx.AsyncClient,
    path: str,
    field: str,
    value: str,
    called: tuple[str, ...],
) -> None:
    answer = await browser.post(f"{MINE}/{path}", data={field: value})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/s/{TOKEN}")
    assert world.checkout.called(called[0]) == [called]


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotAllowed("No charge here has this PIN."), 403),
        (TooMany("too many tries; please wait 5 minutes", retry_after_s=300), 429),
        (BadInput("A PIN has 4 to 8 digits.", field="pin"), 422),
    ],
)
async def test_who_has_none_sees_why(
    world: DriverWorld, browser: httpx.AsyncClient, error: BadInput, status: int
) -> None:
    world.checkout.failing["link_by_pin"] = error
    answer = await browser.post(f"{MINE}/pin", data={"pin": "1"})
    assert answer.status_code == status
    assert error.message in answer.text


async def test_the_page_of_ways_is_linked_from_the_charge_points(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    assert f'href="{MINE}"' in (await browser.get("/c/garage-1")).text
    page = (await browser.get(MINE)).text
    assert "With my PIN" in page
    assert "hilfe@solarhof.example" in page
    german = await browser.get(MINE, headers={"accept-language": "de"})
    assert "Mit meiner PIN" in german.text


async def test_a_wallet_shows_its_charges_and_the_code_has_no_secret(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    answer = await browser.get("/my-charges")
    asked = f"/my-charges/{'ab' * 32}.{'cd' * 16}"
    assert answer.headers["location"] == asked
    waiting = (await browser.get(asked)).text
    url = f"{world.base_url}/lnurl/auth?tag=login&k1={'ab' * 32}&action=auth"
    assert encode_lnurl(url) in waiting
    query = f"tag=login&amp;k1={'ab' * 32}&amp;action=auth"
    assert f'href="keyauth://strom.example/lnurl/auth?{query}"' in waiting  # LUD-17
    assert "cd" * 16 not in waiting
    world.checkout.found = []
    assert "no paid charges" in (await browser.get(asked)).text
    world.checkout.found = [FoundCharge(TOKEN, session())]
    assert f'href="/s/{TOKEN}"' in (await browser.get(asked)).text


async def test_a_code_that_expired_says_so(world: DriverWorld, browser: httpx.AsyncClient) -> None:
    world.checkout.failing["charges_of_wallet"] = NotAllowed("This code is not ours.")
    assert (await browser.get("/my-charges/x")).status_code == 403


async def test_the_driver_names_an_address_for_the_refund(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    page = await browser.get(f"/s/{TOKEN}")
    assert "as soon as the charge ends" in page.text
    answer = await browser.post(f"/s/{TOKEN}/refund/address", data={"address": "bob@w.example"})
    assert (answer.status_code, answer.headers["location"]) == (303, f"/s/{TOKEN}")
    assert world.checkout.called("refund_to") == [("refund_to", TOKEN, "bob@w.example")]
    assert "goes back to you by itself" in (await browser.get(f"/s/{TOKEN}")).text


async def test_an_address_that_came_with_the_payment_has_no_form(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    world.show(samples.view(refund_reach="fixed"))
    page = (await browser.get(f"/s/{TOKEN}")).text
    assert "that came with your payment" in page
    assert "/refund/address" not in page
