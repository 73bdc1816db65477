"""Every owner's wallet: it answers, it may pay out, and it holds what is owed to drivers."""

import asyncio
from dataclasses import replace

from app.charging.errors import NotFound, StromError, Unavailable
from app.entrypoints.doctor.findings import Finding, most, ok, problem, warning
from app.entrypoints.doctor.ground import Ground, Owners, called, of_all, owners
from app.records.owners import Tenant
from app.records.wallets import WalletConnection
from app.wallets.backend import WalletCredentials
from app.wallets.connections import CLOSED
from app.wallets.sealing import PURPOSE

NAME = "wallets"
_EACH_S = 12
_AGAIN = (
    "Start it again, or let its owner connect another under Wallet; refunds that are owed go on "
    "by themselves."
)

_SEE_KEYS = "Its stored key does not open: see what is said of the keys, on AWS of KMS."


async def look(ground: Ground) -> list[Finding]:
    """One finding for each that has trouble; a line for all that have none."""
    known = await owners(ground)
    of_each = await of_all(known.tenants, lambda tenant: _of(ground, known, tenant))
    found = [each for some in of_each for each in some]
    troubled = [each for each in found if each.state != "ok"]
    fine = len(found) - len(troubled)
    told = [ok(NAME, f"{fine} answer and hold what is owed.")] if fine else []
    if known.not_looked_at:
        seen = f"The wallets of {known.not_looked_at} more owners were not looked at."
        told.append(warning(NAME, seen, "Strom itself looks at each of them every ten minutes."))
    return [*told, *troubled]


async def _of(ground: Ground, known: Owners, tenant: Tenant) -> list[Finding]:
    connector = ground.strom.wallets
    labels = known.labels(tenant.id)
    try:
        active = await connector.active(tenant.id)
    except NotFound:
        if not labels:
            return []
        seen = f"{called(tenant)} has no wallet: nobody can pay at {most(labels)}."
        return [warning(NAME, seen, "Its owner connects one under Wallet.")]
    open_sessions = await ground.strom.flow.sessions.open(tenant.id)
    in_use = {session.quote.wallet_id for session in open_sessions}
    before = [one for one in await connector.all(tenant.id) if one.id in in_use and one != active]
    found = [_told(await _asked(ground, tenant, active), tenant, labels)]
    for one in before:
        asked = await _asked(ground, tenant, one)
        if asked.last_trouble == "unreachable":
            found.append(_replaced(asked, tenant))
    if ground.tries_wallets:
        found += await _tried(ground, tenant, active)
    return found


async def _asked(ground: Ground, tenant: Tenant, one: WalletConnection) -> WalletConnection:
    try:
        async with asyncio.timeout(_EACH_S):
            return await ground.strom.wallets.looked_at(tenant.id, one)
    except TimeoutError:
        return _silent(one)


def _silent(one: WalletConnection) -> WalletConnection:
    problem = "The wallet did not answer in time."
    return replace(one, last_trouble="unreachable", last_problem=problem)


def _told(asked: WalletConnection, tenant: Tenant, labels: list[str]) -> Finding:
    named = f"The wallet {asked.label or asked.kind} ({asked.kind}) of {called(tenant)}"
    if asked.last_trouble == "unreachable":
        hit = f" Nobody can pay at {most(labels)}." if labels else ""
        do = _SEE_KEYS if asked.last_problem == CLOSED else _AGAIN
        return problem(NAME, f"{named} cannot be used: {asked.last_problem}{hit}", do)
    if not asked.can_pay:
        seen = f"{named} can receive and not pay out, so nothing is sold."
        return problem(NAME, seen, "Its owner connects it again with a key that may pay.")
    if asked.last_trouble == "low":
        return warning(NAME, f"{named}: {asked.last_problem}", "Its owner tops it up.")
    return ok(NAME, f"{named} answers.")


def _replaced(asked: WalletConnection, tenant: Tenant) -> Finding:
    named = f"The wallet {asked.label or asked.kind}, which {called(tenant)} has replaced,"
    seen = f"{named} is still needed for open charges and cannot be used: {asked.last_problem}"
    return problem(NAME, seen, "Keep it running until those charges are settled.")


async def _tried(ground: Ground, tenant: Tenant, one: WalletConnection) -> list[Finding]:
    """As when it was connected: whether it may pay out, and an invoice of one sat."""
    if ground.looked.base.asks_wallets is not None:
        return []  # only the function that may pay opens it
    try:
        stored = await ground.looked.base.envelope.open(tenant.id, PURPOSE, one.sealed_credentials)
        credentials = WalletCredentials.from_bytes(stored)
        report = await ground.strom.wallets.opener.probe(tenant.id, credentials)
    except Unavailable:
        return []  # told above
    except StromError as error:
        return [problem(NAME, f"The wallet of {called(tenant)}: {error.message}", _AGAIN)]
    seen = [f"The wallet of {called(tenant)}: {text}" for text in report.problems]
    return [problem(NAME, text, "Its owner connects it again.") for text in seen]
