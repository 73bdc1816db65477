"""Wallets that serve lightning addresses, as a test wants them to behave."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

import httpx

from app.charging.ports import InvoiceRequest
from app.invoices import REGTEST, InvoiceDraft, sign
from app.wallets.sandbox_book import SandboxBook

BOB = "bob@wallet.example"
METADATA = json.dumps([["text/plain", "Refunds for Bob"], ["text/identifier", BOB]])
CALLBACK = "https://wallet.example/pay/bob?user=7"


@dataclass
class AddressBook:
    """Answers for every address with invoices of the sandbox; a test changes what it says."""

    world: Any
    asked: list[httpx.URL] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)
    change_request: dict[str, Any] = field(default_factory=dict)
    change_answer: dict[str, Any] = field(default_factory=dict)
    change_draft: dict[str, Any] = field(default_factory=dict)
    instead: Callable[[httpx.Request], httpx.Response] | None = None

    def __post_init__(self) -> None:
        self.http = httpx.AsyncClient(transport=httpx.MockTransport(self._answer))

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        if self.instead is not None:
            return self.instead(request)
        if request.method == "POST":
            self.told.append(str(request.url))
            return httpx.Response(200)
        if request.url.path.startswith("/.well-known/lnurlp/"):
            return httpx.Response(200, json=self._pay_request())
        amount_msat = int(request.url.params["amount"])
        return httpx.Response(
            200, json={"pr": await self._invoice(amount_msat), **self.change_answer}
        )

    def _pay_request(self) -> dict[str, Any]:
        return {
            "tag": "payRequest",
            "callback": CALLBACK,
            "minSendable": 1000,
            "maxSendable": 100_000_000,
            "metadata": METADATA,
            **self.change_request,
        }

    async def _invoice(self, amount_msat: int) -> str:
        if not self.change_draft:
            return await self._payable(amount_msat)
        now: datetime = self.world.clock.now()
        draft: dict[str, Any] = {
            "network": REGTEST,
            "amount_msat": amount_msat,
            "payment_hash": self.world.chance.token_bytes(32).hex(),
            "payment_secret": "cd" * 32,
            "created_at": now,
            "expiry_s": 3600,
            "description_hash": sha256(METADATA.encode()).hexdigest(),
            **self.change_draft,
        }
        return sign(InvoiceDraft(**draft), b"\x02" * 32)

    async def _payable(self, amount_msat: int) -> str:
        world = self.world
        book = SandboxBook(world.tables, world.clock, world.chance, "owner0000001")
        request = InvoiceRequest(amount_msat=amount_msat, expiry_s=3600, described=METADATA)
        booked = await book.create("driver", request)
        self.hashes.append(booked.payment_hash)
        return booked.bolt11
