"""``strom audit`` and ``strom export``."""

from collections.abc import Set
from contextlib import AbstractAsyncContextManager

import click
import msgspec

from app.bookkeeping.audit import Report
from app.bookkeeping.comparing import RefundsFromBefore, Unknown, unknown_here
from app.bookkeeping.export import as_csv
from app.bookkeeping.sales import Sales
from app.bootstrap.composition import put_together
from app.bootstrap.foundation import Foundation
from app.bootstrap.local import local_foundation
from app.bootstrap.on_aws import aws_foundation
from app.charging.errors import NotFound
from app.entrypoints.loops import LocalQueue
from app.portal.months import span
from app.records import rows
from app.records.books import Line, Sale
from app.settings import Settings


async def audit_tenant(settings: Settings, tenant: str, *, ask_wallets: bool) -> bool:
    """Print what the audit found; True when everything agrees."""
    async with _foundation(settings) as base:
        await _require(base, tenant)
        report = await put_together(base).audit.of(tenant, ask_wallets=ask_wallets)
    click.echo(told(report))
    return report.agrees


async def compare_tables(
    settings: Settings, other: str, tenant: str, *, write_refunds: bool = False
) -> str:
    """What the table ``other`` knows of the tenant's money and this one does not, as text.

    ``write_refunds``: what was refunded there counts as refunded here from now on.
    """
    async with _foundation(settings.changed(table=other)) as base:
        await _require(base, tenant)
        there = await put_together(base).export.lines(tenant)
    async with _foundation(settings) as base:
        await _require(base, tenant)
        strom = put_together(base)
        found = unknown_here(await strom.export.lines(tenant), there)
        writes = RefundsFromBefore(strom.flow, f"the table {other}")
        written = {
            one.session_id
            for one in found
            if write_refunds and await writes.write(tenant, one, base.clock.now())
        }
    return "\n".join(compared(settings.table, other, found, written))


def compared(
    table: str, other: str, found: list[Unknown], written: Set[str] = frozenset()
) -> list[str]:
    """For a person."""
    if not found:
        return [f"{table} knows every movement that {other} knows"]
    lines = [f"{other} knows of {len(found)} charges what {table} does not:"]
    for one in found:
        is_written = one.session_id in written
        again = "refunded: written down here" if is_written else "refunded: WOULD BE OFFERED AGAIN"
        told = [
            f"{amount} msat {what}"
            for amount, what in (
                (one.paid, "paid"),
                (one.charged, "charged"),
                (one.refunded, again),
            )
            if amount
        ]
        where = "" if one.is_known_here else " (no such charge here)"
        lines.append(f"{one.session_id}{where}: {', '.join(told) or 'movements between accounts'}")
    return lines


async def export_items(settings: Settings, tenant: str, form: str, month: str = "") -> str:
    """What was sold, item by item with its VAT, as text; of one month, or all there is."""
    since, until = span(month) if month else (None, None)
    async with _foundation(settings) as base:
        await _require(base, tenant)
        sales = await Sales(put_together(base).flow.sessions).of(tenant, since, until)
    return as_csv(sales, Sale) if form == "csv" else _as_json(sales)


async def export_tenant(settings: Settings, tenant: str, form: str, month: str = "") -> str:
    """The movements as text; of one month (``2026-03``), or all there are."""
    since, until = span(month) if month else (None, None)
    async with _foundation(settings) as base:
        await _require(base, tenant)
        lines = await put_together(base).export.lines(tenant, since, until)
    return as_csv(lines) if form == "csv" else _as_json(lines)


def _as_json(lines: list[Line] | list[Sale]) -> str:
    return msgspec.json.format(msgspec.json.encode(lines), indent=2).decode() + "\n"


def _foundation(settings: Settings) -> AbstractAsyncContextManager[Foundation]:
    """On AWS wallets are asked through the function that may open them, as everywhere there."""
    if settings.kms_key:
        return aws_foundation(settings)
    return local_foundation(settings, LocalQueue())


async def _require(base: Foundation, tenant: str) -> None:
    if await rows.tenants(base.tables).find(tenant, tenant) is None:
        raise NotFound(f"there is no tenant {tenant!r}")


def told(report: Report) -> str:
    """The report for a person."""
    totals = report.totals
    lines = [
        f"{report.sessions} sessions, {report.entries} ledger entries, {report.seals} seals; "
        f"{report.payments_checked} payments and {report.refunds_checked} refunds asked of wallets"
        f"{f', {report.not_asked} could not be asked' if report.not_asked else ''}",
        f"paid {totals.paid} + receivable {totals.receivable} + absorbed {totals.absorbed} msat",
        f"= charged {totals.charged} + refunded {totals.refunded} + in flight "
        f"{totals.refund_in_flight} + refundable {totals.refundable} + forfeited "
        f"{totals.forfeited} + residue {totals.residue} msat",
        f"routing fees {totals.routing_fees} msat",
    ]
    lines += [
        f"DIFFERS {one.session_id or 'chain of seals'}: {one.what}" for one in report.differences
    ]
    lines.append(_verdict(report))
    return "\n".join(lines)


def _verdict(report: Report) -> str:
    if not report.agrees:
        return f"{len(report.differences)} differences"
    if report.not_asked:
        return (
            f"what could be compared agrees; {report.not_asked} payments and refunds could not be: "
            "does their wallet answer, and is STROM_DATA_DIR the folder with this Strom's keys?"
        )
    return "everything agrees"
