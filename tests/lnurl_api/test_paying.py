"""Paying by LNURL, as wallets read it."""

from __future__ import annotations

import json
from datetime import timedelta
from hashlib import sha256

import httpx
import lnurl
import pytest
from lnurl.models import LnurlPayVerifyResponse, LnurlResponse

from app.charging.session import Phase
from app.checkout.lnurl_codes import encode_lnurl, printed_link, with_scheme
from app.invoices import decode
from tests.checkout.world import BASE, FakeWallet
from tests.lnurl_api.conftest import Driver


async def test_the_pay_request_is_what_the_lnurl_package_reads(driver: Driver) -> None:
    answer = await driver.scans()
    read = LnurlResponse.from_dict(dict(answer))
    assert isinstance(read, lnurl.LnurlPayResponse)
    assert read.model_dump(mode="json", exclude_none=True) == answer  # nothing is lost
    assert read.metadata.text.startswith("Charging at Garage left")
    assert (read.min_sats, read.commentAllowed) == (5, 140)
    assert None not in answer.values()


async def test_address_and_lnurl_answer_alike(driver: Driver) -> None:
    first, second = await driver.scans(), await driver.get("/lnurl/pay/garage-1")
    assert first.keys() == second.keys()
    assert first["metadata"] == second["metadata"]
    assert dict(json.loads(first["metadata"]))["text/identifier"] == "garage-1@strom.example"


async def test_the_callback_survives_clients_that_replace_its_query(driver: Driver) -> None:
    callback = (await driver.scans())["callback"]
    sent = httpx.Request("GET", callback, params={"amount": 5_000_000}).url
    answer = await driver.get(str(sent))
    assert decode(answer["pr"]).amount_msat == 5_000_000


async def test_the_invoice_is_what_the_lnurl_package_reads(driver: Driver) -> None:
    request = await driver.scans()
    answer = await driver.get(request["callback"], amount=5_000_000, comment="Grüße")
    read = LnurlResponse.from_dict(json.loads(json.dumps(answer)))
    assert isinstance(read, lnurl.LnurlPayActionResponse)
    assert (answer["routes"], answer["disposable"]) == ([], False)
    invoice = decode(answer["pr"])
    assert invoice.description_hash == sha256(request["metadata"].encode()).hexdigest()
    action = answer["successAction"]
    assert action["tag"] == "url"
    assert len(action["description"]) <= 144
    assert httpx.URL(action["url"]).host == httpx.URL(request["callback"]).host


async def test_a_paid_invoice_starts_the_charge_by_its_webhook(driver: Driver) -> None:
    token = await driver.pays()
    view = await driver.shop.checkout.session(token)
    assert view.phase == Phase.STARTING
    assert len(driver.shop.commands) == 1


async def test_a_webhook_that_rings_twice_starts_once(driver: Driver) -> None:
    rung: list[str] = []
    issued = await driver.asks()
    rows = [row for row in driver.shop.tables.rows() if "webhook_url" in row]
    rung = [str(row["webhook_url"]) for row in rows]
    await driver.shop.payer.pay("owner0000001", issued["pr"])
    for url in rung * 3:
        await driver.rings(url)
    assert len(driver.shop.commands) == 1


async def test_a_webhook_alone_is_no_payment(driver: Driver) -> None:
    await driver.asks()
    url = next(str(row["webhook_url"]) for row in driver.shop.tables.rows() if "webhook_url" in row)
    await driver.rings(url)
    assert driver.shop.commands == []


@pytest.mark.parametrize("token", ["x", "owner0000001.s.n.mac", "%C3%BC", "a" * 3000])
async def test_a_forged_webhook_is_ignored_and_logged(
    driver: Driver, token: str, caplog: pytest.LogCaptureFixture
) -> None:
    wallet = driver.shop.wallets.wallet = FakeWallet()
    answer = await driver.http.post(f"/hooks/wallet/{token}", json={"paid": True})
    assert (answer.status_code, answer.content) == (404, b"")
    ours = [record for record in caplog.records if record.name.startswith("app.")]
    assert ["forged" in record.getMessage() for record in ours] == [True]
    assert wallet.look_ups == 0


async def test_verify_tells_when_it_is_paid_and_never_the_preimage(driver: Driver) -> None:
    answer = await driver.asks()
    before = await driver.get(answer["verify"])
    assert before == {"status": "OK", "settled": False, "preimage": None, "pr": answer["pr"]}
    await driver.shop.payer.pay("owner0000001", answer["pr"])
    driver.shop.clock.at += timedelta(seconds=2)
    after = await driver.get(answer["verify"])
    assert after == {"status": "OK", "settled": True, "preimage": None, "pr": answer["pr"]}
    assert LnurlPayVerifyResponse(**after).settled


async def test_a_forged_verify_is_refused(driver: Driver) -> None:
    await driver.is_refused("/lnurl/verify/owner0000001.s.h.pr.mac")


# --- bad input -----------------------------------------------------------------------------------


async def test_an_unknown_address_is_an_error_a_wallet_shows(driver: Driver) -> None:
    for name in ("nobody", "a@b", "%00", "x" * 500):
        await driver.is_refused(f"/lnurl/pay/{name}")


@pytest.mark.parametrize("amount", ["", "abc", "-5000", "1e6", "5000.5", "0", "٥", "9" * 40, "1"])
async def test_a_wrong_amount_is_refused(driver: Driver, amount: str) -> None:
    callback = (await driver.scans())["callback"]
    await driver.is_refused(callback, amount=amount)
    await driver.is_refused(callback)
    assert driver.shop.queue.refs == []


async def test_an_expired_quote_is_refused(driver: Driver) -> None:
    callback = (await driver.scans())["callback"]
    driver.shop.clock.at += timedelta(seconds=601)
    assert "expired" in await driver.is_refused(callback, amount=5_000_000)


async def test_a_forged_quote_is_refused(driver: Driver) -> None:
    await driver.is_refused("/lnurl/pay/garage-1/callback/forged.mac", amount=5_000_000)


@pytest.mark.parametrize("status", ["Charging", "Finishing", "Faulted", "Unavailable", "Reserved"])
async def test_a_state_that_forbids_it_is_told(driver: Driver, status: str) -> None:
    callback = (await driver.scans())["callback"]
    await driver.shop.says(1, status)
    reason = await driver.is_refused("/lnurl/pay/garage-1")
    assert reason == await driver.is_refused(callback, amount=5_000_000)


async def test_an_offline_charge_point_is_told(driver: Driver) -> None:
    callback = (await driver.scans())["callback"]
    await driver.shop.goes_offline()
    assert "offline" in await driver.is_refused("/lnurl/pay/garage-1")
    assert "offline" in await driver.is_refused(callback, amount=5_000_000)


async def test_a_taken_connector_is_told(driver: Driver) -> None:
    callback = (await driver.scans())["callback"]
    await driver.pays()
    assert "In use" in await driver.is_refused(callback, amount=5_000_000)
    assert "In use" in await driver.is_refused("/lnurl/pay/garage-1")


async def test_an_unreachable_wallet_is_told(driver: Driver) -> None:
    callback = (await driver.scans())["callback"]
    driver.shop.wallets.wallet = FakeWallet(spendable=None)
    assert "wallet" in await driver.is_refused(callback, amount=5_000_000)


async def test_a_defect_of_ours_tells_nothing(
    driver: Driver, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("secret-detail")

    driver.shop.tables.faults.before_read = broken
    reason = await driver.is_refused("/lnurl/pay/garage-1")
    assert "secret-detail" not in reason
    assert "secret-detail" in caplog.text  # the story is in the log


# --- top-up ----------------------------------------------------------------------------------


async def test_a_top_up_is_paid_like_anything_else(driver: Driver) -> None:
    token = await driver.pays()
    request = await driver.get(f"/lnurl/topup/{token}")
    assert isinstance(LnurlResponse.from_dict(dict(request)), lnurl.LnurlPayResponse)
    answer = await driver.get(request["callback"], amount=2_000_000)
    invoice = decode(answer["pr"])
    assert invoice.description_hash == sha256(request["metadata"].encode()).hexdigest()
    assert answer["successAction"]["url"] == f"{BASE}/s/{token}"
    await driver.shop.payer.pay("owner0000001", answer["pr"])
    assert (await driver.shop.checkout.session(token)).budget_msat == 12_000_000


async def test_a_top_up_of_nothing_paid_or_nothing_running_is_refused(driver: Driver) -> None:
    answer = await driver.asks()
    token = answer["successAction"]["url"].rpartition("/")[2]
    assert "not been paid" in await driver.is_refused(f"/lnurl/topup/{token}")
    paid = await driver.pays()
    await driver.shop.checkout.stop(paid)
    assert "over" in await driver.is_refused(f"/lnurl/topup/{paid}")


# --- codes -----------------------------------------------------------------------------------


def test_lnurl_codes_are_upper_case_and_read_back() -> None:
    url = f"{BASE}/lnurl/pay/garage-1"
    code = encode_lnurl(url)
    assert code == code.upper()
    assert str(lnurl.decode(code)) == url
    assert code == str(lnurl.encode(url).bech32)
    assert with_scheme(url, "lnurlp") == "lnurlp://strom.example/lnurl/pay/garage-1"
    assert printed_link(f"{BASE}/c/garage-1", code) == f"{BASE}/c/garage-1?lightning={code}"
