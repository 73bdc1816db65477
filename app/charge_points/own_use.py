"""Sessions that their owner stands for: the owner's own start, a card, free charging."""

import base64
from datetime import datetime
from hashlib import sha256

from app.charging.money import MSAT_PER_SAT, SATS, sat_rate
from app.charging.pricing import free_tariff
from app.charging.session import Limits, Quote
from app.records.effects import Opening

ID_LENGTH = 16


def own_use(now: datetime) -> Quote:
    """The quote of such a session: nothing is charged."""
    free = free_tariff("Own use", SATS, now)
    return Quote(free, sat_rate(now), "", MSAT_PER_SAT, Limits(), now)


def opening(charge_point: str, connector: int, now: datetime) -> Opening:
    """What such a session begins from."""
    return Opening(charge_point, connector, own_use(now))


def session_of(charge_point: str, transaction_key: str) -> str:
    """The session of a transaction that a charge point began: the same in every replay."""
    digest = sha256(f"{charge_point}|{transaction_key}".encode()).digest()
    return base64.b32encode(digest).decode().lower()[:ID_LENGTH]
