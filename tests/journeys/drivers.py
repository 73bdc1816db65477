"""A driver with a wallet on LNbits: the wallet itself speaks LNURL, the browser looks at pages."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Self

import httpx

from tests.journeys.serving import ServedStrom
from tests.journeys.waiting import until
from tests.support.lnbits import LnbitsError, LnbitsNode, LnbitsPayment, LnbitsWalletKeys

STARTING_SATS = 100_000
MSAT = 1000


@dataclass(frozen=True)
class Invoice:
    """What a pay request's callback gave."""

    bolt11: str
    page: str
    sats: int


@dataclass(eq=False)
class Driver:
    """Someone who pays and charges."""

    strom: ServedStrom
    node: LnbitsNode
    wallet: LnbitsWalletKeys
    browser: httpx.AsyncClient
    page: str = ""
    """The session's link, as the wallet showed it after paying."""
    started_with: int = STARTING_SATS

    @classmethod
    async def arrives(cls, strom: ServedStrom, node: LnbitsNode) -> Self:
        wallet = await node.create_wallet("driver", sats=STARTING_SATS)
        strom.secrets.add(wallet.adminkey)
        return cls(strom, node, wallet, httpx.AsyncClient(timeout=30, trust_env=False))

    # --- paying ---

    async def pays(self, address: str, sats: int) -> None:
        """Scan, confirm, done: LNbits pays the address."""
        paid = await self.node.pay_lnurl(self.wallet, address, sats)
        self._remember(json.loads(paid.extra["success_action"])["url"])

    async def asks_for_invoice(self, address: str, sats: int, **said: str) -> Invoice:
        """Scan and confirm, but do not pay yet; ``said`` comes along: comment, payerdata."""
        offer = await self.gets(lnurlp(address))
        answer = await self.gets(offer["callback"], amount=sats * MSAT, **said)
        page = answer.get("successAction", {}).get("url", "")  # none where a PIN was chosen
        return Invoice(answer["pr"], page, sats)

    async def pays_invoice(self, invoice: Invoice) -> None:
        await self.node.pay_bolt11(self.wallet, invoice.bolt11)
        self._remember(invoice.page)

    async def tops_up(self, sats: int) -> None:
        """Pay the session's own LNURL."""
        await self.node.pay_lnurl(self.wallet, f"{self.strom.url}/lnurl/topup/{self.token}", sats)

    # --- the session's page ---

    @property
    def token(self) -> str:
        assert self.page, "nothing was paid"
        return self.page.rsplit("/", 1)[1]

    async def view(self) -> dict[str, Any]:
        """The session as the page shows it; empty while it does not answer or is not paid."""
        try:
            answer = await self.browser.get(f"{self.page}.json")
        except httpx.TransportError:
            return {}
        return dict(answer.json()["view"]) if answer.is_success else {}

    async def sees(self, **wanted: Any) -> dict[str, Any]:
        """Wait until the page shows all of this."""
        return await until(
            self.view,
            lambda view: all(view.get(name) == value for name, value in wanted.items()),
            f"the page to show {wanted}",
        )

    async def stops(self) -> None:
        """The button on the page."""
        answer = await self.browser.post(
            f"{self.page}/stop", headers={"accept": "application/json"}
        )
        assert answer.is_success, answer.text

    # --- the refund ---

    @property
    def withdraw_url(self) -> str:
        return f"{self.strom.url}/lnurl/withdraw/{self.token}"

    async def takes_refund(self) -> int:
        """Scan the LNURL-withdraw with the wallet; returns the sats that came back."""
        sats = (await self.sees(refund_state="offered"))["refundable_msat"] // MSAT
        claimed = await self.node.redeem_withdraw(self.wallet, self.withdraw_url)
        await self.has_received(claimed)
        assert claimed.amount_msat == sats * MSAT
        return sats

    async def has_received(self, payment: LnbitsPayment) -> None:
        """The money is in the wallet, and Strom knows."""
        await self.node.wait_until_paid(self.wallet, payment.payment_hash)
        await self.sees(refund_state="paid")

    async def names_address(self, address: str) -> None:
        """The form on the page: what is left goes there from now on."""
        answer = await self.browser.post(
            f"{self.page}/refund/address",
            data={"address": address},
            headers={"accept": "application/json"},
        )
        assert answer.is_success, answer.text

    async def makes_invoice(self, sats: int) -> str:
        return await self.node.create_invoice(self.wallet, sats)

    # --- LNURL by hand ---

    async def gets(self, url: str, **query: object) -> dict[str, Any]:
        """What a wallet reads there; an LNURL error is an answer like any other."""
        answer = await self.browser.get(url, params={k: str(v) for k, v in query.items()} or None)
        assert answer.status_code == 200, f"{answer.status_code} {answer.text}"
        found: dict[str, Any] = answer.json()
        if "k1" in found:
            self.strom.secrets.add(found["k1"])
        return found

    async def is_refused(self, address: str, sats: int) -> str:
        """LNbits tries to pay and shows why it cannot."""
        try:
            await self.node.pay_lnurl(self.wallet, address, sats)
        except LnbitsError as error:
            return error.reason
        raise AssertionError("it was not refused")

    def finds(self, page: str) -> None:
        """The session's link, wherever it was found."""
        self._remember(page)

    def _remember(self, page: str) -> None:
        self.page = page
        if page:
            self.strom.secrets.add(self.token)


def lnurlp(address: str) -> str:
    """Where a lightning address is asked; plain http on this machine (LUD-16)."""
    name, _, host = address.partition("@")
    return f"http://{host}/.well-known/lnurlp/{name}"
