"""Sessions as rows: the hot item, its quote beside it, its ledger, its readings in chunks.

The hot item holds only what differs from a new session and stays under 1 KB; a reading that owes
nothing rewrites it and touches nothing else. One query reads it with its quote and with who watches
it: together they are mostly below what one read unit holds.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.charging.chunks import Chunk
from app.charging.claims import Claim
from app.charging.decision import Decision
from app.charging.ledger import LedgerEntry
from app.charging.ports import (
    Absent,
    AbsentOr,
    Delete,
    Equals,
    Item,
    Key,
    Operation,
    Put,
    Tables,
)
from app.charging.session import MeterReading, Quote, Session
from app.records import keys
from app.records.codec import from_item, from_ms, packed, to_item, to_ms, unpacked
from app.records.effects import (
    PREFIX,
    EffectRef,
    OwedEffect,
    due_shard,
    owed_effect,
    ref_of,
)
from app.records.payers import Payer, payer_rows
from app.records.session_rows import (
    readings_of,
    readings_text,
    session_of,
    session_text,
)

READ_AT_ONCE = 16
"""Of an owner's open sessions, of which there may be thousands."""


@dataclass(frozen=True, slots=True)
class Stored:
    """A session and the version under which it was read; 0 when it is not stored yet."""

    session: Session
    version: int
    payer: Payer | None = None
    """What the payer of a session that is not stored yet has given."""
    watchers: tuple[Item, ...] = ()
    """The rows of edge instances where somebody watched it then."""


@dataclass(frozen=True, slots=True)
class Sessions:
    """The repository of sessions; ``shards`` is the number of shards of the ``due`` index."""

    tables: Tables
    shards: int = 1

    async def find(self, tenant: str, session_id: str) -> Stored | None:
        """The session as last written, or None."""
        pk = keys.session_pk(tenant, session_id)
        page = await self.tables.tenant(tenant).query(pk, sk_prefix=keys.SESSION)
        rows = {str(item["sk"]): item for item in page.items}
        if keys.SESSION not in rows:
            return None
        item, quote = rows[keys.SESSION], rows.get(keys.QUOTE)
        if quote is None:
            raise RuntimeError(f"session {session_id} has no quote")
        locked = unpacked(Quote, quote["body"])
        due_at = from_ms(_int(item["due_at"])) if "due_at" in item else None
        watchers = tuple(row for sk, row in rows.items() if sk.startswith(keys.WATCH))
        session = session_of(session_id, str(item["body"]), locked, due_at)
        return Stored(session, _int(item["version"]), watchers=watchers)

    async def holder(self, tenant: str, claim: Claim) -> str | None:
        """Which session holds what is claimed, or None."""
        item = await self.tables.tenant(tenant).get(keys.claim(tenant, claim.kind, claim.key))
        return None if item is None else str(item["holder"])

    async def ledger(self, tenant: str, session_id: str) -> list[LedgerEntry]:
        """Every ledger entry of a session, in order."""
        items = await self._all(tenant, keys.session_pk(tenant, session_id), "L#")
        return [from_item(LedgerEntry, item) for item in items]

    async def readings(self, tenant: str, stored: Session) -> list[MeterReading]:
        """Every reading that the session counts, in the order in which it did."""
        items = await self._all(tenant, keys.session_pk(tenant, stored.id), "R#")
        rows = {str(item["sk"]): item for item in items}
        chunks = list[list[MeterReading]]()
        name = stored.last_chunk
        for number in range(stored.chunks, 0, -1):
            row = rows[_chunk_sk(number, name)]
            chunks.append(readings_of(str(row["body"])))
            name = str(row["before"])
        return [reading for chunk in (*reversed(chunks), stored.recent) for reading in chunk]

    async def newest(
        self, tenant: str, limit: int, start: str = ""
    ) -> tuple[list[tuple[datetime, str]], str]:
        """Moment and id of the newest sessions, and where to go on: empty at the end."""
        table, pk = self.tables.tenant(tenant), keys.tenant_pk(tenant, "HISTORY")
        begin = Key(pk, start) if start else None
        page = await table.query(pk, start=begin, limit=limit, newest_first=True)
        named = [str(item["sk"]).partition("#") for item in page.items]
        more = "" if page.next_start is None else page.next_start.sk
        return [(from_ms(int(ms)), session_id) for ms, _, session_id in named], more

    async def open(self, tenant: str) -> list[Session]:
        """Every session in which something is owed to somebody, or energy flows."""
        rows = await self._all(tenant, keys.tenant_pk(tenant, "OPEN"), "")
        found = list[Stored | None]()
        for start in range(0, len(rows), READ_AT_ONCE):
            some = [str(row["sk"]) for row in rows[start : start + READ_AT_ONCE]]
            found += await asyncio.gather(*(self.find(tenant, each) for each in some))
        return [stored.session for stored in found if stored is not None]

    async def refunds_owed_msat(self, tenant: str) -> int:
        """What may have to be paid out of the wallet as things stand."""
        owed = [session.balances for session in await self.open(tenant)]
        return sum(balances.refundable + balances.refund_in_flight for balances in owed)

    async def owed(self, tenant: str, pk: str) -> list[OwedEffect]:
        """Every effect that is owed in a partition."""
        return [owed_effect(tenant, item) for item in await self._all(tenant, pk, PREFIX)]

    async def owed_effect(self, ref: EffectRef) -> OwedEffect | None:
        """The effect if it is still owed."""
        item = await self.tables.tenant(ref.tenant).get(ref.key)
        return None if item is None else owed_effect(ref.tenant, item)

    def beforehand(self, tenant: str, stored: Stored, decision: Decision) -> list[Operation]:
        """Rows that mean nothing until the session does, each to be written by itself before it.

        In the session's own write they would cost twice. Written in vain, or again, they do no
        harm: the quote of a session never differs, and a chunk that no session names is none.
        """
        pk = keys.session_pk(tenant, decision.session.id)
        rows: list[Operation] = [_chunk_put(pk, chunk) for chunk in decision.chunks]
        if stored.version == 0:
            body = packed(decision.session.quote)
            rows.append(Put({"pk": pk, "sk": keys.QUOTE, "body": body}))
        return rows

    def writing(
        self, tenant: str, stored: Stored, decision: Decision, owed: Sequence[Item]
    ) -> list[Operation]:
        """What a decision changes beside that, for one write; the session comes first.

        ``owed``: the rows of its effects.
        """
        session = decision.session
        pk = keys.session_pk(tenant, session.id)
        operations: list[Operation] = [self._session_put(pk, stored, session)]
        if stored.version == 0:
            operations += self._first(tenant, stored.payer, decision)
        operations += _open_row(tenant, stored, session)
        operations += [_entry_put(pk, entry) for entry in decision.ledger_entries]
        operations += [Put(item, Absent()) for item in owed]
        operations += [Delete(ref_of(tenant, e).key) for e in decision.withdrawn_effects]
        return operations + [claiming(tenant, claim) for claim in decision.claims]

    def _session_put(self, pk: str, stored: Stored, session: Session) -> Put:
        item: Item = {
            "pk": pk,
            "sk": keys.SESSION,
            "version": stored.version + 1,
            "body": session_text(session),
        }
        if session.due_at is not None:
            item["due_shard"] = due_shard(session.id, self.shards)
            item["due_at"] = to_ms(session.due_at)
        new = stored.version == 0
        return Put(item, Absent() if new else Equals({"version": stored.version}))

    def _first(self, tenant: str, payer: Payer | None, decision: Decision) -> list[Operation]:
        session = decision.session
        at = decision.ledger_entries[0].at if decision.ledger_entries else session.quote.at
        history = keys.tenant_pk(tenant, "HISTORY")
        first: list[Operation] = [Put({"pk": history, "sk": f"{to_ms(at):015d}#{session.id}"})]
        if payer is not None:
            place = (session.charge_point, session.connector)
            first += payer_rows(tenant, session.id, place, payer, at)
        return first

    async def _all(self, tenant: str, pk: str, prefix: str) -> list[Item]:
        table, start, found = self.tables.tenant(tenant), None, list[Item]()
        while True:
            page = await table.query(pk, sk_prefix=prefix, start=start)
            found += page.items
            if page.next_start is None:
                return found
            start = page.next_start


def _open_row(tenant: str, stored: Stored, session: Session) -> list[Operation]:
    """What is not settled is listed for its owner: refunds owed, charges under way."""
    was_open = stored.version > 0 and not stored.session.settled
    if was_open is not session.settled:
        return []
    key = Key(keys.tenant_pk(tenant, "OPEN"), session.id)
    if session.settled:
        return [Delete(key)]
    return [Put({"pk": key.pk, "sk": key.sk})]


def claiming(tenant: str, claim: Claim) -> Operation:
    """The conditional write of a claim; one that is held by its holder already is no conflict."""
    key = keys.claim(tenant, claim.kind, claim.key)
    mine = AbsentOr({"holder": claim.holder})
    if claim.release:
        return Delete(key, mine)
    return Put({"pk": key.pk, "sk": key.sk, "holder": claim.holder}, mine)


def _entry_put(pk: str, entry: LedgerEntry) -> Put:
    return Put(to_item(pk, f"L#{entry.sequence:06d}", entry), Absent())


def _chunk_put(pk: str, chunk: Chunk) -> Put:
    row: Item = {"pk": pk, "sk": _chunk_sk(chunk.number, chunk.name), "before": chunk.before}
    return Put({**row, "body": readings_text(chunk.readings)})


def _chunk_sk(number: int, name: str) -> str:
    return f"R#{number:05d}#{name}"


def _int(value: Any) -> int:
    return int(value)
