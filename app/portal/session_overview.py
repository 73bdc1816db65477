"""Charges for their owner to see, read from what is stored."""

from dataclasses import dataclass, replace
from datetime import datetime

from app.charging.errors import NotFound
from app.charging.ledger import LedgerEntry
from app.charging.ports import Clock
from app.charging.session import Phase, Session
from app.checkout.receipts import Receipt, Receipts
from app.checkout.texts import price_text
from app.records import rows
from app.records.acts import Acts
from app.records.refunds import refund_trouble
from app.records.sessions import Sessions, Stored
from app.records.signed_readings import SignedReadings
from app.records.views import LedgerLine, RefundView, SessionDetail, SessionPage, SessionView


@dataclass(frozen=True, slots=True)
class SessionOverview:
    """The port ``SessionViews``; ``host`` stands behind the @ of addresses."""

    sessions: Sessions
    clock: Clock
    host: str

    async def page(self, tenant: str, *, start: str = "", limit: int = 50) -> SessionPage:
        """Some of the sessions, the newest first."""
        named, more = await self.sessions.newest(tenant, limit, start)
        addresses = await self._addresses(tenant)
        found: list[SessionView] = []
        for created_at, session_id in named:
            stored = await self.sessions.find(tenant, session_id)
            if stored is not None:
                found.append(await self._view(tenant, stored, created_at, addresses))
        return SessionPage(tuple(found), more)

    async def get(self, tenant: str, session_id: str) -> SessionDetail:
        """One session with every movement of money; raises ``NotFound``."""
        stored = await self.sessions.find(tenant, session_id)
        if stored is None:
            raise NotFound("there is no such charge")
        ledger = await self.sessions.ledger(tenant, session_id)
        created_at = ledger[0].at if ledger else stored.session.quote.at
        trouble = await refund_trouble(self.sessions, tenant, stored.session)
        view = await self._view(tenant, stored, created_at, await self._addresses(tenant))
        quote = stored.session.quote
        return SessionDetail(
            session=view,
            tariff=price_text(quote.tariff, quote.rate, quote.at),
            wallet_id=stored.session.quote.wallet_id,
            ledger=tuple(_line(entry) for entry in ledger),
            refunds=self._refunds(stored.session, ledger, trouble),
            acts=tuple(await Acts(self.sessions.tables).of(tenant, session_id)),
            signed=tuple(await SignedReadings(self.sessions.tables).of(tenant, session_id)),
        )

    async def receipt(self, tenant: str, session_id: str) -> Receipt:
        """Its receipt; raises ``NotFound``, or ``Conflict`` before its end."""
        return await Receipts(self.sessions.tables, self.host).of(tenant, session_id)

    async def refunds_owed_msat(self, tenant: str) -> int:
        """What drivers have not got back so far."""
        return await self.sessions.refunds_owed_msat(tenant)

    async def _addresses(self, tenant: str) -> dict[tuple[str, int], str]:
        charge_points = await rows.charge_points(self.sessions.tables).all(tenant)
        return {
            (charge_point.id, connector.number): f"{connector.name}@{self.host}"
            for charge_point in charge_points
            for connector in charge_point.connectors
        }

    async def _view(
        self,
        tenant: str,
        stored: Stored,
        created_at: datetime,
        addresses: dict[tuple[str, int], str],
    ) -> SessionView:
        session, balances = stored.session, stored.session.balances
        return SessionView(
            id=session.id,
            charge_point_id=session.charge_point,
            connector=session.connector,
            address=addresses.get((session.charge_point, session.connector), ""),
            state=session.phase.value,
            created_at=created_at,
            started_at=session.started_at,
            ended_at=session.ended_at,
            energy_wh=session.energy_wh,
            cost_msat=session.cost_msat if session.phase is not Phase.ENDED else balances.charged,
            paid_msat=balances.paid,
            refund_owed_msat=balances.refund_in_flight + session.claimable_msat,
            refund_paid_msat=balances.refunded,
            refund_stuck=bool(await refund_trouble(self.sessions, tenant, session)),
            end_reason="" if session.end is None else session.end.value,
            is_open=not session.settled,
        )

    def _refunds(
        self, session: Session, ledger: list[LedgerEntry], trouble: str
    ) -> tuple[RefundView, ...]:
        found = [
            RefundView("paid", e.amount_msat, e.at, e.cause.split()[1])
            for e in ledger
            if e.debit == "refund_in_flight" and e.credit == "refunded"
        ]
        found += [
            RefundView("forfeited", e.amount_msat, e.at) for e in ledger if e.credit == "forfeited"
        ]
        now = session.ended_at or self.clock.now()
        if session.refund is not None:
            refund = session.refund
            view = RefundView("in_flight", refund.amount_msat, now, refund.payment_hash)
            found.append(replace(view, state="stuck", problem=trouble) if trouble else view)
        elif session.claimable_msat:
            found.append(RefundView("owed", session.claimable_msat, now))
        return tuple(found)


def _line(entry: LedgerEntry) -> LedgerLine:
    return LedgerLine(entry.at, f"{entry.debit} ← {entry.credit}", entry.amount_msat, entry.cause)
