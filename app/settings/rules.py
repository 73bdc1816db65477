"""What one setting by itself must be, beyond its type: each returns it, or says what is wrong."""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from ipaddress import ip_network
from typing import Any
from urllib.parse import urlsplit

from app.settings.addresses import is_here, is_whole, parts_of

ACME_NAME = re.compile(
    r"(?=.{4,253}$)([a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?\.)+[a-zA-Z][a-zA-Z0-9-]{0,62}"
)
"""Of the public kind: with a dot, no number, no star (that would want DNS-01)."""

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")


def _secure(url: str) -> str:
    """Wallets refuse plain http beyond this machine and onion services (LUD-01; Zeus)."""
    parts = urlsplit(url)
    is_onion = (parts.hostname or "").endswith(".onion")
    if url and parts.scheme != "https" and not (is_here(url) or is_onion):
        raise ValueError("must begin with https://, or no wallet will pay here")
    if url and (not is_whole(url) or parts.path not in ("", "/")):
        raise ValueError("must be scheme and host alone: addresses have no path (LUD-16)")
    return url


def _websocket(url: str) -> str:
    if url and urlsplit(url).scheme not in ("ws", "wss"):
        raise ValueError("must begin with ws:// or wss://")
    if url and not is_whole(url):
        raise ValueError("must have a host, and nothing after its path")
    return url


def _http(url: str) -> str:
    if url and (urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname):
        raise ValueError("must begin with http:// or https://")
    return url


def _https(url: str) -> str:
    if url and (urlsplit(url).scheme != "https" or not urlsplit(url).hostname):
        raise ValueError("must begin with https://, as LND's REST address does")
    return url


def _http_or_none(url: str) -> str:
    return url if url == "none" else _http(url)


def _mail(address: str) -> str:
    name, _, host = address.partition("@")
    if not name or not host or "@" in host or " " in address:
        raise ValueError("must be an e-mail address")
    return address


def _rates(rates: dict[str, Decimal]) -> dict[str, Decimal]:
    for currency, rate in rates.items():
        if not re.fullmatch("[A-Z]{3}", currency):
            raise ValueError(f"{currency} is no currency (ISO 4217), such as EUR")
        if not rate.is_finite() or rate <= 0:
            raise ValueError(f"{currency} must be worth something: msat for one unit")
    return rates


def _percent(share: Decimal) -> Decimal:
    if not share.is_finite() or not 0 <= share <= 100:
        raise ValueError("must be a number from 0 to 100")
    return share


def _networks(text: str) -> str:
    for part in parts_of(text):
        ip_network(part)  # says itself what is wrong
    return text


def _level(level: str) -> str:
    if level.upper() not in LEVELS:
        raise ValueError(f"must be one of {', '.join(LEVELS)}")
    return level


def _names(text: str) -> str:
    for name in parts_of(text):
        if not ACME_NAME.fullmatch(name):
            raise ValueError(f"{name} is no name that a certificate can be had for")
    return text.lower()


RULES: Mapping[str, Callable[[Any], object]] = {
    "public_base_url": _secure,
    **dict.fromkeys(("charger_base_url", "certificate_base_url", "live_base_url"), _websocket),
    **dict.fromkeys(
        ("dynamodb_endpoint", "internal_url", "aws_endpoint", "perform_queue_url"), _http
    ),
    "owner_lnd_url": _https,
    "wallet_callback_base_url": _http_or_none,
    "mail_from": _mail,
    "fixed_rates": _rates,
    "refund_fee_percent": _percent,
    "trusted_proxies": _networks,
    "log_level": _level,
    "acme_domains": _names,
}
"""By the setting's name."""
