"""Refunds and books for the tests of the portal: whatever a test puts in."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from app.charging.errors import Conflict, NotFound
from app.portal.ports.money import OwnersWord, RefundEnd
from app.records.books import CheckedBooks, Line
from app.records.refunds import RefundLine


@dataclass
class StandInRefunds:
    """Lists what it is given; a word ends a refund that is stuck."""

    waiting: dict[str, list[RefundLine]] = field(default_factory=dict)
    ended: dict[str, list[RefundLine]] = field(default_factory=dict)
    words: list[tuple[str, str, str, str]] = field(default_factory=list)
    wallet_says: RefundEnd = "in_flight"

    async def open(self, tenant: str) -> list[RefundLine]:
        return self.waiting.get(tenant, [])

    async def over(
        self, tenant: str, start: str = "", limit: int = 50
    ) -> tuple[list[RefundLine], str]:
        return ([], "") if start else (self.ended.get(tenant, []), "more" if self.ended else "")

    async def look_up(self, tenant: str, session_id: str) -> RefundEnd:
        self._line(tenant, session_id)
        return self.wallet_says

    async def resolve(
        self, tenant: str, session_id: str, payment_hash: str, outcome: OwnersWord, by: str
    ) -> RefundEnd:
        line = self._line(tenant, session_id)
        if line.payment_hash != payment_hash:
            raise NotFound("this refund is not under way any more")
        if line.state != "stuck":
            raise Conflict("this refund is not in doubt")
        self.words.append((session_id, payment_hash, outcome, by))
        return outcome

    def _line(self, tenant: str, session_id: str) -> RefundLine:
        for line in self.waiting.get(tenant, []):
            if line.session_id == session_id and line.payment_hash:
                return line
        raise NotFound("no refund of this charge is under way")


@dataclass
class StandInBooks:
    """One line a tenant, in whatever month is asked for."""

    kept: dict[str, list[Line]] = field(default_factory=dict)
    found: CheckedBooks = field(default_factory=CheckedBooks)
    slow: bool = False

    async def lines(self, tenant: str, since: datetime, until: datetime) -> list[Line]:
        begin, end = since.isoformat(), until.isoformat()
        return [line for line in self.kept.get(tenant, []) if begin <= line.at < end]

    async def csv(self, tenant: str, since: datetime, until: datetime) -> str:
        lines = await self.lines(tenant, since, until)
        return "".join(f"{line.at},{line.amount_msat}\r\n" for line in lines)

    async def items_csv(self, tenant: str, since: datetime, until: datetime) -> str:
        lines = await self.lines(tenant, since, until)
        return "".join(f"{line.session},{line.value}\r\n" for line in lines)

    async def check(self, tenant: str, patience_s: float) -> CheckedBooks:
        if self.slow:
            raise TimeoutError
        return self.found


def movement(at: str = "2026-03-01T12:00:00+00:00") -> Line:
    return Line(
        at=at,
        session="s1",
        charge_point="cp1",
        connector=1,
        entry=1,
        debit="paid",
        credit="refundable",
        amount_msat=2_000_000,
        value="2.00",
        currency="EUR",
        msat_per_unit="1000000",
        rate_source="kraken",
        energy_wh=0,
        cause="payment",
        hash="0" * 64,
    )
