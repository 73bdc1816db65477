"""What was sold, item by item: for VAT, which movements of money do not tell."""

from dataclasses import dataclass
from datetime import datetime

from app.charging.pricing.itemised import itemised
from app.charging.session import Phase, Session
from app.checkout.receipts.document import Money, money
from app.checkout.receipts.making import line
from app.records.books import Sale
from app.records.sessions import Sessions

BOUND = "BOUND"


@dataclass(frozen=True, slots=True)
class Sales:
    """Reads what charges have cost from what their receipts are made of."""

    sessions: Sessions

    async def of(
        self, tenant: str, since: datetime | None = None, until: datetime | None = None
    ) -> list[Sale]:
        """Every item of charges that ended from ``since`` up to, not including, ``until``."""
        found: list[Sale] = []
        start = ""
        while True:
            named, start = await self.sessions.newest(tenant, 100, start)
            for _, session_id in named:
                stored = await self.sessions.find(tenant, session_id)
                if stored is not None and _counts(stored.session, since, until):
                    found += await self._items(tenant, stored.session)
            if not start:
                break
        return sorted(found, key=lambda sale: (sale.ended_at, sale.session))

    async def _items(self, tenant: str, session: Session) -> list[Sale]:
        made = itemised(session.quote.tariff, await self.sessions.readings(tenant, session))
        if made is None:
            return []
        found = []
        for each in map(line, made.items):
            times = (each.begins.isoformat(), each.ends.isoformat())
            measured = (f"{each.quantity.normalize():f}", each.unit, str(each.price))
            percent = "" if each.vat_percent is None else str(each.vat_percent)
            found.append(_sale(session, each.type, times, measured, percent, each.amount))
        if made.bound.incl_vat or made.bound.excl_vat:
            nothing = ("", "", "")
            found.append(_sale(session, BOUND, ("", ""), nothing, "", money(made.bound)))
        return found


def _counts(session: Session, since: datetime | None, until: datetime | None) -> bool:
    at = session.ended_at
    if session.phase is not Phase.ENDED or at is None or session.energy_wh == 0:
        return False
    return (since is None or at >= since) and (until is None or at < until)


def _sale(
    session: Session,
    kind: str,
    times: tuple[str, str],
    measured: tuple[str, str, str],
    vat_percent: str,
    amount: Money,
) -> Sale:
    assert session.ended_at is not None  # it has ended
    return Sale(
        session.ended_at.isoformat(),
        session.id,
        session.charge_point,
        session.connector,
        kind,
        *times,
        *measured,
        vat_percent,
        str(amount.excl_vat),
        str(amount.vat),
        str(amount.incl_vat),
        session.quote.tariff.currency,
    )
