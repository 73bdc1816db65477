"""The clock of this machine, held against what others say the time is."""

import asyncio
import ctypes
import os
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from statistics import median
from typing import Literal
from urllib.parse import urlsplit

import httpx

from app.entrypoints.doctor.findings import Finding, ok, problem, warning
from app.entrypoints.doctor.ground import Ground

NAME = "clock"
WRONG, INEXACT = timedelta(minutes=5), timedelta(seconds=30)
"""AWS refuses signatures that are five minutes old."""
_PEERS = ("https://api.kraken.com/0/public/Time", "https://api.coinbase.com/v2/time")
"""Whom rates are asked of anyway."""
_TIMEOUT_S = 4
_TIME_ERROR = 5  # adjtimex(2): nobody keeps the clock in step

_SETS = (
    "Let the system set its clock (`timedatectl set-ntp true`), or set it by hand. Strom needs no "
    "restart; what it owes may wait until the right time has caught up."
)
_HURTS = (
    "AWS refuses requests, invoices and links end at the wrong moment, prices by the hour and "
    "receipts have the wrong time, charge points are told it"
)


@dataclass(frozen=True, slots=True)
class Told:
    """How far this machine is ahead of one peer."""

    peer: str
    ahead: timedelta
    is_ours: bool
    """A table with an address of its own is mostly a container beside Strom's, or this machine: it
    has the same clock, and its agreement says nothing."""


async def look(ground: Ground) -> list[Finding]:
    """Ask whom we talk to anyway: the table, and the sources of rates."""
    async with httpx.AsyncClient(timeout=_TIMEOUT_S, trust_env=False) as http:
        answers = await asyncio.gather(*(_ask(ground, http, url) for url in peers(ground)))
    answered = [each for each in answers if each is not None]
    told = [each for each in answered if not each.is_ours] or answered
    ahead = timedelta(seconds=median([each.ahead.total_seconds() for each in told] or [0.0]))
    if abs(ahead) < INEXACT and all(each.is_ours for each in told):
        return [_alone(await asyncio.to_thread(in_step))]
    by = " and ".join(each.peer for each in told)
    direction = "ahead of" if ahead > timedelta() else "behind"
    seen = f"This machine's clock is {_long(abs(ahead))} {direction} {by}"
    if abs(ahead) >= WRONG:
        return [problem(NAME, f"{seen}: {_HURTS}.", _SETS)]
    if abs(ahead) >= INEXACT:
        return [warning(NAME, f"{seen}.", _SETS)]
    return [ok(NAME, f"It agrees with {by} to {max(abs(ahead).total_seconds(), 1):.0f} s.")]


def peers(ground: Ground) -> Iterable[str]:
    """Addresses whose answers carry a date."""
    settings = ground.settings
    if settings.dynamodb_endpoint:
        yield settings.dynamodb_endpoint
    elif not settings.embedded_tables:
        yield f"https://dynamodb.{settings.dynamodb_region}.amazonaws.com/"
    if not settings.fixed_rates:
        yield from _PEERS


async def _ask(ground: Ground, http: httpx.AsyncClient, url: str) -> Told | None:
    before = ground.clock.now()
    try:
        answer = await http.get(url)
        said = parsedate_to_datetime(answer.headers["date"])
    except (httpx.HTTPError, OSError, KeyError, ValueError, TypeError):
        return None
    if said.tzinfo is None:
        return None
    ahead = _ahead(before, ground.clock.now(), said)
    return Told(urlsplit(url).hostname or url, ahead, url == ground.settings.dynamodb_endpoint)


def _ahead(before: datetime, after: datetime, said: datetime) -> timedelta:
    """The date has whole seconds, cut off, and was written at some moment between."""
    return before + (after - before) / 2 - (said + timedelta(seconds=0.5))


def _alone(step: Literal["in step", "not in step", "unknown"]) -> Finding:
    if step == "in step":
        return ok(NAME, "The system keeps it in step; nobody else could be asked.")
    seen = "Nobody could be asked for the time, and the system does not say that it keeps it."
    return warning(NAME, seen, "Compare it with another clock (`date -u`); switch NTP on.")


def in_step() -> Literal["in step", "not in step", "unknown"]:
    """Whether the system says that it keeps its clock in step (Linux: adjtimex(2), asked alone)."""
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        state = libc.adjtimex(ctypes.create_string_buffer(512))  # modes 0: nothing is set
    except (OSError, AttributeError):
        return "unknown"
    if state < 0 or os.name != "posix":
        return "unknown"
    return "not in step" if state == _TIME_ERROR else "in step"


def _long(span: timedelta) -> str:
    seconds = round(span.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    minutes, hours = seconds // 60, seconds / 3600
    return f"{minutes} minutes" if minutes < 180 else f"{hours:,.0f} hours"
