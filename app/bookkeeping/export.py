"""The ledger as bookkeepers want it: one line a movement, with its value in the local currency.

The value is at the rate that was locked for the session, in the currency of the price; where the
price is in sats, in that of the place. Rounded to the cent, half to even.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal

from app.charging.ledger import LedgerEntry
from app.charging.session import Session
from app.records.books import Line, Sale
from app.records.sessions import Sessions

CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Export:
    """Reads a tenant's movements."""

    sessions: Sessions

    async def lines(
        self, tenant: str, since: datetime | None = None, until: datetime | None = None
    ) -> list[Line]:
        """Every movement from ``since`` up to, not including, ``until``, the oldest first."""
        found: list[tuple[datetime, Line]] = []
        start = ""
        while True:
            named, start = await self.sessions.newest(tenant, 100, start)
            for created_at, session_id in named:
                if until is not None and created_at >= until:
                    continue
                found += await self._of(tenant, session_id, since, until)
            if not start:
                break
        return [line for _, line in sorted(found, key=lambda pair: (pair[0], pair[1].entry))]

    async def _of(
        self, tenant: str, session_id: str, since: datetime | None, until: datetime | None
    ) -> list[tuple[datetime, Line]]:
        stored = await self.sessions.find(tenant, session_id)
        if stored is None:
            return []
        return [
            (entry.at, line_of(stored.session, entry))
            for entry in await self.sessions.ledger(tenant, session_id)
            if (since is None or entry.at >= since) and (until is None or entry.at < until)
        ]


def line_of(session: Session, entry: LedgerEntry) -> Line:
    """One entry as a line."""
    rate = session.quote.fiat or session.quote.rate
    value = Decimal(entry.amount_msat) / rate.msat_per_unit
    return Line(
        at=entry.at.isoformat(),
        session=session.id,
        charge_point=session.charge_point,
        connector=session.connector,
        entry=entry.sequence,
        debit=entry.debit,
        credit=entry.credit,
        amount_msat=entry.amount_msat,
        value=str(value.quantize(CENT, ROUND_HALF_EVEN)),
        currency=rate.currency,
        msat_per_unit=str(rate.msat_per_unit),
        rate_source=rate.source,
        energy_wh=session.energy_wh,
        cause=entry.cause,
        hash=entry.hash,
    )


def as_csv(lines: Sequence[Line | Sale], kind: type[Line | Sale] = Line) -> str:
    """RFC 4180, with a header. A text that a spreadsheet would take for a formula is quoted."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [f.name for f in fields(kind)], lineterminator="\r\n")
    writer.writeheader()
    for line in lines:
        writer.writerow({name: _cell(value) for name, value in asdict(line).items()})
    return out.getvalue()


def _cell(value: object) -> object:
    risky = isinstance(value, str) and value[:1] in ("=", "+", "@", "\t")
    return f"'{value}" if risky else value
