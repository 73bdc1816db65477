"""The real LNbits that the journeys pay with does what they take for granted."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.support.lnbits import LnbitsError, LnbitsNode, LnbitsWalletKeys, as_lnurl


async def test_two_wallets_pay_each_other(lnbits: LnbitsNode) -> None:
    driver = await lnbits.create_wallet("driver", sats=5_000)
    owner = await lnbits.create_wallet("owner")

    paid = await lnbits.pay_bolt11(driver, await lnbits.create_invoice(owner, 1_200))

    assert paid.amount_msat == -1_200_000
    assert (await lnbits.payment(driver, paid.payment_hash)).is_paid
    assert (await lnbits.payment(owner, paid.payment_hash)).is_paid
    assert await lnbits.balance_sats(driver) == 3_800
    assert await lnbits.balance_sats(owner) == 1_200

    await lnbits.pay_bolt11(owner, await lnbits.create_invoice(driver, 200))

    assert await lnbits.balance_sats(driver) == 4_000
    assert await lnbits.balance_sats(owner) == 1_000


async def test_an_empty_wallet_cannot_pay(lnbits: LnbitsNode) -> None:
    poor = await lnbits.create_wallet("poor")
    owner = await lnbits.create_wallet("owner")

    with pytest.raises(LnbitsError, match=r"(?i)insufficient balance"):
        await lnbits.pay_bolt11(poor, await lnbits.create_invoice(owner, 10))

    assert await lnbits.balance_sats(owner) == 0


def test_an_address_here_becomes_the_lnurl_of_its_url() -> None:
    address = as_lnurl("garage@127.0.0.1:8000")

    assert address.startswith(("LNURL1", "lnurl1"))
    assert as_lnurl("http://127.0.0.1:8000/.well-known/lnurlp/garage") == address
    assert as_lnurl("lnurlp://127.0.0.1:8000/.well-known/lnurlp/garage") == address
    assert as_lnurl(f"lightning:{address}") == address


class LnurlService:
    """The least that pays and is paid by LNURL, with a wallet of the same LNbits behind it."""

    def __init__(self, node: LnbitsNode) -> None:
        self.wallet: LnbitsWalletKeys | None = None
        self.node = node
        self.comments: list[str] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = urlsplit(self.path)
                body = json.dumps(service.answer(address.path, parse_qs(address.query))).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def payments(self, body: dict[str, object], key: str) -> httpx.Response:
        return httpx.post(
            f"{self.node.base_url}/api/v1/payments", json=body, headers={"X-Api-Key": key}
        )

    def answer(self, path: str, query: dict[str, list[str]]) -> dict[str, object]:
        assert self.wallet is not None
        metadata = json.dumps([["text/plain", "Charging at Garage"]])
        match path:
            case "/.well-known/lnurlp/garage":
                return {
                    "tag": "payRequest",
                    "callback": f"http://{self.host}/pay",
                    "minSendable": 1_000,
                    "maxSendable": 1_000_000,
                    "metadata": metadata,
                    "commentAllowed": 20,
                }
            case "/pay":
                self.comments += query.get("comment", [])
                made = self.payments(
                    {
                        "out": False,
                        "amount": int(query["amount"][0]) // 1000,
                        "unhashed_description": metadata.encode().hex(),
                    },
                    self.wallet.inkey,
                ).json()
                link = f"http://{self.host}/session"
                action = {"tag": "url", "description": "Your charge", "url": link}
                return {"pr": made["bolt11"], "routes": [], "successAction": action}
            case "/withdraw":
                return {
                    "tag": "withdrawRequest",
                    "callback": f"http://{self.host}/claim",
                    "k1": "k1",
                    "minWithdrawable": 300_000,
                    "maxWithdrawable": 300_000,
                    "defaultDescription": "Unused sats",
                }
            case "/claim" if query["k1"] == ["k1"]:
                self.payments({"out": True, "bolt11": query["pr"][0]}, self.wallet.adminkey)
                return {"status": "OK"}
            case _:
                return {"status": "ERROR", "reason": "The charge point is in use"}


@pytest.fixture
def service(lnbits: LnbitsNode) -> Iterator[LnurlService]:
    made = LnurlService(lnbits)
    yield made
    made.server.shutdown()
    made.server.server_close()


async def test_it_pays_an_address_here_and_redeems_a_withdraw(
    lnbits: LnbitsNode, service: LnurlService
) -> None:
    driver = await lnbits.create_wallet("driver", sats=1_000)
    service.wallet = owner = await lnbits.create_wallet("owner")

    paid = await lnbits.pay_lnurl(driver, f"garage@{service.host}", 500, comment="hello")

    assert paid.is_paid
    assert json.loads(paid.extra["success_action"])["url"] == f"http://{service.host}/session"
    assert service.comments == ["hello"]
    assert await lnbits.balance_sats(driver) == 500
    assert await lnbits.balance_sats(owner) == 500

    claimed = await lnbits.redeem_withdraw(driver, f"http://{service.host}/withdraw")

    assert (await lnbits.wait_until_paid(driver, claimed.payment_hash)).amount_msat == 300_000
    assert await lnbits.balance_sats(driver) == 800
    assert await lnbits.balance_sats(owner) == 200


async def test_what_a_service_refuses_is_read_by_the_driver(
    lnbits: LnbitsNode, service: LnurlService
) -> None:
    driver = await lnbits.create_wallet("driver", sats=10)
    service.wallet = driver

    with pytest.raises(LnbitsError, match="The charge point is in use"):
        await lnbits.pay_lnurl(driver, f"other@{service.host}", 5)

    assert await lnbits.balance_sats(driver) == 10
