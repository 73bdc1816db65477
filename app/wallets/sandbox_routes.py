"""The sandbox driver's wallet over HTTP: pays and receives play money at sandbox owners.

Open to anyone, like any wallet; it knows the invoices of sandbox tenants and no others.
"""

from collections.abc import Callable
from typing import Any

from litestar import Request, Response, Router, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from app.charging.errors import BadInput, StromError
from app.checkout.service import Checkout
from app.wallets.sandbox import SandboxPayer


class PayInvoice(Struct, frozen=True, forbid_unknown_fields=True):
    """An invoice that the sandbox driver pays."""

    pr: str


class Paid(Struct, frozen=True):
    """The payment went through."""

    payment_hash: str
    amount_msat: int
    preimage: str


class MakeInvoice(Struct, frozen=True, forbid_unknown_fields=True):
    """How much the sandbox driver wants to receive."""

    amount_msat: int


class Made(Struct, frozen=True):
    """An invoice of the sandbox driver's."""

    pr: str
    payment_hash: str


ErrorAnswer = Callable[[Request[Any, Any, Any], StromError], Response[dict[str, str]]]


def sandbox_router(checkout: Checkout, payer: SandboxPayer, on_error: ErrorAnswer) -> Router:
    """``/sandbox/{name}/…`` for the address of any charge point of a sandbox tenant."""

    async def tenant_of(name: str) -> str:
        offer = await checkout.find(name)
        if offer.tenant.mode != "sandbox":
            raise BadInput("this charge point takes real payments; pay it with a real wallet")
        return offer.tenant.id

    @post("/{name:str}/pay", status_code=200)
    async def pay(name: FromPath[str], data: JSONBody[PayInvoice]) -> Paid:
        done = await payer.pay(await tenant_of(name), data.pr)
        return Paid(done.payment_hash, done.amount_msat, done.preimage)

    @post("/{name:str}/invoice", status_code=200)
    async def invoice(name: FromPath[str], data: JSONBody[MakeInvoice]) -> Made:
        made = await payer.create_driver_invoice(await tenant_of(name), data.amount_msat)
        return Made(made.bolt11, made.payment_hash)

    return Router(
        "/sandbox",
        route_handlers=[pay, invoice],
        exception_handlers={StromError: on_error},
        include_in_schema=False,
    )
