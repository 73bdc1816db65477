"""A real LNbits as the tests use it: the owner's wallet, the driver's wallet, and the payer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

import httpx
import lnurl as lnurl_library

from tests.support.servers import LNBITS_ADMIN


class LnbitsError(Exception):
    """LNbits said no; `reason` is what its user would read."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status}: {reason}")
        self.status = status
        self.reason = reason


@dataclass(frozen=True)
class LnbitsWalletKeys:
    id: str
    adminkey: str
    inkey: str
    user_id: str
    name: str


@dataclass(frozen=True)
class LnbitsPayment:
    """One side of a payment as LNbits keeps it; `amount_msat` is negative when going out."""

    payment_hash: str
    status: str
    amount_msat: int
    fee_msat: int
    memo: str
    bolt11: str
    extra: dict[str, Any]

    @property
    def is_paid(self) -> bool:
        return self.status == "success"


def as_lnurl(lnurl_or_address: str) -> str:
    """Bech32 of whatever a driver has in hand.

    LNbits asks an address over https and wants a top-level domain in it, which no server on
    127.0.0.1 can serve; the LNURL of the address's own URL is the same request over http.
    """
    text = lnurl_or_address.strip()
    if "@" in text and "://" not in text:
        name, _, host = text.partition("@")
        text = f"http://{host}/.well-known/lnurlp/{name}"
    if text.lower().startswith(("http://", "https://")):
        return str(lnurl_library.encode(text).bech32)
    if text.lower().startswith("lightning:"):
        return text.partition(":")[2]
    for scheme in ("lnurlp", "lnurlw", "lnurlc"):  # LUD-17: plain http only on this machine
        if text.lower().startswith(f"{scheme}://"):
            return str(lnurl_library.encode(f"http://{text.partition('://')[2]}").bech32)
    return text


class LnbitsNode:
    """The public API of one LNbits; it may be used from any event loop."""

    def __init__(self, base_url: str, admin: tuple[str, str] = LNBITS_ADMIN) -> None:
        self.base_url = base_url
        self.admin = admin
        self._token: str | None = None

    async def call(
        self, method: str, path: str, *, key: str | None = None, body: Any = None
    ) -> Any:
        headers = {"X-Api-Key": key} if key else {}
        async with httpx.AsyncClient(base_url=self.base_url, timeout=30, verify=False) as client:
            answer = await client.request(method, path, headers=headers, json=body)
        if answer.is_error:
            try:
                reason = str(answer.json().get("detail", answer.text))
            except ValueError:
                reason = answer.text
            raise LnbitsError(answer.status_code, reason)
        return answer.json()

    async def call_as_admin(self, method: str, path: str, body: Any = None) -> Any:
        async with httpx.AsyncClient(base_url=self.base_url, timeout=30, verify=False) as client:
            if self._token is None:
                username, password = self.admin
                login = await client.post(
                    "/api/v1/auth", json={"username": username, "password": password}
                )
                login.raise_for_status()
                self._token = str(login.json()["access_token"])
            answer = await client.request(
                method, path, json=body, headers={"Authorization": f"Bearer {self._token}"}
            )
        if answer.is_error:
            raise LnbitsError(answer.status_code, answer.text)
        return answer.json()

    # --- wallets ---

    async def create_wallet(self, name: str, *, sats: int = 0) -> LnbitsWalletKeys:
        """A wallet with an account of its own, funded from nothing when `sats` are wanted."""
        made = await self.call("POST", "/api/v1/account", body={"name": name})
        wallet = LnbitsWalletKeys(
            id=made["id"],
            adminkey=made["adminkey"],
            inkey=made["inkey"],
            user_id=made["user"],
            name=name,
        )
        if sats:
            await self.fund(wallet.id, sats)
        return wallet

    async def fund(self, wallet_id: str, sats: int) -> None:
        """Add sats to a wallet (or take them, when negative)."""
        await self.call_as_admin("PUT", "/users/api/v1/balance", {"id": wallet_id, "amount": sats})

    async def balance_msat(self, wallet: LnbitsWalletKeys) -> int:
        return int((await self.call("GET", "/api/v1/wallet", key=wallet.inkey))["balance"])

    async def balance_sats(self, wallet: LnbitsWalletKeys) -> int:
        """Whole sats; the tests' money never has a rest, and a rest here is an error."""
        sats, rest = divmod(await self.balance_msat(wallet), 1000)
        assert rest == 0, f"{wallet.name} holds a fraction of a sat"
        return sats

    # --- payments ---

    async def create_invoice(
        self, wallet: LnbitsWalletKeys, sats: int, memo: str = "test", described: str = ""
    ) -> str:
        """`described`: what the invoice commits to by its hash, as a lightning address's does."""
        body: dict[str, Any] = {"out": False, "amount": sats, "memo": memo}
        if described:
            body["unhashed_description"] = described.encode().hex()
        made = await self.call("POST", "/api/v1/payments", key=wallet.inkey, body=body)
        return str(made["bolt11"])

    async def pay_bolt11(self, wallet: LnbitsWalletKeys, bolt11: str) -> LnbitsPayment:
        paid = await self.call(
            "POST", "/api/v1/payments", key=wallet.adminkey, body={"out": True, "bolt11": bolt11}
        )
        return _payment(paid)

    async def scan(self, wallet: LnbitsWalletKeys, lnurl_or_address: str) -> dict[str, Any]:
        """What the wallet shows before the driver agrees. An LNURL error is an `LnbitsError`."""
        found = await self.call(
            "POST",
            "/api/v1/lnurlscan",
            key=wallet.inkey,
            body={"lnurl": as_lnurl(lnurl_or_address)},
        )
        return dict(found)

    async def pay_lnurl(
        self,
        wallet: LnbitsWalletKeys,
        lnurl_or_address: str,
        amount_sat: int,
        comment: str | None = None,
    ) -> LnbitsPayment:
        """Scan, then pay what was scanned: one request each, as a wallet does it.

        The payment's `extra["success_action"]` is JSON text when the service sent one.
        """
        found = await self.scan(wallet, lnurl_or_address)
        paid = await self.call(
            "POST",
            "/api/v1/payments/lnurl",
            key=wallet.adminkey,
            body={"res": found, "amount": amount_sat * 1000, "comment": comment, "unit": "sat"},
        )
        return _payment(paid)

    async def redeem_withdraw(
        self, wallet: LnbitsWalletKeys, lnurl: str, amount_sat: int | None = None
    ) -> LnbitsPayment:
        """Scan an LNURL-withdraw and claim it: all of it, unless an amount is given.

        The service has accepted when this returns; the money may come later
        (`wait_until_paid`). A refusal is an `LnbitsError`.
        """
        found = await self.scan(wallet, lnurl)
        if found.get("tag") != "withdrawRequest":
            raise LnbitsError(200, f"not a withdraw request: {found}")
        sats = amount_sat if amount_sat is not None else int(found["maxWithdrawable"]) // 1000
        claimed = _payment(
            await self.call(
                "POST",
                "/api/v1/payments",
                key=wallet.adminkey,
                body={
                    "out": False,
                    "amount": sats,
                    "memo": str(found.get("defaultDescription") or "withdraw")[:639],
                    "lnurl_withdraw": found,
                },
            )
        )
        answer = claimed.extra.get("lnurl_response")
        if answer is not True:
            raise LnbitsError(200, str(answer))
        return claimed

    async def payment(self, wallet: LnbitsWalletKeys, payment_hash: str) -> LnbitsPayment:
        found = await self.call("GET", f"/api/v1/payments/{payment_hash}", key=wallet.inkey)
        return _payment(found["details"])

    async def payments(self, wallet: LnbitsWalletKeys) -> list[LnbitsPayment]:
        found = await self.call("GET", "/api/v1/payments?limit=100", key=wallet.inkey)
        return [_payment(item) for item in found]

    async def wait_until_paid(
        self, wallet: LnbitsWalletKeys, payment_hash: str, seconds: float = 60
    ) -> LnbitsPayment:
        async with asyncio.timeout(seconds):
            while not (found := await self.payment(wallet, payment_hash)).is_paid:
                await asyncio.sleep(0.1)
        return found


def _payment(answer: dict[str, Any]) -> LnbitsPayment:
    return LnbitsPayment(
        payment_hash=answer["payment_hash"],
        status=str(answer["status"]),
        amount_msat=int(answer["amount"]),
        fee_msat=int(answer["fee"]),
        memo=answer.get("memo") or "",
        bolt11=answer["bolt11"],
        extra=dict(answer.get("extra") or {}),
    )
