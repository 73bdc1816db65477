"""An invoice to pay, and on to the charge once it is paid. The address says all; nothing is kept.

``/c/{name}/pay`` is the first payment of a charge, ``/s/{token}/pay`` adds to one. The invoice
stands in the address inside a token of the checkout's, so that a page opened again after a visit
to the wallet is the same, and nobody can put another invoice under our name. The charge's own link
is not in it: the page learns that from us, once money was seen.
"""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromQuery
from litestar.response import Redirect

from app.charging.errors import NotFound, StromError
from app.checkout.offers import PaidInvoice
from app.invoices import decode
from app.portal.driver.errors import message_of
from app.portal.driver.numbers import Numbers
from app.portal.driver.rendering import as_json
from app.portal.driver.services import Driver, FromDriver
from app.portal.forms import AnyRequest, read_form
from app.portal.pages import go


def invoice_path(path: str, page_token: str) -> str:
    """The page of an invoice that was just made."""
    return f"{path}?" + urlencode({"invoice": page_token})


@get(["/c/{name:str}/pay", "/s/{token:str}/pay"])
async def show_invoice(
    driver: FromDriver, request: AnyRequest, invoice: FromQuery[str]
) -> Response[object] | Redirect:
    """The invoice; once it is paid, the charge."""
    found = await driver.checkout.paid_page(invoice)
    if found.session_token:
        return go(f"/s/{found.session_token}")
    return await _page(driver, request, found)


@get(["/c/{name:str}/pay/state", "/s/{token:str}/pay/state"])
async def invoice_state(driver: FromDriver, invoice: FromQuery[str]) -> Response[object]:
    """Whether it has been paid, for the page's script, which then opens the page again."""
    found = await driver.checkout.paid_page(invoice)
    return as_json({"paid": bool(found.session_token)})


@post(["/c/{name:str}/pay/sandbox", "/s/{token:str}/pay/sandbox"])
async def pay_in_sandbox(
    driver: FromDriver, request: AnyRequest, invoice: FromQuery[str]
) -> Response[object] | Redirect:
    """Pay with sats that do not exist: the checkout sees no difference."""
    if driver.sandbox is None:
        raise NotFound("There is no sandbox here.")
    found = await driver.checkout.paid_page(invoice)
    await read_form(request)
    try:
        await driver.sandbox.pay(found.tenant, found.bolt11)
    except StromError as error:
        return await _page(driver, request, found, error)
    path = request.url.path.removesuffix("/sandbox")
    return go(f"{path}?{request.url.query}")


async def _page(
    driver: Driver,
    request: AnyRequest,
    found: PaidInvoice,
    error: StromError | None = None,
) -> Response[object]:
    invoice = decode(found.bolt11)
    path = request.url.path.removesuffix("/sandbox")
    query = request.url.query
    payee = await _payee(driver, request, path.removesuffix("/pay"))
    if payee.tenant != found.tenant:
        raise NotFound("This link is not complete. Please open it again from the start.")
    seconds_left = int((invoice.expires_at - driver.clock.now()).total_seconds())
    return driver.pages.render(
        "invoice.html",
        payee.numbers,
        status=409 if error else 200,
        invoice=invoice,
        payee=payee,
        seconds_left=max(seconds_left, 0),
        next_path=f"{path}?{query}",
        back_path=path.removesuffix("/pay"),
        state_path=f"{path}/state?{query}",
        sandbox_path=f"{path}/sandbox?{query}",
        has_sandbox=driver.sandbox is not None and payee.is_sandbox,
        is_top_up=path.startswith("/s/"),
        problem=message_of(error) if error else "",
    )


@dataclass(frozen=True, slots=True)
class _Payee:
    """Whom the invoice pays, and how their amounts are written."""

    tenant: str
    owner: str
    place: str
    is_sandbox: bool
    numbers: Numbers


async def _payee(driver: Driver, request: AnyRequest, back_path: str) -> _Payee:
    """The charge point of an address, or of a charge."""
    kind, _, key = back_path.removeprefix("/").partition("/")
    if kind == "c":
        offer = await driver.checkout.find(key, request.headers.get("host", ""))
        language = driver.pages.language(request, offer.tenant.language)
        msat_per_unit = offer.rate.msat_per_unit if offer.rate else None
        numbers = Numbers(language, offer.tariff.currency, msat_per_unit)
        is_sandbox = offer.tenant.mode == "sandbox"
        place = offer.charge_point.label
        return _Payee(offer.tenant.id, offer.tenant.name, place, is_sandbox, numbers)
    view, facts = await asyncio.gather(driver.checkout.session(key), driver.facts.of(key))
    language = driver.pages.language(request, facts.language)
    numbers = Numbers(language, facts.tariff.currency, facts.rate.msat_per_unit)
    return _Payee(facts.tenant, view.owner, view.charge_point, facts.is_sandbox, numbers)


HANDLERS = [show_invoice, invoice_state, pay_in_sandbox]
