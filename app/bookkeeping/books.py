"""The books as their owner asks for them: a month's movements, and a check of everything."""

import asyncio
from dataclasses import dataclass
from datetime import datetime

from app.bookkeeping.audit import Audit
from app.bookkeeping.export import Export, as_csv
from app.bookkeeping.sales import Sales
from app.records.books import CheckedBooks, Line, Sale


@dataclass(frozen=True, slots=True)
class Books:
    """The port ``Books`` of the owner's pages."""

    export: Export
    audit: Audit

    async def lines(self, tenant: str, since: datetime, until: datetime) -> list[Line]:
        """Every movement from ``since`` up to, not including, ``until``."""
        return await self.export.lines(tenant, since, until)

    async def csv(self, tenant: str, since: datetime, until: datetime) -> str:
        """The same as a table for spreadsheets."""
        return as_csv(await self.lines(tenant, since, until))

    async def items_csv(self, tenant: str, since: datetime, until: datetime) -> str:
        """What was sold in that time, item by item with its VAT, for spreadsheets."""
        sales = await Sales(self.export.sessions).of(tenant, since, until)
        return as_csv(sales, Sale)

    async def check(self, tenant: str, patience_s: float) -> CheckedBooks:
        """Rebuild every balance, ask the wallets; raises ``TimeoutError`` when it takes too long.

        Nothing is changed by it.
        """
        async with asyncio.timeout(patience_s):
            found = await self.audit.of(tenant)
        return CheckedBooks(
            sessions=found.sessions,
            entries=found.entries,
            seals=found.seals,
            totals=found.totals,
            payments_checked=found.payments_checked,
            refunds_checked=found.refunds_checked,
            not_asked=found.not_asked,
            differences=tuple(found.differences),
        )
