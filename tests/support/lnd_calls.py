"""The calls of LND that Strom makes, answered out of ``lnd_network`` in LND's own messages."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode, urlsafe_b64decode
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.lnd_descriptions import descriptions
from tests.support.lnd_network import UNKNOWN, GrpcError, Network, NodeInvoice, NodePayment

ADMIN, INVOICES, READER, ELSEWHERE = (
    f"0201036c6e64{letter * 40}" for letter in ("aa", "bb", "cc", "dd")
)
_ALL = {"info:read", "invoices:read", "invoices:write", "offchain:read", "offchain:write"}
MACAROONS = {
    ADMIN: _ALL,
    INVOICES: {"invoices:read", "invoices:write"},
    READER: {"info:read", "invoices:read", "offchain:read"},
}
"""What each may do; any other is another node's."""


@dataclass
class Request:
    method: str
    path: str
    macaroon: str
    query: dict[str, str]
    body: dict[str, Any] | None
    values: dict[str, str] = field(default_factory=dict)

    @property
    def content(self) -> dict[str, Any]:
        return self.body or {}


@dataclass
class Route:
    method: str
    template: str
    permission: str
    answer: Callable[[Request], Awaitable[object]]

    @property
    def is_stream(self) -> bool:
        return self.template.startswith(("/v2/router/", "/v2/invoices/subscribe/"))

    def match(self, request: Request) -> dict[str, str] | None:
        pattern = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", self.template)
        found = re.fullmatch(pattern, request.path) if request.method == self.method else None
        return found.groupdict() if found else None


class LndCalls:
    """Every call, with the permission it needs."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.alias = "garage"
        self._message = descriptions().message
        self.routes = (
            Route("GET", "/v1/getinfo", "info:read", self._info),
            Route("GET", "/v1/channels", "offchain:read", self._channels),
            Route("POST", "/v1/invoices", "invoices:write", self._add_invoice),
            Route("GET", "/v1/invoice/{r_hash_str}", "invoices:read", self._look_up),
            Route("POST", "/v2/invoices/hodl", "invoices:write", self._add_held),
            Route("POST", "/v2/invoices/settle", "invoices:write", self._settle),
            Route("POST", "/v2/invoices/cancel", "invoices:write", self._cancel),
            Route("GET", "/v2/invoices/subscribe/{r_hash}", "invoices:read", self._subscribe),
            Route("POST", "/v2/router/send", "offchain:write", self._send),
            Route("GET", "/v2/router/track/{payment_hash}", "offchain:read", self._track),
        )

    def admit(self, macaroon: str, permission: str) -> None:
        if not macaroon:
            raise GrpcError(UNKNOWN, "expected 1 macaroon, got 0")
        if macaroon not in MACAROONS:
            words = "verification failed: signature mismatch after caveat verification"
            raise GrpcError(UNKNOWN, words)
        if permission not in MACAROONS[macaroon]:
            raise GrpcError(UNKNOWN, "permission denied")

    async def _info(self, _: Request) -> object:
        return self._message("lnrpcGetInfoResponse", alias=self.alias, synced_to_chain=True)

    async def _channels(self, _: Request) -> object:
        limits = self._message(
            "lnrpcChannelConstraints", chan_reserve_sat=str(self.network.reserve_sat)
        )
        channel = self._message(
            "lnrpcChannel",
            active=True,
            local_balance=str(self.network.balance_msat // 1000),
            local_constraints=limits,
        )
        return self._message("lnrpcListChannelsResponse", channels=[channel])

    async def _add_invoice(self, request: Request) -> object:
        made = self._make(request.content, None)
        return self._message(
            "lnrpcAddInvoiceResponse",
            r_hash=_base64(made.payment_hash),
            payment_request=made.bolt11,
        )

    async def _add_held(self, request: Request) -> object:
        made = self._make(request.content, b64decode(request.content["hash"]).hex())
        return self._message("invoicesrpcAddHoldInvoiceResp", payment_request=made.bolt11)

    def _make(self, body: dict[str, Any], held_hash: str | None) -> NodeInvoice:
        described = b64decode(body.get("description_hash", ""))
        return self.network.add_invoice(
            int(body["value_msat"]),
            int(body["expiry"]),
            memo=body.get("memo", ""),
            description_hash=described.hex() or None,
            held_hash=held_hash,
            cltv_blocks=int(body.get("cltv_expiry", "80")),
            is_private=body.get("private", False),
        )

    async def _look_up(self, request: Request) -> object:
        return self._invoice(self.network.invoice(request.values["r_hash_str"]))

    async def _subscribe(self, request: Request) -> object:
        """Not an answer but what will come: the service sends each line as it does."""
        payment_hash = urlsafe_b64decode(request.values["r_hash"]).hex()
        return (self._invoice(state) async for state in self.network.states(payment_hash))

    def _invoice(self, found: NodeInvoice) -> object:
        return self._message(
            "lnrpcInvoice",
            memo=found.memo,
            r_preimage=_base64(found.preimage or ""),
            r_hash=_base64(found.payment_hash),
            value_msat=str(found.amount_msat),
            payment_request=found.bolt11,
            state=found.state,
            amt_paid_msat=str(found.paid_msat),
            private=found.is_private,
            cltv_expiry=str(found.cltv_blocks),
        )

    async def _settle(self, request: Request) -> object:
        self.network.settle(b64decode(request.content["preimage"]))
        return {}

    async def _cancel(self, request: Request) -> object:
        self.network.cancel(b64decode(request.content["payment_hash"]).hex())
        return {}

    async def _send(self, request: Request) -> object:
        body = request.content
        payment = self.network.start_payment(
            body["payment_request"], int(body.get("fee_limit_msat", "0"))
        )
        return await self._state(payment, is_final=body.get("no_inflight_updates", False))

    async def _track(self, request: Request) -> object:
        payment = self.network.payment(urlsafe_b64decode(request.values["payment_hash"]).hex())
        is_final = request.query.get("no_inflight_updates") == "true"
        return await self._state(payment, is_final=is_final)

    async def _state(self, payment: NodePayment, *, is_final: bool) -> object:
        if is_final:
            await payment.changed.wait()
        return self._message(
            "lnrpcPayment",
            payment_hash=payment.payment_hash,
            payment_request=payment.bolt11,
            payment_preimage=payment.preimage,
            value_msat=str(payment.amount_msat),
            fee_msat=str(payment.fee_msat),
            status=payment.status,
            failure_reason=payment.reason,
            payment_index=str(payment.index),
        )


def _base64(text: str) -> str:
    """Hex as LND's JSON has bytes."""
    return b64encode(bytes.fromhex(text)).decode()
