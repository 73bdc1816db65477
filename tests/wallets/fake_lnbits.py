"""An LNbits whose every answer a test writes, for what a real one cannot be made to do."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import httpx

from app.invoices import InvoiceDraft, sign
from app.wallets.lnbits import LnbitsWallet

KEY = "0123456789abcdef0123456789abcdef"
URL = "https://lnbits.example"
PREIMAGE = "11" * 32
HASH = sha256(bytes.fromhex(PREIMAGE)).hexdigest()

Reply = httpx.Response | Exception


def an_invoice(
    sats: int = 300,
    payment_hash: str = HASH,
    described: str | None = None,
    memo: str | None = "refund",
) -> str:
    return sign(
        InvoiceDraft(
            network="bc",
            amount_msat=sats * 1000,
            payment_hash=payment_hash,
            payment_secret="22" * 32,
            created_at=datetime(2026, 3, 1, tzinfo=UTC),
            expiry_s=3600,
            memo=None if described else memo,
            description_hash=sha256(described.encode()).hexdigest() if described else None,
        ),
        b"\x05" * 32,
    )


def row(
    status: str = "success",
    *,
    amount_msat: int = -300_000,
    fee_msat: int = -1500,
    payment_hash: str = HASH,
    **more: Any,
) -> dict[str, Any]:
    """A payment as LNbits shows it; a negative amount went out."""
    return {
        "checking_id": payment_hash,
        "payment_hash": payment_hash,
        "wallet_id": "w",
        "amount": amount_msat,
        "fee": fee_msat,
        "bolt11": "lnbc1",
        "status": status,
        "preimage": PREIMAGE if status == "success" else None,
        **more,
    }


def found(payment: dict[str, Any]) -> httpx.Response:
    """GET of a hash with our key."""
    body = {"paid": payment["status"] == "success", "preimage": None, "details": payment}
    return httpx.Response(200, json=body)


def not_found() -> httpx.Response:
    return httpx.Response(404, json={"detail": "Payment does not exist."})


def payment_error(detail: str, status: str = "failed") -> httpx.Response:
    return httpx.Response(520, json={"detail": detail, "status": status})


@dataclass
class FakeLnbits:
    """``payment`` answers GETs of a hash in turn (the last stays), ``post`` answers POSTs."""

    post: list[Reply] = field(default_factory=list)
    payment: list[Reply] = field(default_factory=lambda: [not_found()])
    listed: Reply = field(default_factory=lambda: httpx.Response(200, json=[]))
    reserve: Reply = field(default_factory=lambda: httpx.Response(200, json={"fee_reserve": 3000}))
    balance: Reply = field(
        default_factory=lambda: httpx.Response(200, json={"name": "Garage", "balance": 5000})
    )
    requests: list[httpx.Request] = field(default_factory=list)

    def client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    def wallet(self) -> LnbitsWallet:
        return LnbitsWallet(self.client(), URL + "/", KEY)

    def posted(self) -> list[dict[str, Any]]:
        return [json.loads(r.content) for r in self.requests if r.method == "POST"]

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        assert request.headers["X-Api-Key"] == KEY
        assert KEY not in str(request.url)
        reply = self._reply(request)
        if isinstance(reply, Exception):
            raise reply
        # A response is used up when it is read; the same answer may be wanted again.
        return httpx.Response(reply.status_code, content=reply.content, headers=reply.headers)

    def _reply(self, request: httpx.Request) -> Reply:
        routes: dict[str, Callable[[], Reply]] = {
            "/api/v1/payments/fee-reserve": lambda: self.reserve,
            "/api/v1/wallet": lambda: self.balance,
        }
        path = request.url.path
        if path in routes:
            return routes[path]()
        if path == "/api/v1/payments":
            return self.post.pop(0) if request.method == "POST" else self.listed
        assert path == f"/api/v1/payments/{HASH}"
        return self.payment.pop(0) if len(self.payment) > 1 else self.payment[0]
