"""``/c/{name}/price.json``: what a charge point asks, for maps, apps and whoever compares.

In the spirit of what AFIR (EU 2023/1804 Art. 5 and 20) wants public: the price per kWh as a driver
pays it, then every component in OCPI's words, and whether the point is free. Nothing personal.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
from litestar import Response, get
from litestar.enums import MediaType

from app.charging.money import SATS
from app.charging.pricing import Dimension, Tariff
from app.charging.pricing.curve import Step, component_at, curve, knows_until
from app.checkout.offers import Offer
from app.checkout.price_words import gross
from app.checkout.texts import price_text
from app.portal.driver.prices import AHEAD
from app.portal.driver.services import FromDriver
from app.portal.driver.station_page import Name, power_w
from app.portal.forms import AnyRequest
from app.records.tariff_json import tariff_json

FORMAT = "strom-price/1"
FRESH_S = 30
_HEADERS = {
    "cache-control": f"public, max-age={FRESH_S}",
    "access-control-allow-origin": "*",
    "x-content-type-options": "nosniff",
    "vary": "host",
}


@get("/c/{name:str}/price.json")
async def price_feed(driver: FromDriver, request: AnyRequest, name: Name) -> Response[object]:
    """The price of a charge point as it is now."""
    offer = await driver.checkout.find(name, request.headers.get("host", ""))
    content = feed(offer, driver.clock.now())
    return Response[object](content, media_type=MediaType.JSON, headers=_HEADERS)


def feed(offer: Offer, at: datetime) -> Mapping[str, Any]:
    """The price as plain values; decimals are strings."""
    tariff, watts = offer.tariff, power_w(offer)
    known = knows_until(tariff, at)
    steps = curve(tariff, at, min(known, at + AHEAD) if known else at + AHEAD, watts)
    return {
        "format": FORMAT,
        "at": _text(at),
        "charge_point": _charge_point(offer),
        "status": offer.availability.code,
        "can_be_paid": offer.availability.can_pay,
        "price": _price(offer, at, steps),
        "components_now": _now(tariff, at, watts),
        "tariff": tariff_json(tariff),
        "rate": None if offer.rate is None else msgspec.to_builtins(offer.rate),
        "curve": [_step(tariff, step) for step in steps],
        "curve_known_until": None if known is None else _text(known),
    }


def _charge_point(offer: Offer) -> dict[str, Any]:
    location, connector = offer.location, offer.connector
    return {
        "name": offer.charge_point.label,
        "operator": offer.tenant.name,
        "lightning_address": offer.address,
        "location": location.name,
        "address": f"{location.address}, {location.postal_code} {location.city}",
        "country": location.country,
        "latitude": str(location.latitude),
        "longitude": str(location.longitude),
        "time_zone": location.time_zone,
        "connector": None if connector is None else connector.number,
        "max_power_w": power_w(offer),
    }


def _price(offer: Offer, at: datetime, steps: Sequence[Step]) -> dict[str, Any]:
    """As a driver pays it, VAT included."""
    tariff, first = offer.tariff, steps[0]
    per_kwh = first.price if first.component is None else gross(tariff, first.component)
    vat = None if first.component is None else first.component.vat
    msat = None if offer.rate is None else int(per_kwh * offer.rate.msat_per_unit)
    return {
        "currency": tariff.currency,
        "is_in_sats": tariff.currency == SATS,
        "per_kwh": _plain(per_kwh),
        "per_kwh_msat": msat,
        "vat_percent": None if vat is None else str(vat),
        "holds_until": _text(first.ends) if len(steps) > 1 else None,
        "text": price_text(tariff, offer.rate, at, power_w=power_w(offer)),
    }


def _now(tariff: Tariff, at: datetime, watts: int) -> list[dict[str, Any]]:
    """The component of each dimension that holds now, as the tariff states it."""
    found = [component_at(tariff, dimension, at, watts) for dimension in Dimension]
    return [
        {key: value for key, value in msgspec.to_builtins(each).items() if value is not None}
        for each in found
        if each is not None
    ]


def _step(tariff: Tariff, step: Step) -> dict[str, str]:
    price = step.price if step.component is None else gross(tariff, step.component)
    return {"begins": _text(step.begins), "ends": _text(step.ends), "per_kwh": _plain(price)}


def _plain(value: Decimal) -> str:
    """Without needless zeros."""
    return f"{value.normalize():f}"


def _text(at: datetime) -> str:
    return at.isoformat(timespec="seconds").replace("+00:00", "Z")


HANDLERS = [price_feed]
