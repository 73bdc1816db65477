"""All looks at once, each with its time. Where the table cannot be read, what needs it waits."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from app.bootstrap.composition import put_together
from app.bootstrap.foundation import SystemClock
from app.bootstrap.looking import is_on_aws, looked_at
from app.charging.errors import StromError, Unavailable
from app.charging.ports import Clock
from app.entrypoints import health
from app.entrypoints.doctor import (
    backups,
    clock,
    cloud,
    folder,
    given,
    keys,
    mail,
    owed,
    prices,
    reached,
    serving,
    table,
    tls,
    wallets,
)
from app.entrypoints.doctor.findings import Finding, problem, warning
from app.entrypoints.doctor.ground import Ground, Serving
from app.entrypoints.loops import LocalQueue
from app.settings import Settings, SettingsError, read_settings

log = logging.getLogger(__name__)
PATIENCE_S = 20.0
"""A look that takes longer has found something, too."""

Look = Callable[[Ground], Awaitable[list[Finding]]]


@dataclass(frozen=True, slots=True)
class Check:
    """One look."""

    name: str
    look: Look
    needs_table: bool = False


CHECKS = (
    Check("settings", given.look),
    Check("data folder", folder.look),
    Check("table", table.look),
    Check("keys", keys.look, needs_table=True),
    Check("clock", clock.look),
    Check("serving", serving.look),
    Check("charge points", serving.look_at_chargers, needs_table=True),
    Check("certificates", tls.look),
    Check("public address", reached.look_at_web),
    Check("lightning address", reached.look_at_lnurl, needs_table=True),
    Check("charge points' address", reached.look_at_edge),
    Check("wallets", wallets.look, needs_table=True),
    Check("exchange rates", prices.look_at_rates, needs_table=True),
    Check("price sources", prices.look_at_sources, needs_table=True),
    Check("mail", mail.look),
    Check("owed", owed.look, needs_table=True),
    Check("refunds", owed.look_at_refunds, needs_table=True),
    Check("backups", backups.look, needs_table=True),
    Check("AWS", cloud.look),
)


async def examine(
    *, tries_wallets: bool = False, clock: Clock | None = None, **settings: object
) -> list[Finding]:
    """Everything that is seen, in the order of the checks; never raises."""
    try:
        found = read_settings(**settings)
    except SettingsError as error:
        return given.unreadable(error, os.environ)
    return await examine_these(found, tries_wallets=tries_wallets, clock=clock or SystemClock())


async def examine_these(
    settings: Settings, *, tries_wallets: bool = False, clock: Clock
) -> list[Finding]:
    """The same of settings that can be read."""
    async with standing(settings, clock, tries_wallets=tries_wallets) as ground:
        is_readable = await table.can_be_read(ground)
        wanted = [each for each in CHECKS if is_readable or not each.needs_table]
        findings = await asyncio.gather(*(_done(each, ground) for each in wanted))
    return [*(each for found in findings for each in found), *_left(is_readable)]


@asynccontextmanager
async def standing(
    settings: Settings, clock: Clock, *, tries_wallets: bool = False
) -> AsyncIterator[Ground]:
    """What the looks stand on."""
    async with looked_at(settings, LocalQueue(), clock) as looked:
        strom = put_together(looked.base)
        yield Ground(
            settings=settings,
            clock=clock,
            environment=os.environ,
            looked=looked,
            strom=strom,
            serving=await _serving(settings),
            tries_wallets=tries_wallets,
        )
        await strom.wallets.close()


def _left(is_readable: bool) -> list[Finding]:
    if is_readable:
        return []
    names = ", ".join(each.name for each in CHECKS if each.needs_table)
    return [
        warning(
            "the rest",
            f"The table cannot be read, so these were not looked at: {names}.",
            "Mend the table, then run `strom doctor` again.",
        )
    ]


async def _done(check: Check, ground: Ground) -> list[Finding]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await check.look(ground)
    except TimeoutError:
        seen = f"This look did not come to its end within {PATIENCE_S:.0f} seconds."
        return [problem(check.name, seen, "Something here is very slow: run it again.")]
    except StromError as error:
        return [problem(check.name, f"This could not be looked at: {error}.", _AGAIN)]
    except Exception as error:
        log.exception("%s", check.name)
        seen = f"This could not be looked at ({type(error).__name__})."
        return [problem(check.name, seen, _AGAIN)]


_AGAIN = "Run `strom doctor` again once the other problems are gone."


async def _serving(settings: Settings) -> Serving:
    if is_on_aws(settings):
        return Serving()
    return Serving(
        *await asyncio.gather(
            asyncio.to_thread(_trouble, health.require_web, settings),
            asyncio.to_thread(_trouble, health.require_edge, settings),
        )
    )


def _trouble(require: Callable[[Settings], None], settings: Settings) -> str:
    try:
        require(settings)
    except Unavailable as error:
        return error.message
    return ""
