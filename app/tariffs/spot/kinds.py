"""The kinds of price sources: what an owner must say of each, and the source it makes."""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import httpx

from app.charging.errors import BadInput
from app.charging.ports import Clock
from app.records.codes import CURRENCIES
from app.records.fields import time_zone
from app.records.spot_sources import JsonPaths, SpotSourceSettings
from app.tariffs.spot.feeds.awattar import URLS, Awattar
from app.tariffs.spot.feeds.energy_charts import EnergyCharts
from app.tariffs.spot.feeds.entsoe import Entsoe
from app.tariffs.spot.feeds.json_url import JsonUrl, checked_path
from app.tariffs.spot.feeds.octopus import OctopusAgile
from app.tariffs.spot.feeds.signal_url import SignalUrl
from app.tariffs.spot.feeds.tibber import Tibber
from app.tariffs.spot.port import SpotSource

TITLES = {
    "entsoe": "ENTSO-E day-ahead",
    "awattar": "aWATTar",
    "energy_charts": "Energy-Charts",
    "tibber": "Tibber",
    "octopus": "Octopus Agile",
    "json": "JSON from an address",
    "signal": "A signal from an address",
}
"""Every kind, by its name for people, in the order in which they are offered."""

TOKEN, QUERY, HEADER = "token", "query", "header:"

_EIC = re.compile(r"[0-9]{2}[A-Z][0-9A-Z-]{13}")
_BIDDING_ZONE = re.compile(r"[A-Z][A-Z0-9-]{1,11}")
_PRODUCT = re.compile(r"[A-Z0-9-]{3,60}")
_REGIONS = "ABCDEFGHJKLMNP"
_HOME = re.compile(r"[0-9a-fA-F-]{0,40}")
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,60}")
_NOT_OURS = ("host", "connection", "content-length", "transfer-encoding", "upgrade", "te")
_MOST_SECRETS, _LONGEST_SECRET = 6, 2000
_MOST_HOLDS_MIN = 24 * 60


def checked(settings: SpotSourceSettings) -> SpotSourceSettings:
    """The settings tidied, without what the kind has no use for.

    Raises ``BadInput`` with the first field that cannot be.
    """
    common = SpotSourceSettings(settings.kind, time_zone(settings.time_zone, field="time_zone"))
    match settings.kind:
        case "entsoe":
            return replace(
                common,
                area=_matching(_EIC, settings.area, "an area's code (EIC), like 10Y1001A1001A82H"),
                currency=_currency(settings.currency or "EUR"),
                step_min=_step(settings.step_min, (0, 15, 60)),
            )
        case "awattar":
            country = settings.area.strip().upper()
            if country not in URLS:
                raise BadInput("AT or DE", field="area")
            return replace(common, area=country, currency=_only("EUR", settings))
        case "energy_charts":
            zone = _matching(_BIDDING_ZONE, settings.area, "a bidding zone, like DE-LU")
            return replace(common, area=zone, currency=_only("EUR", settings))
        case "tibber":
            return _checked_tibber(common, settings)
        case "octopus":
            return _checked_octopus(common, settings)
        case "json":
            return _checked_json(common, settings)
        case "signal":
            value = JsonPaths(settings.paths.price, factor=settings.paths.factor)
            plain = replace(settings, currency="EUR", paths=value, with_vat=False)
            return replace(_checked_json(common, plain), currency="")
    raise BadInput("this kind of source is not known", field="kind")


def checked_secrets(kind: str, secrets: Mapping[str, str]) -> dict[str, str]:
    """The secrets that a kind needs and can use; raises ``BadInput`` with the field."""
    tidy = {name.strip(): value.strip() for name, value in secrets.items() if value.strip()}
    if len(tidy) > _MOST_SECRETS:
        raise BadInput(f"at most {_MOST_SECRETS}", field="secrets")
    for name, value in tidy.items():
        if len(value) > _LONGEST_SECRET or not (value.isascii() and value.isprintable()):
            raise BadInput("this has characters that cannot be sent", field=name)
    needs_token = kind in ("entsoe", "tibber")
    if needs_token and TOKEN not in tidy:
        raise BadInput("this is needed", field=TOKEN)
    for name in tidy:
        if kind in ("json", "signal") and (name == QUERY or _is_header(name)):
            continue
        if not (needs_token and name == TOKEN):
            raise BadInput("this source has no use for it", field=name)
    if "#" in tidy.get(QUERY, "") or " " in tidy.get(QUERY, ""):
        raise BadInput("the end of an address, like key=abc", field=QUERY)
    return tidy


def build(
    settings: SpotSourceSettings, secrets: Mapping[str, str], http: httpx.AsyncClient, clock: Clock
) -> SpotSource:
    """The source of checked settings; nothing is asked of it yet. ``http`` is guarded."""
    zone = ZoneInfo(settings.time_zone)
    match settings.kind:
        case "entsoe":
            return Entsoe(
                http, clock, secrets[TOKEN], settings.area, settings.currency,
                settings.step_min,
            )  # fmt: skip
        case "awattar":
            return Awattar(http, clock, settings.area)
        case "energy_charts":
            return EnergyCharts(http, clock, settings.area)
        case "tibber":
            return Tibber(
                http, clock, secrets[TOKEN], settings.currency, zone, settings.with_vat,
                settings.step_min, settings.home,
            )  # fmt: skip
        case "octopus":
            return OctopusAgile(http, clock, settings.product, settings.area, settings.with_vat)
        case "json":
            return _json(JsonUrl, settings, secrets, http, clock, zone)
        case "signal":
            return _json(SignalUrl, settings, secrets, http, clock, zone)


def _json(
    kind: type[JsonUrl],
    settings: SpotSourceSettings,
    secrets: Mapping[str, str],
    http: httpx.AsyncClient,
    clock: Clock,
    zone: ZoneInfo,
) -> JsonUrl:
    headers = {
        name.removeprefix(HEADER): value
        for name, value in secrets.items()
        if name.startswith(HEADER)
    }
    return kind(
        http=http,
        clock=clock,
        url=settings.url,
        paths=settings.paths,
        zone=zone,
        currency=settings.currency,
        with_vat=settings.with_vat,
        holds_s=settings.holds_min * 60,
        headers=headers,
        query=secrets.get(QUERY, ""),
        name=httpx.URL(settings.url).host,
    )


def _checked_tibber(common: SpotSourceSettings, given: SpotSourceSettings) -> SpotSourceSettings:
    if not _HOME.fullmatch(given.home.strip()):
        raise BadInput("the id of a home, or nothing", field="home")
    return replace(
        common,
        currency=_currency(given.currency),
        home=given.home.strip(),
        with_vat=given.with_vat,
        step_min=_step(given.step_min or 15, (15, 60)),
    )


def _checked_octopus(common: SpotSourceSettings, given: SpotSourceSettings) -> SpotSourceSettings:
    product = given.product.strip().upper()
    if not _PRODUCT.fullmatch(product):
        raise BadInput("a product's code, like AGILE-24-10-01", field="product")
    region = given.area.strip().upper()
    if len(region) != 1 or region not in _REGIONS:
        raise BadInput(f"the letter of a region: one of {_REGIONS}", field="area")
    return replace(
        common,
        product=product,
        area=region,
        with_vat=given.with_vat,
        currency=_only("GBP", given),
    )


def _checked_json(common: SpotSourceSettings, given: SpotSourceSettings) -> SpotSourceSettings:
    paths = JsonPaths(
        price=checked_path(given.paths.price, field="price_path"),
        slots=checked_path(given.paths.slots, field="slots_path"),
        time=checked_path(given.paths.time, field="time_path"),
        end=checked_path(given.paths.end, field="end_path"),
        factor=_factor(given.paths.factor),
    )
    if not paths.price:
        raise BadInput("this is needed", field="price_path")
    if not paths.time and (paths.slots or paths.end):
        raise BadInput("a list of prices needs their time", field="time_path")
    if not 1 <= given.holds_min <= _MOST_HOLDS_MIN:
        raise BadInput(f"from 1 to {_MOST_HOLDS_MIN} minutes", field="holds_min")
    url = given.url.strip()
    try:
        host = httpx.URL(url).host
    except httpx.InvalidURL:
        host = ""
    if not host or "#" in url:
        raise BadInput("This is not a web address.", field="url")
    return replace(
        common,
        url=url,
        paths=paths,
        currency=_currency(given.currency),
        with_vat=given.with_vat,
        holds_min=given.holds_min,
    )


def _is_header(name: str) -> bool:
    header = name.removeprefix(HEADER)
    return (
        name.startswith(HEADER)
        and _HEADER_NAME.fullmatch(header) is not None
        and header.casefold() not in _NOT_OURS
    )


def _matching(pattern: re.Pattern[str], text: str, like: str) -> str:
    tidy = text.strip().upper()
    if not pattern.fullmatch(tidy):
        raise BadInput(like, field="area")
    return tidy


def _currency(text: str) -> str:
    tidy = text.strip().upper()
    if tidy not in CURRENCIES:
        raise BadInput("three letters, like EUR", field="currency")
    return tidy


def _only(currency: str, settings: SpotSourceSettings) -> str:
    if settings.currency.strip().upper() not in ("", currency):
        raise BadInput(f"this source tells prices in {currency}", field="currency")
    return currency


def _step(step_min: int, steps: tuple[int, ...]) -> int:
    if step_min not in steps:
        raise BadInput("15 or 60", field="step_min")
    return step_min


def _factor(factor: Decimal) -> Decimal:
    is_sane = factor.is_finite() and len(factor.as_tuple().digits) <= 12
    if not is_sane or not Decimal("1e-6") <= abs(factor) <= Decimal("1e6"):
        raise BadInput("what makes it a price of a kWh, like 0.001 or 0.01", field="factor")
    return factor
