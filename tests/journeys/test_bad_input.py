"""What must not work does not, says why in a wallet's words, and leaves no invoice behind."""

import secrets

import httpx
import pytest

from tests.journeys.chargers import Charger
from tests.journeys.checks import assert_balances, assert_ledger, assert_refund_offered
from tests.journeys.conftest import Arrives
from tests.journeys.drivers import MSAT, Driver, lnurlp
from tests.journeys.owners import Owner
from tests.journeys.serving import ServedStrom, assert_log_is_clean
from tests.journeys.wallet_line import WalletLine
from tests.support.lnbits import LnbitsPayment

WRONG_AMOUNTS = ("1", "1000500", "300001000", "0", "-5000", "ten", "1e6", "")


@pytest.mark.on_aws
async def test_an_unknown_address(strom: ServedStrom, driver: Driver) -> None:
    address = f"nobody-{secrets.token_hex(4)}@{httpx.URL(strom.url).netloc.decode()}"

    assert "no charge point" in await driver.is_refused(address, 100)
    assert (await driver.gets(lnurlp(address)))["status"] == "ERROR"


async def test_a_wrong_amount(owner: Owner, charger: Charger, driver: Driver) -> None:
    invoices = await owner.invoices()
    offer = await driver.gets(lnurlp(charger.address))

    answers = [await driver.gets(offer["callback"], amount=amount) for amount in WRONG_AMOUNTS]

    for answer in answers:
        assert_is_error(answer)
    assert await owner.invoices() == invoices


@pytest.mark.on_aws
async def test_an_offline_charger(owner: Owner, charger: Charger, driver: Driver) -> None:
    offer = await driver.gets(lnurlp(charger.address))
    invoices = await owner.invoices()
    await charger.device.close()
    await charger.is_seen_offline()

    assert "offline" in await driver.is_refused(charger.address, 100)
    answer = await driver.gets(offer["callback"], amount=100 * MSAT)

    assert "offline" in assert_is_error(answer)
    await nothing_was_sold(owner, driver, invoices)


async def test_a_taken_connector(
    owner: Owner, charger: Charger, driver: Driver, arrives: Arrives
) -> None:
    late = await arrives()
    offer = await late.gets(lnurlp(charger.address))
    await driver.pays(charger.address, 100)
    await driver.sees(paid_msat=100_000)
    invoices = await owner.invoices()

    assert "In use" in await late.is_refused(charger.address, 100)
    answer = await late.gets(offer["callback"], amount=100 * MSAT)

    assert "In use" in assert_is_error(answer)
    assert await owner.invoices() == invoices
    await assert_balances({late: 0, driver: -100, owner: 100})


async def test_a_faulted_charger(owner: Owner, charger: Charger, driver: Driver) -> None:
    invoices = await owner.invoices()
    charger.faults()
    await charger.is_seen_as("Faulted")

    assert "fault" in await driver.is_refused(charger.address, 100)

    await nothing_was_sold(owner, driver, invoices)


@pytest.mark.on_aws
async def test_an_unreachable_wallet(
    line: WalletLine, owner: Owner, charger: Charger, driver: Driver
) -> None:
    offer = await driver.gets(lnurlp(charger.address))
    invoices = await owner.invoices()
    line.goes_down()

    assert "wallet" in await driver.is_refused(charger.address, 100)
    answer = await driver.gets(offer["callback"], amount=100 * MSAT)

    assert "wallet" in assert_is_error(answer)
    await nothing_was_sold(owner, driver, invoices)


async def test_a_forged_quote(owner: Owner, charger: Charger, driver: Driver) -> None:
    invoices = await owner.invoices()
    offer = await driver.gets(lnurlp(charger.address))

    answer = await driver.gets(changed(offer["callback"]), amount=100 * MSAT)

    assert_is_error(answer)
    await nothing_was_sold(owner, driver, invoices)


@pytest.mark.on_aws
async def test_a_webhook_proves_nothing(
    strom: ServedStrom, owner: Owner, charger: Charger, driver: Driver
) -> None:
    invoice = await driver.asks_for_invoice(charger.address, 1_000)
    open_one = next(each for each in await owner.invoices() if each.bolt11 == invoice.bolt11)
    found = await owner.node.call(
        "GET", f"/api/v1/payments/{open_one.payment_hash}", key=owner.wallet.inkey
    )
    url = found["details"]["webhook"]
    strom.secrets.add(url.rsplit("/", 1)[1])
    lie = {"payment_hash": open_one.payment_hash, "paid": True, "pending": False, "amount": 10**6}

    forged = await driver.browser.post(changed(url), json=lie)
    lied = await driver.browser.post(url, json=lie)

    assert forged.status_code == 404
    assert lied.status_code == 200
    assert "forged" in strom.log
    page = await driver.browser.get(f"{invoice.page}.json")
    assert page.status_code == 409, "a link is inert until its payment was seen"
    assert (await owner.get("/sessions"))["sessions"] == []
    assert charger.starts == 0

    await driver.pays_invoice(invoice)
    await charger.was_told_to_start()


@pytest.mark.on_aws
async def test_one_k1_pays_one_invoice(
    owner: Owner, charger: Charger, driver: Driver, arrives: Arrives
) -> None:
    thief = await arrives()
    charger.refuses_starts()
    await driver.pays(charger.address, 700)
    await assert_refund_offered(driver, sats=700)
    offer = await driver.gets(driver.withdraw_url)
    callback, k1 = offer["callback"], offer["k1"]
    assert offer["minWithdrawable"] == offer["maxWithdrawable"] == 700 * MSAT

    async def claims(k1: str, bolt11: str) -> bool:
        answer = await driver.gets(callback, k1=k1, pr=bolt11)
        return answer == {"status": "OK"} or not assert_is_error(answer)

    assert not await claims(changed(k1), await thief.makes_invoice(700))
    assert not await claims(secrets.token_hex(32), await thief.makes_invoice(700))
    assert not await claims(k1, await driver.makes_invoice(701))
    assert not await claims(k1, await driver.makes_invoice(699))
    assert not await claims(k1, "lnbc1nonsense")
    mine = await driver.makes_invoice(700)
    assert await claims(k1, mine)
    assert await claims(k1, mine), "asked again, the same is answered"
    assert not await claims(k1, await thief.makes_invoice(700))
    await driver.sees(refund_state="paid")
    assert not await claims(k1, await thief.makes_invoice(700))
    assert await claims(k1, mine)

    assert_is_error(await driver.gets(driver.withdraw_url))
    await assert_balances({driver: 0, thief: 0, owner: 0})
    await assert_ledger(owner, driver, paid=700_000, refunded=700_000)


async def test_a_forged_session_link(charger: Charger, driver: Driver) -> None:
    await driver.pays(charger.address, 100)
    await driver.sees(paid_msat=100_000)

    page = await driver.browser.get(changed(driver.page))
    stopped = await driver.browser.post(f"{changed(driver.page)}/stop")
    withdrawn = await driver.gets(changed(driver.withdraw_url))

    assert page.status_code == stopped.status_code == 404
    assert_is_error(withdrawn)
    assert (await driver.view())["phase"] == "starting"


async def test_no_secret_and_no_stack_trace_reaches_an_answer_or_the_log(
    strom: ServedStrom, owner: Owner, charger: Charger, driver: Driver
) -> None:
    await driver.pays(charger.address, 100)
    for path in ("/s/x", "/c/x", "/lnurl/withdraw/x", "/lnurl/verify/x", "/hooks/wallet/x"):
        for method in ("GET", "POST", "DELETE"):
            answer = await driver.browser.request(method, strom.url + path, content=b"\x00{")
            assert answer.status_code < 500, (method, path)
            assert "Traceback" not in answer.text

    assert_log_is_clean(strom)
    assert all(len(secret) > 8 for secret in strom.secrets)
    assert "password" not in strom.log.lower()


def assert_is_error(answer: dict[str, object]) -> str:
    """What a wallet can show (LUD-06, LUD-09); returns its text."""
    assert answer.get("status") == "ERROR", answer
    reason = answer["reason"]
    assert isinstance(reason, str)
    assert 0 < len(reason) <= 144
    assert "Traceback" not in reason
    return reason


async def nothing_was_sold(owner: Owner, driver: Driver, invoices: list[LnbitsPayment]) -> None:
    assert await owner.invoices() == invoices
    await assert_balances({driver: 0, owner: 0})


def changed(token: str) -> str:
    """The same with another last character."""
    return token[:-1] + ("a" if token[-1] != "a" else "b")
