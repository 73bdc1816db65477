"""``/c/{name}``: what a charge point costs, whether it is free, and how to pay."""

from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Annotated

from litestar import Response, get, post
from litestar.params import FromQuery, PathParameter
from litestar.response import Redirect

from app.charging.errors import Conflict, NotFound, StromError, Unavailable
from app.charging.money import MSAT_PER_SAT
from app.charging.pricing import Dimension, begun, used_up
from app.charging.pricing.curve import component_at
from app.checkout.lnurl_codes import encode_lnurl, printed_link, with_scheme
from app.checkout.offers import Offer, SignedQuote
from app.portal.driver.amounts import Amount, amount_msat_of, amounts
from app.portal.driver.errors import message_of, status_of
from app.portal.driver.invoice_page import invoice_path
from app.portal.driver.language import translate
from app.portal.driver.numbers import Numbers
from app.portal.driver.prices import shown_price
from app.portal.driver.rendering import as_json, wants_html
from app.portal.driver.services import Driver, FromDriver
from app.portal.forms import AnyRequest, read_form
from app.portal.pages import go

Name = Annotated[str, PathParameter(max_length=128)]


@get("/c/{name:str}")
async def show_station(driver: FromDriver, request: AnyRequest, name: Name) -> Response[object]:
    """The page; for a wallet that opens its address, the LNURL answer (LUD-01)."""
    host = request.headers.get("host", "")
    if not wants_html(request) and driver.pay_requests is not None:
        return as_json(await driver.pay_requests.pay_request(name, host))
    offer = await driver.checkout.find(name, host)
    return await _page(driver, request, offer)


@get("/c/{name:str}/state")
async def station_state(driver: FromDriver, request: AnyRequest, name: Name) -> Response[object]:
    """A word that changes with anything the page should be shown anew for."""
    offer = await driver.checkout.find(name, request.headers.get("host", ""))
    return as_json({"state": fingerprint(offer, driver.clock.now())})


@get("/c/{name:str}/buys")
async def what_it_buys(
    driver: FromDriver, request: AnyRequest, name: Name, amount_sat: FromQuery[str] = ""
) -> Response[object]:
    """How far an amount gets, for the page's script; empty where that cannot be said."""
    offer = await driver.checkout.find(name, request.headers.get("host", ""))
    return as_json({"text": _buys(driver, _numbers(driver, request, offer), offer, amount_sat)})


@post("/c/{name:str}/pay")
async def pay(driver: FromDriver, request: AnyRequest, name: Name) -> Response[object] | Redirect:
    """An invoice for the amount that was chosen; on failure the page again, which says why."""
    offer = await driver.checkout.find(name, request.headers.get("host", ""))
    try:
        amount_msat = amount_msat_of(await read_form(request))
        quote = await driver.checkout.quote(offer)
        issued = await driver.checkout.invoice(quote.token, amount_msat)
    except StromError as error:
        return await _page(driver, request, offer, error)
    return go(invoice_path(f"/c/{name}/pay", driver.checkout.page_token(issued)))


def fingerprint(offer: Offer, at: datetime) -> str:
    """Changes with state, plug and price; not with every breath of the exchange rate."""
    energy = component_at(offer.tariff, Dimension.ENERGY, at, power_w(offer))
    parts = (
        None if energy is None else energy.price,
        offer.availability.code,
        offer.availability.message,
        offer.connector.number if offer.connector else 0,
        offer.tariff.id,
        offer.tariff.version,
        offer.rate is None,
    )
    return sha256(repr(parts).encode()).hexdigest()[:12]


async def _page(
    driver: Driver, request: AnyRequest, offer: Offer, error: StromError | None = None
) -> Response[object]:
    quote = await _quote(driver, offer)
    if quote is None and offer.availability.can_pay:
        unsure = replace(offer.availability, code="not_ready", can_pay=False)
        offer = replace(offer, availability=unsure)
    numbers, now = _numbers(driver, request, offer), driver.clock.now()
    return driver.pages.render(
        "station.html",
        numbers,
        status=status_of(error) if error else 200,
        offer=offer,
        quote=quote,
        amounts=_amounts(driver, offer, quote),
        problem=message_of(error) if error else "",
        state=fingerprint(offer, now),
        name=offer.address.partition("@")[0],
        price=shown_price(offer.tariff, offer.rate, numbers, at=now, power_w=power_w(offer)),
        lnurl=encode_lnurl(driver.settings.pay_request_url(offer.address)),
        scheme_url=with_scheme(driver.settings.pay_request_url(offer.address), "lnurlp"),
        printed_link=_printed_link(driver, offer),
        is_sandbox=offer.tenant.mode == "sandbox",
    )


async def _quote(driver: Driver, offer: Offer) -> SignedQuote | None:
    if not offer.availability.can_pay:
        return None
    try:
        return await driver.checkout.quote(offer)
    except (Conflict, NotFound, Unavailable):
        return None


def _amounts(driver: Driver, offer: Offer, quote: SignedQuote | None) -> list[Amount]:
    if quote is None or offer.rate is None or offer.connector is None:
        return []
    return amounts(
        offer.tariff,
        offer.rate,
        driver.settings.amounts_kwh,
        tally=begun(driver.clock.now()),
        power_w=offer.connector.max_power_w,
        min_msat=quote.min_msat,
        max_msat=quote.max_msat,
    )


def _numbers(driver: Driver, request: AnyRequest, offer: Offer) -> Numbers:
    return Numbers(
        driver.pages.language(request, offer.tenant.language),
        offer.tariff.currency,
        offer.rate.msat_per_unit if offer.rate else None,
        offer.location.time_zone,
    )


def power_w(offer: Offer) -> int:
    """The most that the connector delivers; where it is open which, that of the first."""
    return (offer.connector or offer.charge_point.connectors[0]).max_power_w


def _buys(driver: Driver, numbers: Numbers, offer: Offer, amount_sat: str) -> str:
    """``≈ 14.2 kWh, until 16:40``."""
    now = driver.clock.now()
    if offer.rate is None or not (amount_sat.isascii() and amount_sat.isdecimal()):
        return ""
    budget_msat = int(amount_sat[:10]) * MSAT_PER_SAT
    reach = used_up(offer.tariff, offer.rate, begun(now), budget_msat, power_w(offer))
    if reach is None or reach.energy_wh == 0:
        return ""
    seconds = int((reach.at - now).total_seconds())
    said = translate(numbers.language, "%(energy)s, until %(time)s")
    values = {
        "energy": numbers.about(reach.energy_wh),
        "time": numbers.until(reach.at, seconds),
    }
    return "≈ " + said % values


def _printed_link(driver: Driver, offer: Offer) -> str:
    settings = driver.settings
    lnurl = encode_lnurl(settings.pay_request_url(offer.address))
    return printed_link(settings.page_url(offer.address), lnurl)


HANDLERS = [show_station, station_state, what_it_buys, pay]
