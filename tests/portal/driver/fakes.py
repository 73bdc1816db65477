"""A checkout, a sandbox and an edge that do what a test tells them to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve

from app.charging.errors import Conflict, NotFound, StromError
from app.checkout.errors import NotYetPaid
from app.checkout.lost_links import FoundCharge
from app.checkout.offers import (
    IssuedInvoice,
    Offer,
    PaidInvoice,
    SignedQuote,
    TopUpOffer,
    VerifiedPayment,
    WithdrawOffer,
)
from app.checkout.payer_data import Zap
from app.checkout.receipts import Receipt
from app.checkout.service import Checkout
from app.checkout.view import SessionView
from app.linking import Challenge
from app.portal.driver.ports import Facts
from tests.portal.driver.samples import BOLT11, HOST, SESSION_ID, TENANT, TOKEN, VERIFY_TOKEN


class FakeCheckout(Checkout):
    """Answers from what it was given; remembers what was asked of it."""

    def __init__(self, offer: Offer, view: SessionView | None) -> None:
        self.offer = offer
        self.current = view
        self.paid = False
        self.failing: dict[str, StromError] = {}
        self.calls: list[tuple[object, ...]] = []
        self.found: list[FoundCharge] | None = None

    def _note(self, name: str, *values: object) -> None:
        self.calls.append((name, *values))
        if name in self.failing:
            raise self.failing[name]

    async def find(self, name: str, host: str | None = None) -> Offer:
        self._note("find", name, host)
        if name not in (self.offer.address.partition("@")[0], "garage-sued"):
            raise NotFound("There is no charge point at this address.")
        return self.offer

    async def quote(self, offer: Offer) -> SignedQuote:
        self._note("quote")
        return SignedQuote("quote", "[]", 5_000, 300_000_000, 140)

    async def invoice(
        self,
        quote_token: str,
        amount_msat: int,
        comment: str = "",
        payer_data: str | None = None,
        zap: Zap | None = None,
    ) -> IssuedInvoice:
        self._note("invoice", quote_token, amount_msat)
        return self._issued(amount_msat)

    async def session(self, session_token: str) -> SessionView:
        self._note("session", session_token)
        if session_token != TOKEN:
            raise NotFound("this link is not valid")
        if self.current is None:
            raise NotYetPaid()
        return self.current

    async def stop(self, session_token: str) -> SessionView:
        self._note("stop", session_token)
        self.advance(phase="stopping", stop_pending=True)
        return await self.session(session_token)

    async def top_up_offer(self, session_token: str) -> TopUpOffer:
        self._note("top_up_offer", session_token)
        return TopUpOffer("[]", 1000, 300_000_000)

    async def top_up(self, session_token: str, amount_msat: int) -> IssuedInvoice:
        self._note("top_up", session_token, amount_msat)
        return self._issued(amount_msat)

    async def withdraw_offer(self, session_token: str) -> WithdrawOffer:
        self._note("withdraw_offer", session_token)
        assert self.current is not None
        return WithdrawOffer("k1", self.current.refundable_msat, self.current.refund_state)

    async def claim_refund(
        self, session_token: str, k1: str, bolt11: str, notify_url: str = ""
    ) -> None:
        self._note("claim_refund", session_token, k1, bolt11)
        self.advance(refund_state="in_flight", refundable_msat=0)

    async def refund_to(self, session_token: str, address: str) -> None:
        self._note("refund_to", session_token, address)
        self.advance(refund_reach="address")

    async def link_by_pin(self, name: str, host: str | None, pin: str) -> str:
        self._note("link_by_pin", name, pin)
        return TOKEN

    async def link_by_preimage(self, name: str, host: str | None, preimage: str) -> str:
        self._note("link_by_preimage", name, preimage)
        return TOKEN

    def ask_wallet(self) -> Challenge:
        return Challenge("ab" * 32, "cd" * 16)

    async def charges_of_wallet(self, k1: str, secret: str) -> list[FoundCharge] | None:
        self._note("charges_of_wallet", k1, secret)
        return self.found

    async def unlock(self, session_token: str) -> None:
        self._note("unlock", session_token)

    def page_token(self, issued: IssuedInvoice) -> str:
        return VERIFY_TOKEN

    async def paid_page(self, token: str) -> PaidInvoice:
        self._note("paid_page", token)
        if token != VERIFY_TOKEN:
            raise NotFound("this link is not valid")
        return PaidInvoice(TENANT, BOLT11, TOKEN if self.paid else "")

    def verify_token(self, issued: IssuedInvoice) -> str:
        return VERIFY_TOKEN

    async def verified(self, token: str) -> VerifiedPayment:
        self._note("verified", token)
        if token != VERIFY_TOKEN:
            raise NotFound("this link is not valid")
        return VerifiedPayment(BOLT11, self.paid)

    def advance(self, **changes: Any) -> SessionView:
        """The session goes on to a new version."""
        assert self.current is not None
        self.current = replace(self.current, sequence=self.current.sequence + 1, **changes)
        return self.current

    def called(self, name: str) -> list[tuple[object, ...]]:
        return [call for call in self.calls if call[0] == name]

    def _issued(self, amount_msat: int) -> IssuedInvoice:
        return IssuedInvoice(
            bolt11=BOLT11,
            payment_hash="ab" * 32,
            amount_msat=amount_msat,
            expires_at=datetime.fromisoformat("2026-05-30T12:10:00+00:00"),
            session_token=TOKEN,
            session_id=SESSION_ID,
            tenant=TENANT,
        )


@dataclass
class FakeFacts:
    facts: Facts
    made: Receipt | None = None

    async def of(self, session_token: str) -> Facts:
        if session_token != TOKEN:
            raise NotFound("this link is not valid")
        return self.facts

    async def receipt(self, session_token: str) -> Receipt:
        await self.of(session_token)
        if self.made is None:
            raise Conflict("The receipt is ready when the charge has ended.")
        return self.made


@dataclass
class FakeSandbox:
    checkout: FakeCheckout
    paid: list[tuple[str, str]] = field(default_factory=list)

    async def pay(self, tenant: str, bolt11: str) -> None:
        self.paid.append((tenant, bolt11))
        self.checkout.paid = True

    async def invoice(self, tenant: str, amount_msat: int) -> str:
        return f"lnbcrt-{tenant}-{amount_msat}"


class FakePayRequests:
    async def pay_request(self, name: str, host: str) -> Mapping[str, object]:
        return {"tag": "payRequest", "callback": f"http://{HOST}/lnurl/pay/{name}"}


class FakeEdge:
    """The live socket: tells the present view first, then what it is told to."""

    def __init__(self, checkout: FakeCheckout) -> None:
        self._checkout = checkout
        self._server: Server | None = None
        self.port = 0
        self.pages: set[ServerConnection] = set()
        self.opened = 0

    async def start(self) -> None:
        self._server = await serve(self._serve, "127.0.0.1", self.port, compression=None)
        self.port = next(iter(self._server.sockets)).getsockname()[1]

    async def kill(self) -> None:
        assert self._server is not None
        self._server.close()
        await self._server.wait_closed()

    async def notify(self) -> None:
        """Tell every page the present view, as binary frames like the edge's own."""
        view = self._checkout.current
        assert view is not None
        notice = {"sequence": view.sequence, "view": msgspec.to_builtins(view)}
        frame = json.dumps(notice).encode()
        await asyncio.gather(*(page.send(frame) for page in self.pages))

    async def _serve(self, page: ServerConnection) -> None:
        self.opened += 1
        self.pages.add(page)
        try:
            await self.notify()
            await page.wait_closed()
        finally:
            self.pages.discard(page)
