"""What single wallets insist on; each broke somebody's payments before."""

from __future__ import annotations

import base64
from dataclasses import replace
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import lnurl
import pytest
from lnurl.helpers import aes_decrypt
from lnurl.models import LnurlResponse

from app.charging.pricing import plain_elements
from app.checkout.lnurl_codes import encode_lnurl, printed_link
from app.checkout.settings import CheckoutSettings
from app.lnurl_api.success import encrypted, success_action
from app.settings import settings_of
from tests.checkout.world import BASE, OWNER, SeededChance
from tests.checkout.world import reprice as new_price
from tests.lnurl_api.conftest import Driver
from tests.support.lnurl_vectors import VECTORS

PREIMAGE = VECTORS["lud10"]["preimage"]


async def reprice(driver: Driver, price: str) -> None:
    await new_price(driver.shop.tables, elements=plain_elements(Decimal(price)))


def nulls(value: object) -> bool:
    if isinstance(value, dict):
        return any(map(nulls, value.values()))
    if isinstance(value, list):
        return any(map(nulls, value))
    return value is None


def test_lud_01_the_documents_url_is_the_documents_code() -> None:
    assert encode_lnurl(VECTORS["lud01"]["url"]) == VECTORS["lud01"]["lnurl"]


@pytest.mark.parametrize("price", ["0", "0.00001", "0.50"])
async def test_phoenix_and_others_need_a_sat_at_least(driver: Driver, price: str) -> None:
    """Below 1000 msat Phoenix, Wallet of Satoshi and Cash App fail."""
    await reprice(driver, price)
    answer = await driver.scans()
    assert answer["minSendable"] >= 1000
    assert answer["minSendable"] % 1000 == 0


async def test_phoenix_on_ios_crashes_at_nulls(driver: Driver) -> None:
    request = await driver.scans()
    assert not nulls(request)
    assert not nulls(await driver.get(request["callback"], amount=5_000_000))
    token = await driver.pays()
    assert not nulls(await driver.get(f"/lnurl/topup/{token}"))
    await driver.shop.starts(token.split(".")[1])
    await driver.shop.stops(token.split(".")[1], 6000)
    assert not nulls(await driver.get(f"/lnurl/withdraw/{token}"))


async def test_routes_is_an_empty_list_for_wallets_that_insist(driver: Driver) -> None:
    assert (await driver.asks())["routes"] == []


def test_phoenix_reads_the_printed_code_as_bech32_only() -> None:
    link = printed_link(f"{BASE}/c/garage-1", encode_lnurl(f"{BASE}/lnurl/pay/garage-1"))
    (code,) = parse_qs(urlsplit(link).query)["lightning"]
    assert code == code.upper()
    assert str(lnurl.decode(code)) == f"{BASE}/lnurl/pay/garage-1"


async def test_zeus_refuses_what_is_not_https(driver: Driver) -> None:
    """Beyond this machine no address of ours is plain http."""
    request = await driver.scans()
    answer = await driver.get(request["callback"], amount=5_000_000)
    urls = [request["callback"], answer["verify"], answer["successAction"]["url"]]
    assert all(url.startswith("https://strom.example/") for url in urls)


@pytest.mark.parametrize("url", ["http://strom.example", "http://192.168.1.20:8000"])
def test_a_public_address_without_https_is_refused_at_start(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        settings_of(public_base_url=url)


async def test_electrum_refuses_any_success_action_and_its_user_has_a_pin(driver: Driver) -> None:
    """A comment of digits alone is a PIN, and the answer to it has no success action."""
    request = await driver.scans()
    assert request["commentAllowed"] >= 8
    assert "PIN" in request["metadata"]
    answer = await driver.get(request["callback"], amount=5_000_000, comment="2580")
    assert "successAction" not in answer
    shop = driver.shop
    await shop.payer.pay(OWNER, answer["pr"])
    token = answer["verify"].rpartition("/")[2]
    await shop.checkout.hint(OWNER, token.split(".")[1])
    assert await shop.checkout.link_by_pin("garage-1", None, "2580")
    plain = await driver.get(request["callback"], amount=5_000_000, comment="flat 2580")
    assert plain["status"] == "ERROR" or "successAction" in plain


async def test_lnbits_gets_the_page_instead_of_reading_its_code(driver: Driver) -> None:
    """LNbits does not read ``?lightning=``; it GETs the URL, and the page answers JSON there."""
    from tests.portal.driver.world import make_world

    world = make_world()
    transport = httpx.ASGITransport(app=world.app)  # type: ignore[arg-type]  # ASGI, typed more narrowly
    async with httpx.AsyncClient(transport=transport, base_url=world.base_url) as lnbits:
        answer = await lnbits.get("/c/garage-1?lightning=LNURL1X")
    assert answer.json()["tag"] == "payRequest"


# --- LUD-10 --------------------------------------------------------------------------------------


def test_lud_10_the_cipher_is_openssls() -> None:
    vector = VECTORS["lud10"]
    cipher = encrypted(
        vector["plaintext"], bytes.fromhex(vector["preimage"]), bytes.fromhex(vector["iv"])
    )
    assert base64.b64encode(cipher).decode() == vector["ciphertext_base64"]


async def action_of(driver: Driver, settings: CheckoutSettings, preimage: str | None) -> Any:
    issued = replace(await driver.shop.asks(), preimage=preimage)
    return success_action(issued, settings, SeededChance()), issued.session_token


async def test_lud_10_the_link_is_readable_with_the_preimage_alone(driver: Driver) -> None:
    settings = CheckoutSettings(BASE, success_action="aes")
    action, token = await action_of(driver, settings, PREIMAGE)
    assert token not in repr(action)
    assert len(action["iv"]) == 24
    read = LnurlResponse.from_dict({"pr": (await driver.asks())["pr"], "successAction": action})
    assert isinstance(read, lnurl.LnurlPayActionResponse)
    text = aes_decrypt(bytes.fromhex(PREIMAGE), action["ciphertext"], action["iv"])
    assert text == f"{BASE}/s/{token}"
    with pytest.raises(ValueError):  # noqa: PT011  # whatever the library says of a wrong key
        aes_decrypt(b"\x01" * 32, action["ciphertext"], action["iv"])


@pytest.mark.parametrize(("setting", "preimage"), [("url", PREIMAGE), ("aes", None)])
async def test_lud_10_elsewhere_it_is_a_link(
    driver: Driver, setting: Any, preimage: str | None
) -> None:
    settings = CheckoutSettings(BASE, success_action=setting)
    action, token = await action_of(driver, settings, preimage)
    assert action["tag"] == "url"
    assert action["url"] == f"{BASE}/s/{token}"


# --- LUD-14, LUD-15 ------------------------------------------------------------------------------


async def test_lud_14_looking_at_the_balance_stops_no_charge(driver: Driver) -> None:
    token = await driver.pays()
    session_id = token.split(".")[1]
    await driver.shop.starts(session_id)
    balance = await driver.get(f"/lnurl/withdraw/{token}/balance")
    assert (balance["minWithdrawable"], balance["maxWithdrawable"]) == (0, 0)
    assert not (await driver.shop.checkout.session(token)).stop_pending
    await driver.shop.stops(session_id, 6000)
    request = await driver.get(f"/lnurl/withdraw/{token}")
    assert request["balanceCheck"] == f"{BASE}/lnurl/withdraw/{token}/balance"
    assert await driver.get(request["balanceCheck"]) == request


async def test_lud_15_a_wallet_may_ask_to_be_told(driver: Driver) -> None:
    token = await driver.pays()
    await driver.shop.checkout.stop(token)
    request = await driver.get(f"/lnurl/withdraw/{token}")
    pr = await driver.shop.refund_invoice(request["maxWithdrawable"])
    notify = "https://wallet.example/notify?user=1"
    answer = await driver.get(request["callback"], k1=request["k1"], pr=pr, balanceNotify=notify)
    assert answer == {"status": "OK"}
    assert (await driver.shop.session(token.split(".")[1])).reach.known
