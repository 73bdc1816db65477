"""An invoice to pay, and on to the charge once it is paid. The address says all; nothing is kept.

``/c/{name}/pay`` is the first payment of a charge, ``/s/{token}/pay`` adds to one. The invoice
stands in the address inside a token of the checkout's, so that a page opened again after a visit
to the wallet is the same, and nobody can put another invoice under our name.
"""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import FromQuery
from litestar.response import Redirect

from app.charging.errors import BadInput, NotFound, StromError
from app.checkout.offers import IssuedInvoice
from app.invoices import DecodedInvoice, decode
from app.portal.driver.errors import message_of
from app.portal.driver.numbers import Numbers
from app.portal.driver.rendering import as_json
from app.portal.driver.services import Driver, FromDriver
from app.portal.forms import AnyRequest, read_form
from app.portal.pages import go


def invoice_path(path: str, verify_token: str, issued: IssuedInvoice) -> str:
    """The page of an invoice that was just made."""
    return f"{path}?" + urlencode({"invoice": verify_token, "session": issued.session_token})


@get(["/c/{name:str}/pay", "/s/{token:str}/pay"])
async def show_invoice(
    driver: FromDriver, request: AnyRequest, invoice: FromQuery[str], session: FromQuery[str]
) -> Response[object] | Redirect:
    """The invoice; once it is paid, the charge."""
    _require_same_session(invoice, session)
    found = await driver.checkout.verified(invoice)
    if found.settled:
        return go(f"/s/{session}")
    return await _page(driver, request, decode(found.bolt11), session)


@get(["/c/{name:str}/pay/state", "/s/{token:str}/pay/state"])
async def invoice_state(
    driver: FromDriver, invoice: FromQuery[str], session: FromQuery[str]
) -> Response[object]:
    """Whether it has been paid, for the page's script."""
    _require_same_session(invoice, session)
    found = await driver.checkout.verified(invoice)
    return as_json({"paid": found.settled})


@post(["/c/{name:str}/pay/sandbox", "/s/{token:str}/pay/sandbox"])
async def pay_in_sandbox(
    driver: FromDriver, request: AnyRequest, invoice: FromQuery[str], session: FromQuery[str]
) -> Response[object] | Redirect:
    """Pay with sats that do not exist: the checkout sees no difference."""
    _require_same_session(invoice, session)
    if driver.sandbox is None:
        raise NotFound("There is no sandbox here.")
    found = await driver.checkout.verified(invoice)
    await read_form(request)
    try:
        await driver.sandbox.pay(session.partition(".")[0], found.bolt11)
    except StromError as error:
        return await _page(driver, request, decode(found.bolt11), session, error)
    path = request.url.path.removesuffix("/sandbox")
    return go(f"{path}?{request.url.query}")


async def _page(
    driver: Driver,
    request: AnyRequest,
    invoice: DecodedInvoice,
    session: str,
    error: StromError | None = None,
) -> Response[object]:
    path = request.url.path.removesuffix("/sandbox")
    query = request.url.query
    payee = await _payee(driver, request, path.removesuffix("/pay"))
    seconds_left = int((invoice.expires_at - driver.clock.now()).total_seconds())
    return driver.pages.render(
        "invoice.html",
        payee.numbers,
        status=409 if error else 200,
        invoice=invoice,
        payee=payee,
        seconds_left=max(seconds_left, 0),
        session_path=f"/s/{session}",
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
        return _Payee(offer.tenant.name, offer.charge_point.label, is_sandbox, numbers)
    view, facts = await asyncio.gather(driver.checkout.session(key), driver.facts.of(key))
    language = driver.pages.language(request, facts.language)
    numbers = Numbers(language, facts.tariff.currency, facts.rate.msat_per_unit)
    return _Payee(view.owner, view.charge_point, facts.is_sandbox, numbers)


def _require_same_session(invoice: str, session: str) -> None:
    """An invoice leads to its own charge only: both tokens begin with tenant and session."""
    if invoice.split(".")[:2] != session.split(".")[:2] or len(session) > 200:
        raise BadInput("This link is not complete. Please open it again from the start.")


HANDLERS = [show_invoice, invoice_state, pay_in_sandbox]
