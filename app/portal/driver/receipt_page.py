"""``/s/{token}/receipt``: what the charge has cost, to read, to keep, and to reckon again."""

from litestar import Response, get

from app.portal.driver.numbers import Numbers
from app.portal.driver.services import FromDriver
from app.portal.driver.session_page import Token
from app.portal.forms import AnyRequest
from app.portal.receipts.files import receipt_file, receipt_json
from app.portal.receipts.shown import shown_receipt


@get("/s/{token:str}/receipt")
async def show_receipt(driver: FromDriver, request: AnyRequest, token: Token) -> Response[object]:
    """The receipt as a page."""
    receipt = await driver.facts.receipt(token)
    facts = await driver.facts.of(token)
    language = driver.pages.language(request, facts.language)
    return driver.pages.render(
        "receipt.html",
        Numbers(language),
        receipt=shown_receipt(receipt, language),
        signed=len(receipt.signed),
        token=token,
    )


@get("/s/{token:str}/receipt.pdf")
async def print_receipt(driver: FromDriver, request: AnyRequest, token: Token) -> Response[object]:
    """The receipt as a PDF."""
    facts = await driver.facts.of(token)
    language = driver.pages.language(request, facts.language)
    return await receipt_file(await driver.facts.receipt(token), language)


@get("/s/{token:str}/receipt.json")
async def save_receipt(driver: FromDriver, token: Token) -> Response[object]:
    """The receipt for programs."""
    return receipt_json(await driver.facts.receipt(token))


HANDLERS = [show_receipt, print_receipt, save_receipt]
