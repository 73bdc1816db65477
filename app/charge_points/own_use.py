"""Sessions that their owner stands for: the owner's own start, a card, free charging."""

import base64
from dataclasses import replace
from datetime import datetime
from hashlib import sha256

from app.charge_points.settings import ChargePointSettings
from app.charging.money import MSAT_PER_SAT, SATS, sat_rate
from app.charging.ports import Tables
from app.charging.pricing import free_tariff
from app.charging.session import Limits, Quote
from app.records import rows
from app.records.charge_points import Connector
from app.records.effects import Opening

ID_LENGTH = 16


async def limits_of(tables: Tables, tenant: str, settings: ChargePointSettings) -> Limits:
    """As for whoever pays: the provider's, else the owner's."""
    silent_s = settings.silent_limit_s
    if not silent_s:
        owner = await rows.tenants(tables).get(tenant, tenant)
        silent_s = owner.silent_limit_hours * 3600
    return Limits(start_s=settings.start_s, silent_s=silent_s)


def own_use(now: datetime, limits: Limits, plug: Connector | None) -> Quote:
    """The quote of such a session: nothing is charged."""
    free = free_tariff("Own use", SATS, now)
    quote = Quote(free, sat_rate(now), "", MSAT_PER_SAT, limits, now)
    return quote if plug is None else replace(quote, max_power_w=plug.max_power_w)


async def opening(
    tables: Tables, settings: ChargePointSettings, at: tuple[str, str, int], now: datetime
) -> Opening:
    """What such a session begins from; ``at``: tenant, charge point, connector."""
    tenant, charge_point, connector = at
    known = await rows.charge_points(tables).find(tenant, charge_point)
    plug = None if known is None else known.connector(connector)
    quote = own_use(now, await limits_of(tables, tenant, settings), plug)
    return Opening(charge_point, connector, quote)


def session_of(charge_point: str, transaction_key: str) -> str:
    """The session of a transaction that a charge point began: the same in every replay."""
    digest = sha256(f"{charge_point}|{transaction_key}".encode()).digest()
    return base64.b32encode(digest).decode().lower()[:ID_LENGTH]
