"""A tenant's chain of seals: one for each settled state of a session, each holding the last.

Sessions chain their own entries; sealing puts the ends of those chains into one order, so that no
settled session can be changed, added in between or removed without it being seen.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from app.charging.errors import ConditionFailed
from app.charging.ledger import GENESIS
from app.charging.ports import Absent, Put, Tables
from app.records import keys
from app.records.codec import from_item, to_item


@dataclass(frozen=True, slots=True)
class Seal:
    """One link: the session's ledger up to an entry, and the link before."""

    number: int
    session_id: str
    ledger_sequence: int
    ledger_hash: str
    at: datetime
    previous_hash: str

    @property
    def hash(self) -> str:
        """SHA-256, hex, over every field."""
        text = "|".join(
            (
                str(self.number),
                self.session_id,
                str(self.ledger_sequence),
                self.ledger_hash,
                self.at.isoformat(),
                self.previous_hash,
            )
        )
        return sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Seals:
    """The repository of seals."""

    tables: Tables

    async def add(
        self,
        tenant: str,
        session_id: str,
        ledger_sequence: int,
        ledger_hash: str,
        at: datetime,
        *,
        since: datetime | None = None,
    ) -> bool:
        """Append a seal; False when another was appended meanwhile.

        ``since``: it may have been appended since then already, and is not repeated; None when
        this is the first attempt.
        """
        if since and await self._known(tenant, session_id, ledger_sequence, since):
            return True
        head = await self.head(tenant)
        number = 1 if head is None else head.number + 1
        previous = GENESIS if head is None else head.hash
        seal = Seal(number, session_id, ledger_sequence, ledger_hash, at, previous)
        pk = _pk(tenant)
        try:
            await self.tables.tenant(tenant).write([Put(to_item(pk, _sk(number), seal), Absent())])
        except ConditionFailed:
            return False
        return True

    async def head(self, tenant: str) -> Seal | None:
        """The newest seal, or None."""
        table, pk = self.tables.tenant(tenant), _pk(tenant)
        page = await table.query(pk, sk_prefix="N#", newest_first=True, limit=1)
        return from_item(Seal, page.items[0]) if page.items else None

    async def all(self, tenant: str) -> list[Seal]:
        """The whole chain, in order."""
        table, start, found = self.tables.tenant(tenant), None, list[Seal]()
        while True:
            page = await table.query(_pk(tenant), sk_prefix="N#", start=start)
            found += [from_item(Seal, item) for item in page.items]
            if page.next_start is None:
                return found
            start = page.next_start

    async def _known(
        self, tenant: str, session_id: str, ledger_sequence: int, since: datetime
    ) -> bool:
        """Whether it is among the seals since then, the newest first."""
        table, start = self.tables.tenant(tenant), None
        while True:
            page = await table.query(_pk(tenant), sk_prefix="N#", start=start, newest_first=True)
            for seal in (from_item(Seal, item) for item in page.items):
                if (seal.session_id, seal.ledger_sequence) == (session_id, ledger_sequence):
                    return True
                if seal.at < since:
                    return False
            if page.next_start is None:
                return False
            start = page.next_start


def _pk(tenant: str) -> str:
    return keys.tenant_pk(tenant, "SEALS")


def _sk(number: int) -> str:
    return f"N#{number:012d}"
