"""Stopping and refunding by LNURL-withdraw, behind the session's link."""

from __future__ import annotations

import asyncio
from typing import Any

import lnurl
import pytest
from lnurl.models import LnurlResponse

from app.invoices import decode
from tests.checkout.world import OWNER
from tests.lnurl_api.conftest import Driver


async def has_charged(driver: Driver, energy_wh: int = 6000) -> str:
    """Paid 10,000 sats, charged for half a sat a Wh."""
    token = await driver.pays()
    session_id = token.split(".")[1]
    await driver.shop.starts(session_id)
    await driver.shop.stops(session_id, energy_wh)
    return token


async def withdraws(driver: Driver, request: dict[str, Any], pr: str = "") -> dict[str, Any]:
    pr = pr or await driver.shop.refund_invoice(request["maxWithdrawable"])
    return await driver.get(request["callback"], k1=request["k1"], pr=pr)


async def test_the_withdraw_request_is_what_the_lnurl_package_reads(driver: Driver) -> None:
    request = await driver.get(f"/lnurl/withdraw/{await has_charged(driver)}")
    read = LnurlResponse.from_dict(dict(request))
    assert isinstance(read, lnurl.LnurlWithdrawResponse)
    assert read.model_dump(mode="json", exclude_none=True) == request
    assert request["minWithdrawable"] == request["maxWithdrawable"] == 7_000_000


async def test_what_is_left_is_paid_to_the_drivers_invoice(driver: Driver) -> None:
    token = await has_charged(driver)
    request = await driver.get(f"/lnurl/withdraw/{token}")
    pr = await driver.shop.refund_invoice(7_000_000)
    assert await withdraws(driver, request, pr) == {"status": "OK"}
    assert await withdraws(driver, request, pr) == {"status": "OK"}
    await driver.shop.performs()
    assert await driver.shop.payer.has_received(OWNER, decode(pr).payment_hash)
    assert await withdraws(driver, request, pr) == {"status": "OK"}
    assert "has been paid" in await driver.is_refused(f"/lnurl/withdraw/{token}")


async def test_scanning_stops_a_charge_and_asks_to_scan_again(driver: Driver) -> None:
    token = await driver.pays()
    await driver.shop.starts(token.split(".")[1])
    assert "scan again" in await driver.is_refused(f"/lnurl/withdraw/{token}")
    view = await driver.shop.checkout.session(token)
    assert view.stop_pending


async def test_before_the_payment_the_link_gives_nothing(driver: Driver) -> None:
    answer = await driver.asks()
    token = answer["successAction"]["url"].rpartition("/")[2]
    assert "not been paid" in await driver.is_refused(f"/lnurl/withdraw/{token}")


async def test_the_public_address_never_gives_money(driver: Driver) -> None:
    await has_charged(driver)
    answer = await driver.scans()
    assert answer["tag"] == "payRequest"


@pytest.mark.parametrize("k1", ["", "0" * 64, "zz", "a" * 5000])
async def test_a_forged_k1_is_refused(driver: Driver, k1: str) -> None:
    request = await driver.get(f"/lnurl/withdraw/{await has_charged(driver)}")
    pr = await driver.shop.refund_invoice(7_000_000)
    await driver.is_refused(request["callback"], k1=k1, pr=pr)


async def test_a_second_invoice_for_one_k1_is_refused(driver: Driver) -> None:
    request = await driver.get(f"/lnurl/withdraw/{await has_charged(driver)}")
    assert await withdraws(driver, request) == {"status": "OK"}
    second = await driver.shop.refund_invoice(7_000_000)
    assert (await withdraws(driver, request, second))["status"] == "ERROR"
    await driver.shop.performs()
    assert (await withdraws(driver, request, second))["status"] == "ERROR"


@pytest.mark.parametrize("pr", ["", "lnbcrt1", "not an invoice", "lnbc" + "q" * 6000])
async def test_nonsense_for_an_invoice_is_refused(driver: Driver, pr: str) -> None:
    request = await driver.get(f"/lnurl/withdraw/{await has_charged(driver)}")
    await driver.is_refused(request["callback"], k1=request["k1"], pr=pr)


async def test_a_hundred_wallets_at_once_get_one_refund(driver: Driver) -> None:
    request = await driver.get(f"/lnurl/withdraw/{await has_charged(driver)}")
    prs = [await driver.shop.refund_invoice(7_000_000) for _ in range(100)]
    answers = await asyncio.gather(*(withdraws(driver, request, pr) for pr in prs))
    assert sum(answer["status"] == "OK" for answer in answers) == 1
    await driver.shop.performs()
    hashes = [decode(pr).payment_hash for pr in prs]
    assert sum([await driver.shop.payer.has_received(OWNER, one) for one in hashes]) == 1


async def test_a_forged_link_gives_nothing(driver: Driver) -> None:
    for token in ("x", "owner0000001.session.mac", "%C3%BC.a.b", "a" * 3000):
        await driver.is_refused(f"/lnurl/withdraw/{token}")
        await driver.is_refused(f"/lnurl/withdraw/{token}/callback", k1="a", pr="b")
