"""Rebuilding every balance of a tenant from its ledger, and saying what does not agree.

Compared are: each entry with the hash of the one before; the balances that the entries make with
those the session says; the equation of the ledger; the seals with the ledgers they seal, and the
settled ledgers with their seals; and every payment and refund with what the wallet says of it: what
the ledger counts, and what it does not count because it failed or was given back. Nothing may be
counted by two sessions.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from app.charging.effects import SealSession
from app.charging.errors import NotFound, Unavailable
from app.charging.ledger import GENESIS, NOTHING, Account, Balances, LedgerEntry
from app.charging.ports import Incoming, IncomingSettled, OutgoingPaid, Wallet
from app.charging.session import PaymentState, Session
from app.records import keys
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


@dataclass(slots=True)
class _Seen:
    """What the sessions so far have said."""

    hashes: dict[tuple[str, int], str] = field(default_factory=dict)
    """Session and number of an entry → its hash."""
    settled: set[tuple[str, int]] = field(default_factory=set)
    """Session and number of the entry up to which it must be sealed."""
    counted_by: dict[str, str] = field(default_factory=dict)
    """Payment and refund → the session that counts it."""


@dataclass(frozen=True, slots=True)
class Audit:
    """Audits one tenant at a time; changes nothing."""

    sessions: Sessions
    seals: Seals
    wallets: OpensWallets

    async def of(self, tenant: str, *, ask_wallets: bool = True) -> Report:
        """Go through everything the tenant has; what differs is in the report."""
        report, seen = Report(), _Seen()
        async for session, entries in self._all(tenant):
            report.sessions += 1
            report.entries += len(entries)
            found = session_differences(session, entries) + _counted_twice(session, entries, seen)
            report.differences += [Difference(session.id, what) for what in found]
            report.totals = _sum(report.totals, rebuilt(entries))
            seen.hashes |= {(session.id, entry.sequence): entry.hash for entry in entries}
            if session.settled and entries:
                seen.settled.add((session.id, session.ledger_sequence))
            if ask_wallets:
                await self._ask(tenant, session, entries, report)
        seals = await self.seals.all(tenant)
        report.seals = len(seals)
        report.differences += seal_differences(seals, seen.hashes)
        for session_id in await self._unsealed(tenant, seen, seals):
            report.differences.append(Difference(session_id, "it is settled and has no seal"))
        return report

    async def _unsealed(self, tenant: str, seen: _Seen, seals: list[Seal]) -> list[str]:
        """Sessions whose seal is gone: it is neither there nor owed."""
        missing = seen.settled - _sealed(seals)
        lost = {one for one in missing if not await self._owes_seal(tenant, one[0])}
        if lost:  # one that was owed may have been appended since the chain was read
            lost -= _sealed(await self.seals.all(tenant))
        return sorted(session_id for session_id, _ in lost)

    async def _owes_seal(self, tenant: str, session_id: str) -> bool:
        owed = await self.sessions.owed(tenant, keys.session_pk(tenant, session_id))
        return any(isinstance(one.effect, SealSession) for one in owed)

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
        paid, not_ours = payments_of(entries), given_back(session)
        refunds, failed = refunds_of(entries), session.refunds_failed
        asked = [*paid, *not_ours, *refunds, *failed]
        if not asked:
            return
        try:
            wallet = await self.wallets.open(tenant, session.quote.wallet_id)
        except (Unavailable, NotFound):
            report.not_asked += len(asked)
            return
        about = _AskedOf(wallet, session.id, report)
        for payment_hash, amount_msat in paid.items():
            await about.payment(payment_hash, amount_msat)
        for payment_hash in not_ours:
            await about.payment(payment_hash, None)
        for payment_hash, ended in refunds.items():
            await about.refund(payment_hash, ended)
        for payment_hash in failed:
            await about.refund(payment_hash, None)


@dataclass(frozen=True, slots=True)
class _AskedOf:
    """A wallet that is asked about the payments of one session."""

    wallet: Wallet
    session_id: str
    report: Report

    async def payment(self, payment_hash: str, amount_msat: int | None) -> None:
        """``amount_msat``: what the ledger counts; None where it counts nothing."""
        said: Incoming | None
        try:
            said = await self.wallet.look_up_incoming(payment_hash)
        except Unavailable:
            self.report.not_asked += 1
            return
        except NotFound:
            said = None
        self.report.payments_checked += 1
        there = said.amount_msat if isinstance(said, IncomingSettled) else None
        if there == amount_msat:
            return
        if there is None:
            self._differs(f"payment {payment_hash}: the wallet does not call it settled")
        elif amount_msat is None:
            self._differs(f"payment {payment_hash}: given back here, {there} msat settled there")
        else:
            self._differs(f"payment {payment_hash}: {amount_msat} msat here, {there} there")

    async def refund(self, payment_hash: str, ended: str | None) -> None:
        """``ended``: how the ledger knows that it was paid; None where it has failed."""
        try:
            said = await self.wallet.look_up_outgoing(payment_hash)
        except Unavailable:
            self.report.not_asked += 1
            return
        self.report.refunds_checked += 1
        if isinstance(said, OutgoingPaid) is (ended is not None):
            return
        if ended is None:
            self._differs(f"refund {payment_hash}: failed here, paid there")
        else:
            self._differs(f"refund {payment_hash}: {ended} here, not known as paid there")

    def _differs(self, what: str) -> None:
        self.report.differences.append(Difference(self.session_id, what))


def session_differences(session: Session, entries: list[LedgerEntry]) -> list[str]:
    """What does not agree within one session."""
    found: list[str] = []
    balances, previous = rebuilt(entries), GENESIS
    for number, entry in enumerate(entries, 1):
        if entry.sequence != number or entry.previous_hash != previous:
            found.append(f"entry {entry.sequence} does not follow the one before it")
        previous = entry.hash
    if not balances.hold:
        found.append("the equation of the ledger does not hold")
    if balances != session.balances:
        found.append("the entries do not make the balances of the session")
    if payments_of(entries) != _settled(session):
        found.append("the entries do not make the payments of the session")
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


def rebuilt(entries: list[LedgerEntry]) -> Balances:
    """The balances that these entries make."""
    balances = NOTHING
    for entry in entries:
        balances = balances.after(entry)
    return balances


def _counted_twice(session: Session, entries: list[LedgerEntry], seen: _Seen) -> list[str]:
    """Payments and refunds that another session counts, or this one more than once."""
    found: list[str] = []
    for what in [_named(e) for e in entries if Account.PAID is e.debit or _is_refund(e)]:
        if what in seen.counted_by:
            found.append(f"{what} is counted in charge {seen.counted_by[what]} already")
        seen.counted_by[what] = session.id
    return found


def _sealed(seals: list[Seal]) -> set[tuple[str, int]]:
    return {(seal.session_id, seal.ledger_sequence) for seal in seals}


def payments_of(entries: list[LedgerEntry]) -> dict[str, int]:
    """Payments that the ledger counts: hash → msat."""
    paid = [e for e in entries if e.debit is Account.PAID and _hash_of(e)]
    return {_hash_of(e): e.amount_msat for e in paid}


def _settled(session: Session) -> dict[str, int]:
    paid = [p for p in session.payments if p.state is PaymentState.SETTLED]
    return {payment.payment_hash: payment.amount_msat for payment in paid}


def given_back(session: Session) -> list[str]:
    """Payment hashes of held payments that were cancelled."""
    return [p.payment_hash for p in session.payments if p.state is PaymentState.GONE]


def refunds_of(entries: list[LedgerEntry]) -> dict[str, str]:
    """Refunds that were paid: hash → how that is known, "paid" or by whose word."""
    refunds = [e for e in entries if _is_refund(e) and _hash_of(e)]
    return {_hash_of(e): " ".join(e.cause.split()[2:]) for e in refunds}


def _is_refund(entry: LedgerEntry) -> bool:
    return entry.credit is Account.REFUNDED


def _named(entry: LedgerEntry) -> str:
    """``payment …`` or ``refund …``, as its cause begins."""
    return " ".join(entry.cause.split()[:2])


def _hash_of(entry: LedgerEntry) -> str:
    return _named(entry).partition(" ")[2]


def _sum(left: Balances, right: Balances) -> Balances:
    names = Balances.__dataclass_fields__
    return Balances(**{name: getattr(left, name) + getattr(right, name) for name in names})
