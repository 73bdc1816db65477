"""What must hold after every write of the table, whoever wrote it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from app.charging.effects import PayRefund
from app.charging.ledger import GENESIS, NOTHING, Account, Balances, LedgerEntry
from app.charging.ports import Delete, Item, Operation, Put
from app.charging.session import Quote
from app.records.codec import from_item, unpacked
from app.records.effects import owed_effect

FOR_GOOD = ("charged", "cancelled", "start_rejected", "connector_taken", "silent")
"""After these nothing begins again: whoever was told so has left."""


class Violation(AssertionError):
    """Something that must never happen has happened."""


@dataclass(slots=True)
class Book:
    """What has been written of one session, by the checks' own account."""

    version: int = 0
    balances: Balances = NOTHING
    sequence: int = 0
    last_hash: str = GENESIS
    entries: list[LedgerEntry] = field(default_factory=list)
    body: dict[str, Any] = field(default_factory=dict)
    unit_msat: int = 1
    stood: bool = False
    """Whether its car stood on after the charge."""


class Checks:
    """Hears of every write at once and keeps an account of its own."""

    def __init__(self) -> None:
        self.books: dict[tuple[str, str], Book] = {}
        self.owed_once: set[tuple[str, str]] = set()
        self.claims: dict[str, str] = {}
        self.refunds: list[tuple[str, PayRefund]] = []
        """Every refund that was ever owed, with its tenant."""

    def written(self, operations: Sequence[Operation]) -> None:
        """Check a write; raises ``Violation``."""
        session: tuple[Book, Item] | None = None
        entries: list[tuple[str, str, Item]] = []
        for operation in operations:
            pk, sk = operation.key.pk, operation.key.sk
            if isinstance(operation, Put):
                if sk == "SESSION":
                    session = self._book(pk), operation.item
                elif sk.endswith("QUOTE"):
                    quote = unpacked(Quote, operation.item["body"])
                    self._book(pk).unit_msat = quote.unit_msat
                elif sk.startswith("L#"):
                    entries.append((pk, sk, operation.item))
                elif sk.startswith("E#"):
                    self._owed(pk, sk, operation.item)
            if sk == "CLAIM":
                self._claimed(operation)
            elif sk.startswith("L#") and not isinstance(operation, Put):
                raise Violation(f"the ledger is append-only: {pk} {sk}")
        for pk, sk, item in entries:
            self._entered(self._book(pk), sk, item)
        if session is not None:
            self._saved(*session)

    def book(self, tenant: str, session_id: str) -> Book | None:
        """What is known of a session."""
        return self.books.get((tenant, session_id))

    def _book(self, pk: str) -> Book:
        _, tenant, _, session_id = pk.split("#")
        return self.books.setdefault((tenant, session_id), Book())

    def _entered(self, book: Book, sk: str, item: Item) -> None:
        entry = from_item(LedgerEntry, item)
        if sk != f"L#{entry.sequence:06d}" or entry.sequence != book.sequence + 1:
            raise Violation(f"ledger entry {sk} does not follow {book.sequence}")
        if entry.previous_hash != book.last_hash or entry.amount_msat <= 0:
            raise Violation(f"ledger entry {sk} breaks the chain")
        ended = book.body.get("phase") == "ended"
        if ended and (entry.debit, entry.credit) == (Account.REFUNDABLE, Account.CHARGED):
            raise Violation("what was to go back is charged after the end")
        if not ended and entry.credit is Account.REFUND_IN_FLIGHT:
            raise Violation("what may still be charged goes back before the end")
        book.entries.append(entry)
        book.balances = book.balances.after(entry)
        book.sequence, book.last_hash = entry.sequence, entry.hash

    def _saved(self, book: Book, item: Item) -> None:
        pk = str(item["pk"])
        if item["version"] != book.version + 1:
            raise Violation(f"{pk}: version {item['version']!r} was written over {book.version}")
        body = msgspec.json.decode(str(item["body"]))
        told = Balances(**body.get("balances", {}))
        if told != book.balances:
            raise Violation(f"{pk}: the ledger says {book.balances}, the session {told}")
        if not told.hold:
            raise Violation(f"{pk}: the equation does not hold: {told}")
        if told.residue >= max(book.unit_msat, 2):
            raise Violation(f"{pk}: a residue of {told.residue}")
        if body.get("ledger_hash", GENESIS) != book.last_hash:
            raise Violation(f"{pk}: the session does not know its ledger's last entry")
        if book.body.get("end") in FOR_GOOD and body.get("end") != book.body["end"]:
            raise Violation(f"{pk}: goes on after it was {book.body['end']}")
        book.version, book.body = book.version + 1, body
        book.stood |= body.get("phase") == "finishing"

    def _owed(self, pk: str, sk: str, item: Item) -> None:
        effect = owed_effect(pk.split("#")[1], item).effect
        if not effect.session_id:
            return  # a stranger's transaction is stopped as often as it is told of
        if (pk, sk) in self.owed_once:
            raise Violation(f"{sk} is owed twice")
        self.owed_once.add((pk, sk))
        if isinstance(effect, PayRefund):
            self.refunds.append((pk.split("#")[1], effect))

    def _claimed(self, operation: Operation) -> None:
        pk = operation.key.pk
        if isinstance(operation, Delete):
            self.claims.pop(pk, None)
        elif isinstance(operation, Put):
            holder = str(operation.item["holder"])
            before = self.claims.setdefault(pk, holder)
            if before != holder:
                raise Violation(f"{pk} is taken from {before} by {holder}")
