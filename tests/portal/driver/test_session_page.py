"""``/s/{token}``: every state of a charge, in words and numbers, and what can be done about it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest

from app.charging.errors import Conflict, StorageThrottled, Unavailable
from app.checkout.view import SessionView
from tests.portal.driver import samples
from tests.portal.driver.samples import TOKEN, ended, starting, view
from tests.portal.driver.visible import visible_text
from tests.portal.driver.world import DriverWorld

PAGE = f"/s/{TOKEN}"
SCRIPT = {"accept": "application/json"}


async def page(world: DriverWorld, browser: httpx.AsyncClient, now: SessionView) -> str:
    world.show(now)
    answer = await browser.get(PAGE)
    assert answer.status_code == 200
    return visible_text(answer.text)


async def test_a_charge_that_runs(world: DriverWorld, browser: httpx.AsyncClient) -> None:
    text = await page(world, browser, view())
    for said in ("Charging", "7.68 kWh", "10.9 kW", "64%", "4,201 sats", "€3.96", "10,084 sats"):
        assert said in text
    for said in ("for 20.00 kWh", "1 h 07 min", "≈ 12.3 kWh", "until 15:07", "Stop charging"):
        assert said in text
    for said in ("hilfe@solarhof.example", "Keep this link", "Add to the charge", "13:17"):
        assert said in text
    for not_said in ("Release the cable", "refund is on its way", "Plug in now"):
        assert not_said not in text


@pytest.mark.parametrize(
    ("now", "said", "not_said"),
    [
        (starting(connector_status="Available"), ["Plug in now", "by 14:03", "Cancel"], ["kW "]),
        (starting(), ["Starting", "Cancel"], ["Plug in now", "Add to the charge"]),
        (view(connector_status="SuspendedEV"), ["Your car is pausing", "Stop charging"], ["kW "]),
        (view(connector_status="SuspendedEVSE"), ["The charge point is pausing"], ["Your car"]),
        (view(cost_msat=9_900_000), ["Nearly used up"], []),
        (view(soc_percent=None), ["Charging"], ["Battery"]),
        (view(power_w=None, time_left_s=None), ["Charging"], ["Time left"]),
        (
            view(power_w=0, connector_status="SuspendedEV"),
            ["Time left", "until 15:07"],
            ["≈ 12.3 kWh"],
        ),
        (
            view(phase="finishing", power_w=0),
            ["Charged. Unplug now", "Standing here costs", "until 15:07"],
            ["Stop charging", "≈ 12.3 kWh", "Your refund"],
        ),
        (
            view(phase="stopping", stop_pending=True),
            ["Stopping", "Ask again to stop"],
            ["Stop charging", "Add to the charge"],
        ),
        (ended(), ["Charge ended", "5,882 sats", "≈ €5.54", "28 August 2026"], ["Stop charging"]),
        (ended(), ["4,201.126 sats", "0.874 sats", "Too little", "Release the cable"], ["Begun –"]),
        (
            ended(refund_state="in_flight", refundable_msat=0),
            ["Your refund is on its way", "5,882 sats"],
            ["Open in wallet"],
        ),
        (
            ended(refund_state="paid", refundable_msat=0, refunded_msat=5_882_000),
            ["Refund paid", "Refunded", "5,882 sats"],
            ["Open in wallet"],
        ),
        (ended(refund_state="none", refundable_msat=0), ["Nothing is left to refund"], ["paste"]),
        (ended(refund_state="forfeited", refundable_msat=0), ["not taken in time"], ["paste"]),
        (ended(end="start_rejected", started_at=None), ["refused", "Your refund"], ["Release"]),
        (ended(end="start_timed_out", started_at=None), ["did not begin"], ["Release"]),
        (ended(end="cancelled", started_at=None), ["Cancelled"], ["Charge ended"]),
        (ended(end="faulted"), ["Ended by a fault"], []),
        (ended(end="connector_taken", started_at=None), ["Somebody else was faster"], []),
        (ended(end="silent"), ["fell silent"], []),
        (ended(connector_status="Available"), ["Charge ended"], ["Release", "unplug now"]),
    ],
)
async def test_every_state_says_what_it_is(
    world: DriverWorld,
    browser: httpx.AsyncClient,
    now: SessionView,
    said: list[str],
    not_said: list[str],
) -> None:
    text = await page(world, browser, now)
    assert [each for each in said if each not in text] == []
    assert [each for each in not_said if each in text] == []


async def test_the_cable_can_be_released_for_a_while_only(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    text = await page(world, browser, ended(ended_at=samples.NOW - timedelta(hours=1)))
    assert "Release the cable" not in text


async def test_the_date_to_take_it_by_is_the_one_that_counts(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    later = samples.NOW + timedelta(days=170)
    text = await page(world, browser, ended(refund_until=later))
    assert "take it by 16 November 2026" in text
    assert "28 August 2026" not in text


async def test_the_refund_code_is_the_sessions_own(browser: httpx.AsyncClient) -> None:
    import lnurl as library

    html = (await browser.get(PAGE)).text
    lnurl = re.search(r'href="lightning:(LNURL1[0-9A-Z]+)"', html)
    assert lnurl is not None
    assert library.decode(lnurl[1]) == f"https://strom.example/lnurl/withdraw/{TOKEN}"
    assert f'href="lnurlw://strom.example/lnurl/withdraw/{TOKEN}"' in html  # LUD-17


async def test_who_pays_the_fee_of_a_refund_is_said(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    text = await page(world, browser, ended())
    assert "The owner pays the routing fee, up to 1 percent or 5 sats" in text


async def test_german_browsers_read_german(world: DriverWorld, browser: httpx.AsyncClient) -> None:
    browser.headers["accept-language"] = "de-DE,de;q=0.9,en;q=0.5"
    text = await page(world, browser, ended())
    for said in ("5.882 sats", "5,54 €", "28. August 2026", "Deine Rückzahlung"):
        assert said in text


async def test_the_json_is_what_the_edge_sends(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    answer = await browser.get(f"{PAGE}.json", headers=SCRIPT)
    said = answer.json()
    assert said["sequence"] == said["view"]["sequence"] == 7
    assert said["view"]["energy_wh"] == 7684
    assert answer.headers["cache-control"] == "no-store"


async def test_a_wrong_token_gets_a_page_that_helps(browser: httpx.AsyncClient) -> None:
    answer = await browser.get(f"/s/{samples.TENANT}.wrong.token")
    assert answer.status_code == 404
    assert "This link does not lead to a charge" in answer.text
    as_json = await browser.get("/s/wrong.json", headers=SCRIPT)
    assert (as_json.status_code, as_json.headers["content-type"]) == (404, "application/json")


async def test_before_the_payment_the_link_waits(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    world.checkout.current = None
    answer = await browser.get(PAGE)
    assert answer.status_code == 409
    assert "Not paid yet" in answer.text
    assert 'http-equiv="refresh"' in answer.text
    as_json = await browser.get(f"{PAGE}.json", headers=SCRIPT)
    assert as_json.json() == {"error": "This charge has not been paid yet.", "retry": True}


# --- what the payer can do -----------------------------------------------------------------------


async def test_stopping_by_form_leads_back_to_the_page(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    answer = await browser.post(f"{PAGE}/stop")
    assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
    assert world.checkout.called("stop")


async def test_stopping_by_script_answers_the_new_view(browser: httpx.AsyncClient) -> None:
    answer = await browser.post(f"{PAGE}/stop", headers=SCRIPT)
    assert (answer.status_code, answer.json()["view"]["phase"]) == (200, "stopping")


async def test_a_failed_stop_says_so_and_offers_again(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    world.checkout.failing["stop"] = Unavailable("The charge point does not answer.")
    answer = await browser.post(f"{PAGE}/stop")
    assert answer.status_code == 503
    text = visible_text(answer.text)
    assert "The charge point does not answer." in text
    assert "Stop charging" in text
    as_json = await browser.post(f"{PAGE}/stop", headers=SCRIPT)
    assert as_json.status_code == 503
    assert as_json.json()["error"] == "The charge point does not answer."


async def test_our_storage_is_none_of_the_drivers_business(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    world.checkout.failing["stop"] = StorageThrottled("table strom: provisioned throughput")
    answer = await browser.post(f"{PAGE}/stop")
    assert answer.status_code == 503
    assert "throughput" not in answer.text
    assert "try again" in answer.text


async def test_adding_to_the_charge_leads_to_an_invoice(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    html = (await browser.get(PAGE)).text
    amounts = re.findall(r'name="amount_sat" value="(\d+)"', html)
    assert amounts == ["2389", "4777", "9554"]  # without the start fee
    answer = await browser.post(f"{PAGE}/top-up", data={"amount_sat": "2389"})
    assert answer.status_code == 303
    assert answer.headers["location"].startswith(f"{PAGE}/pay?invoice=")
    assert world.checkout.called("top_up") == [("top_up", TOKEN, 2_389_000)]


@pytest.mark.parametrize("typed", ["", "many"])
async def test_adding_nonsense_is_said_on_the_page(browser: httpx.AsyncClient, typed: str) -> None:
    answer = await browser.post(f"{PAGE}/top-up", data={"amount_sat": typed})
    assert answer.status_code == 422
    assert "whole number of sats" in visible_text(answer.text)


async def test_releasing_the_cable(world: DriverWorld, browser: httpx.AsyncClient) -> None:
    world.show(ended())
    assert (await browser.post(f"{PAGE}/unlock")).status_code == 303
    world.checkout.failing["unlock"] = Conflict("The charge point would not release it.")
    answer = await browser.post(f"{PAGE}/unlock")
    assert answer.status_code == 409
    assert "would not release it" in visible_text(answer.text)


async def test_a_pasted_invoice_takes_the_refund(
    world: DriverWorld, browser: httpx.AsyncClient
) -> None:
    world.show(ended())
    answer = await browser.post(f"{PAGE}/refund", data={"invoice": " lightning:lnbc1abc "})
    assert answer.status_code == 303
    assert world.checkout.called("claim_refund") == [("claim_refund", TOKEN, "k1", "lnbc1abc")]


async def test_the_sandbox_takes_the_refund(world: DriverWorld, browser: httpx.AsyncClient) -> None:
    world.show(ended())
    assert "sandbox" not in (await browser.get(PAGE)).text.lower()
    world.facts.facts = samples.facts(is_sandbox=True)
    assert "Take it to the sandbox" in (await browser.get(PAGE)).text
    assert (await browser.post(f"{PAGE}/refund/sandbox")).status_code == 303
    claimed: Any = world.checkout.called("claim_refund")[0]
    assert claimed[3] == f"lnbcrt-{samples.TENANT}-5882000"


async def test_actions_with_a_wrong_token_find_nothing(browser: httpx.AsyncClient) -> None:
    for action in ("top-up", "refund", "unlock"):
        answer = await browser.post(f"/s/a.b.c/{action}", data={"amount_sat": "1"})
        assert answer.status_code in (303, 404)


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
async def test_what_owners_write_is_only_text(
    world: DriverWorld, browser: httpx.AsyncClient, hostile: str
) -> None:
    world.show(view(owner=hostile, charge_point=hostile, tariff=hostile, location=hostile))
    assert hostile not in (await browser.get(PAGE)).text
