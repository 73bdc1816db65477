"""Who pays: LUD-18 asked for and hashed, LUD-04 to find the charge again."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any
from urllib.parse import unquote

import lnurl
import pytest
from lnurl.models import LnurlResponse

from app.invoices import decode
from tests.checkout.address_book import BOB
from tests.checkout.world import OWNER
from tests.lnurl_api.conftest import Driver
from tests.support.lnurl_vectors import VECTORS
from tests.support.wallet_key import LinkingKey

WALLET = LinkingKey()


def signed(request: dict[str, Any], wallet: LinkingKey = WALLET) -> dict[str, str]:
    k1 = request["payerData"]["auth"]["k1"]
    return {"key": wallet.key, "k1": k1, "sig": wallet.signs(k1)}


async def asks_signed(driver: Driver, **more: object) -> dict[str, Any]:
    request = await driver.scans()
    sent = json.dumps({"auth": signed(request), **more})
    return await driver.get(request["callback"], amount=5_000_000, payerdata=sent)


async def my_charges(driver: Driver, wallet: LinkingKey = WALLET) -> list[str] | None:
    """The tokens that a browser learns after the wallet has signed its challenge."""
    checkout = driver.shop.checkout
    asked = checkout.ask_wallet()
    assert await checkout.charges_of_wallet(asked.k1, asked.secret) is None
    query = {"tag": "login", "action": "auth", "k1": asked.k1}
    answer = await driver.get("/lnurl/auth", **query, sig=wallet.signs(asked.k1), key=wallet.key)
    assert answer == {"status": "OK"}
    found = await checkout.charges_of_wallet(asked.k1, asked.secret)
    return None if found is None else [charge.token for charge in found]


async def test_identifier_and_auth_are_asked_for_and_nothing_is_mandatory(driver: Driver) -> None:
    answer = await driver.scans()
    asked = answer["payerData"]
    assert asked.keys() == {"identifier", "auth"}
    assert not any(each["mandatory"] for each in asked.values())
    assert len(bytes.fromhex(asked["auth"]["k1"])) == 32
    assert asked["auth"]["k1"] != (await driver.scans())["payerData"]["auth"]["k1"]
    read = LnurlResponse.from_dict(dict(answer))
    assert isinstance(read, lnurl.LnurlPayResponse)
    assert read.payerData is not None


def test_the_documents_example_is_what_is_hashed() -> None:
    example = VECTORS["lud18"]
    said = unquote(example["payerdata_urlencoded"])
    assert example["metadata"] + said == example["described"]


async def test_what_the_wallet_says_is_hashed_verbatim_after_the_metadata(driver: Driver) -> None:
    request = await driver.scans()
    said = '{ "name": "Bøb",  "identifier":"bob@wallet.example" , "extra": [1, 2]}'
    answer = await driver.get(request["callback"], amount=5_000_000, payerdata=said)
    described = (request["metadata"] + said).encode()
    assert decode(answer["pr"]).description_hash == sha256(described).hexdigest()


async def test_the_refund_goes_to_the_identifier(driver: Driver) -> None:
    request = await driver.scans()
    said = json.dumps({"identifier": BOB})
    answer = await driver.get(request["callback"], amount=5_000_000, payerdata=said)
    shop = driver.shop
    await shop.payer.pay(OWNER, answer["pr"])
    token = str(answer["successAction"]["url"]).rpartition("/")[2]
    await shop.checkout.hint(OWNER, token.split(".")[1])
    await shop.checkout.stop(token)
    await shop.performs()
    assert await shop.payer.has_received(OWNER, shop.addresses.hashes[0])
    assert "has been paid" in await driver.is_refused(f"/lnurl/withdraw/{token}")


@pytest.mark.parametrize("said", ["{", "5", '{"identifier": "bob"}', "x" * 2001])
async def test_payer_data_that_cannot_be_used_is_told(driver: Driver, said: str) -> None:
    callback = (await driver.scans())["callback"]
    await driver.is_refused(callback, amount=5_000_000, payerdata=said)


# --- auth --------------------------------------------------------------------------------------


async def test_the_wallet_that_signed_finds_its_charge_again(driver: Driver) -> None:
    answer = await asks_signed(driver)
    token = str(answer["successAction"]["url"]).rpartition("/")[2]
    assert await my_charges(driver) == []  # not paid: inert
    await driver.shop.payer.pay(OWNER, answer["pr"])
    await driver.shop.checkout.hint(OWNER, token.split(".")[1])
    assert await my_charges(driver) == [token]
    assert await my_charges(driver, LinkingKey(8)) == []


async def test_a_wrong_signature_is_refused_before_an_invoice_is_made(driver: Driver) -> None:
    request = await driver.scans()
    forged = {**signed(request), "key": LinkingKey(8).key}
    sent = json.dumps({"auth": forged})
    reason = await driver.is_refused(request["callback"], amount=5_000_000, payerdata=sent)
    assert "signature" in reason
    assert not [r for r in driver.shop.tables.rows() if str(r["sk"]).startswith("E#await")]


async def test_a_signed_challenge_is_taken_once(driver: Driver) -> None:
    request = await driver.scans()
    sent = json.dumps({"auth": signed(request)})
    await driver.get(request["callback"], amount=5_000_000, payerdata=sent)
    await driver.is_refused(request["callback"], amount=5_000_000, payerdata=sent)


async def test_a_challenge_of_a_login_page_signs_no_payment_and_the_other_way(
    driver: Driver,
) -> None:
    asked = driver.shop.checkout.ask_wallet()
    auth = {"key": WALLET.key, "k1": asked.k1, "sig": WALLET.signs(asked.k1)}
    callback = (await driver.scans())["callback"]
    sent = json.dumps({"auth": auth})
    await driver.is_refused(callback, amount=5_000_000, payerdata=sent)
    payers = signed(await driver.scans())
    for action in ("auth", "login", "link", "register"):
        await driver.is_refused("/lnurl/auth", tag="login", action=action, **payers)


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"tag": "login"},
        {"tag": "login", "action": "steal"},
        {"tag": "payRequest"},
        {"tag": "login", "k1": "00" * 32, "sig": "00", "key": "02"},
    ],
)
async def test_anything_else_at_the_auth_endpoint_is_refused(
    driver: Driver, query: dict[str, str]
) -> None:
    await driver.is_refused("/lnurl/auth", **query)
