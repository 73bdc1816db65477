"""``/c/{name}/mine`` and ``/my-charges``: ways back to a charge whose link was lost.

Cookie-less like every page of the driver: what this browser alone knows of a challenge stands in
the page's own address, and the code shown to the wallet does not carry it.
"""

from typing import Annotated
from urllib.parse import urlencode

from litestar import Response, get, post
from litestar.params import PathParameter
from litestar.response import Redirect

from app.charging.errors import NotFound, StromError
from app.checkout.lnurl_codes import encode_lnurl, with_scheme
from app.portal.driver.errors import message_of, status_of
from app.portal.driver.numbers import Numbers
from app.portal.driver.services import Driver, FromDriver
from app.portal.driver.station_page import Name
from app.portal.forms import AnyRequest, read_form
from app.portal.pages import go

Asked = Annotated[str, PathParameter(max_length=200)]
Answer = Response[object] | Redirect


@get("/c/{name:str}/mine")
async def show_ways(driver: FromDriver, request: AnyRequest, name: Name) -> Response[object]:
    """The ways: PIN, proof of payment, wallet, owner."""
    return await _ways(driver, request, name)


@post("/c/{name:str}/mine/pin")
async def by_pin(driver: FromDriver, request: AnyRequest, name: Name) -> Answer:
    """The charge whose payer chose this PIN."""
    pin = (await read_form(request)).text("pin")
    host = request.headers.get("host", "")
    try:
        return go(f"/s/{await driver.checkout.link_by_pin(name, host, pin)}")
    except NotFound:
        raise
    except StromError as error:
        return await _ways(driver, request, name, error)


@post("/c/{name:str}/mine/proof")
async def by_preimage(driver: FromDriver, request: AnyRequest, name: Name) -> Answer:
    """The charge that was paid with this preimage, under a new link."""
    preimage = (await read_form(request)).text("preimage")
    host = request.headers.get("host", "")
    try:
        return go(f"/s/{await driver.checkout.link_by_preimage(name, host, preimage)}")
    except NotFound:
        raise
    except StromError as error:
        return await _ways(driver, request, name, error)


@get("/my-charges")
async def ask_wallet(driver: FromDriver) -> Redirect:
    """A new challenge, in the address of the page that shows it."""
    asked = driver.checkout.ask_wallet()
    return go(f"/my-charges/{asked.k1}.{asked.secret}")


@get("/my-charges/{asked:str}")
async def my_charges(driver: FromDriver, request: AnyRequest, asked: Asked) -> Response[object]:
    """The code for the wallet; once it has signed, its charges."""
    k1, _, secret = asked.partition(".")
    charges = await driver.checkout.charges_of_wallet(k1, secret)
    query = urlencode({"tag": "login", "k1": k1, "action": "auth"})
    url = f"{driver.settings.portal.public_base_url}/lnurl/auth?{query}"
    return driver.pages.render(
        "my_charges.html",
        Numbers(driver.pages.language(request)),
        lnurl=encode_lnurl(url),
        scheme_url=with_scheme(url, "keyauth"),
        charges=charges,
    )


async def _ways(
    driver: Driver, request: AnyRequest, name: str, error: StromError | None = None
) -> Response[object]:
    offer = await driver.checkout.find(name, request.headers.get("host", ""))
    return driver.pages.render(
        "mine.html",
        Numbers(driver.pages.language(request, offer.tenant.language)),
        status=status_of(error) if error else 200,
        offer=offer,
        name=offer.address.partition("@")[0],
        problem=message_of(error) if error else "",
    )


HANDLERS = [show_ways, by_pin, by_preimage, ask_wallet, my_charges]
