"""What the payer can do with a charge: stop it, release the cable, add to it, take the refund."""

from collections.abc import Awaitable

from litestar import Response, post
from litestar.response import Redirect

from app.charging.errors import Conflict, NotFound, StromError
from app.portal.driver.amounts import amount_msat_of
from app.portal.driver.invoice_page import invoice_path
from app.portal.driver.services import Driver, FromDriver
from app.portal.driver.session_page import Token, answer
from app.portal.forms import AnyRequest, read_form
from app.portal.pages import go

Answer = Response[object] | Redirect


@post("/s/{token:str}/stop", status_code=200)
async def stop(driver: FromDriver, request: AnyRequest, token: Token) -> Answer:
    """End the charge."""
    return await _done(driver, request, token, driver.checkout.stop(token))


@post("/s/{token:str}/unlock", status_code=200)
async def unlock(driver: FromDriver, request: AnyRequest, token: Token) -> Answer:
    """Release the cable."""
    return await _done(driver, request, token, driver.checkout.unlock(token))


@post("/s/{token:str}/top-up")
async def top_up(driver: FromDriver, request: AnyRequest, token: Token) -> Answer:
    """An invoice that adds to the charge."""
    try:
        amount_msat = amount_msat_of(await read_form(request))
        issued = await driver.checkout.top_up(token, amount_msat)
    except StromError as error:
        return await answer(driver, request, token, error)
    return go(invoice_path(f"/s/{token}/pay", driver.checkout.page_token(issued)))


@post("/s/{token:str}/refund", status_code=200)
async def refund(driver: FromDriver, request: AnyRequest, token: Token) -> Answer:
    """Pay the refund to an invoice that the driver pasted."""
    bolt11 = (await read_form(request)).text("invoice").removeprefix("lightning:")
    return await _done(driver, request, token, _claim(driver, token, bolt11))


@post("/s/{token:str}/refund/address", status_code=200)
async def refund_to(driver: FromDriver, request: AnyRequest, token: Token) -> Answer:
    """Let what is left go to a lightning address by itself, now or at the end."""
    address = (await read_form(request)).text("address").removeprefix("lightning:")
    return await _done(driver, request, token, driver.checkout.refund_to(token, address))


@post("/s/{token:str}/refund/sandbox", status_code=200)
async def refund_in_sandbox(driver: FromDriver, request: AnyRequest, token: Token) -> Answer:
    """Pay the refund to a driver of the sandbox."""
    await read_form(request)
    return await _done(driver, request, token, _claim_in_sandbox(driver, token))


async def _claim(driver: Driver, token: str, bolt11: str) -> None:
    offer = await driver.checkout.withdraw_offer(token)
    await driver.checkout.claim_refund(token, offer.k1, bolt11)


async def _claim_in_sandbox(driver: Driver, token: str) -> None:
    if driver.sandbox is None:
        raise NotFound("There is no sandbox here.")
    offer = await driver.checkout.withdraw_offer(token)
    if offer.amount_msat <= 0:
        raise Conflict("There is nothing to refund.")
    bolt11 = await driver.sandbox.invoice(token.partition(".")[0], offer.amount_msat)
    await driver.checkout.claim_refund(token, offer.k1, bolt11)


async def _done(
    driver: Driver, request: AnyRequest, token: str, doing: Awaitable[object]
) -> Answer:
    try:
        await doing
    except NotFound:
        raise
    except StromError as error:
        return await answer(driver, request, token, error)
    return await answer(driver, request, token)


HANDLERS = [stop, unlock, top_up, refund, refund_to, refund_in_sandbox]
