"""Rebuilding every balance of a tenant from its ledger, and saying what does not agree.

Compared are: each entry with the hash of the one before; the balances that the entries make with
those the session says; the equation of the ledger; the seals with the ledgers they seal; and every
payment and refund with what the wallet says of it.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from app.charging.errors import NotFound, Unavailable
from app.charging.ledger import GENESIS, NOTHING, Account, Balances, LedgerEntry
from app.charging.ports import IncomingSettled, OutgoingPaid, Wallet
from app.charging.session import PaymentState, Session
from app.records.books import Difference
from app.records.seals import Seal, Seals
from app.records.sessions import Sessions


class OpensWallets(Protocol):
    """Opens a tenant's wallet by its connection."""

    async def open(self, tenant: str, wallet_id: str) -> Wallet:
        """Raises ``Unavailable`` or ``NotFound``."""
        ...


@dataclass(slots=True)
class Report:
    """What an audit found. Sums in msat."""

    sessions: int = 0
    entries: int = 0
    seals: int = 0
    totals: Balances = NOTHING
    payments_checked: int = 0
    refunds_checked: int = 0
    not_asked: int = 0
    """Payments and refunds whose wallet could not be asked."""
    differences: list[Difference] = field(default_factory=list)

    @property
    def agrees(self) -> bool:
        """Whether everything that could be compared agrees."""
        return not self.differences


@dataclass(frozen=True, slots=True)
class Audit:
    """Audits one tenant at a time; changes nothing."""

    sessions: Sessions
    seals: Seals
    wallets: OpensWallets

    async def of(self, tenant: str, *, ask_wallets: bool = True) -> Report:
        """Go through everything the tenant has; what differs is in the report."""
        report = Report()
        hashes: dict[tuple[str, int], str] = {}
        async for session, entries in self._all(tenant):
            report.sessions += 1
            report.entries += len(entries)
            hashes |= {(session.id, entry.sequence): entry.hash for entry in entries}
            for what in session_differences(session, entries):
                report.differences.append(Difference(session.id, what))
            report.totals = _sum(report.totals, session.balances)
            if ask_wallets:
                await self._ask(tenant, session, entries, report)
        seals = await self.seals.all(tenant)
        report.seals = len(seals)
        report.differences += seal_differences(seals, hashes)
        return report

    async def _all(self, tenant: str) -> AsyncIterator[tuple[Session, list[LedgerEntry]]]:
        start = ""
        while True:
            named, start = await self.sessions.newest(tenant, 100, start)
            for _, session_id in named:
                stored = await self.sessions.find(tenant, session_id)
                if stored is not None:
                    yield stored.session, await self.sessions.ledger(tenant, session_id)
            if not start:
                return

    async def _ask(
        self, tenant: str, session: Session, entries: list[LedgerEntry], report: Report
    ) -> None:
        moved = payments_of(session), refunds_of(entries)
        if not any(moved):
            return
        try:
            wallet = await self.wallets.open(tenant, session.quote.wallet_id)
        except (Unavailable, NotFound):
            report.not_asked += sum(map(len, moved))
            return
        for payment_hash, amount_msat in moved[0].items():
            await self._payment(wallet, session.id, payment_hash, amount_msat, report)
        for payment_hash in moved[1]:
            await self._refund(wallet, session.id, payment_hash, report)

    async def _payment(
        self, wallet: Wallet, session_id: str, payment_hash: str, amount_msat: int, report: Report
    ) -> None:
        try:
            said = await wallet.look_up_incoming(payment_hash)
        except Unavailable:
            report.not_asked += 1
            return
        except NotFound:
            said = None
        report.payments_checked += 1
        if not isinstance(said, IncomingSettled):
            what = f"payment {payment_hash}: the wallet does not call it settled"
            report.differences.append(Difference(session_id, what))
        elif said.amount_msat != amount_msat:
            what = f"payment {payment_hash}: {amount_msat} msat here, {said.amount_msat} there"
            report.differences.append(Difference(session_id, what))

    async def _refund(
        self, wallet: Wallet, session_id: str, payment_hash: str, report: Report
    ) -> None:
        try:
            said = await wallet.look_up_outgoing(payment_hash)
        except Unavailable:
            report.not_asked += 1
            return
        report.refunds_checked += 1
        if not isinstance(said, OutgoingPaid):
            what = f"refund {payment_hash}: the wallet does not call it paid"
            report.differences.append(Difference(session_id, what))


def session_differences(session: Session, entries: list[LedgerEntry]) -> list[str]:
    """What does not agree within one session."""
    found: list[str] = []
    balances, previous = NOTHING, GENESIS
    for number, entry in enumerate(entries, 1):
        if entry.sequence != number or entry.previous_hash != previous:
            found.append(f"entry {entry.sequence} does not follow the one before it")
        balances, previous = balances.after(entry), entry.hash
    if not balances.hold:
        found.append("the equation of the ledger does not hold")
    if balances != session.balances:
        found.append("the entries do not make the balances of the session")
    if previous != session.ledger_hash or len(entries) != session.ledger_sequence:
        found.append("the session names another last entry than its ledger has")
    return found


def seal_differences(seals: list[Seal], hashes: dict[tuple[str, int], str]) -> list[Difference]:
    """What does not agree in the chain of seals."""
    found: list[Difference] = []
    previous = GENESIS
    for number, seal in enumerate(seals, 1):
        if seal.number != number or seal.previous_hash != previous:
            found.append(Difference("", f"seal {seal.number} does not follow the one before it"))
        if hashes.get((seal.session_id, seal.ledger_sequence)) != seal.ledger_hash:
            found.append(Difference(seal.session_id, f"seal {seal.number} is not of this ledger"))
        previous = seal.hash
    return found


def payments_of(session: Session) -> dict[str, int]:
    """Settled payments: hash → msat."""
    return {
        payment.payment_hash: payment.amount_msat
        for payment in session.payments
        if payment.state is PaymentState.SETTLED
    }


def refunds_of(entries: list[LedgerEntry]) -> list[str]:
    """Payment hashes of refunds that were paid."""
    return [e.cause.split()[1] for e in entries if e.credit is Account.REFUNDED]


def _sum(left: Balances, right: Balances) -> Balances:
    names = Balances.__dataclass_fields__
    return Balances(**{name: getattr(left, name) + getattr(right, name) for name in names})
