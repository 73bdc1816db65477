"""What charge points tell of themselves: firmware, logs, security events, vendors' messages."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.charging.ports import Put, Tables
from app.records import keys
from app.records.codec import from_item, to_item, to_ms

KEPT_FOR = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class DiaryEntry:
    """One thing a charge point told.

    ``topic``: ``firmware``, ``diagnostics``, ``log``, ``security`` or ``vendor``; ``word``: the
    status or type in OCPP's word; ``detail`` as the charge point wrote it.
    """

    at: datetime
    topic: str
    word: str
    detail: str = ""
    request_id: int | None = None


@dataclass(frozen=True, slots=True)
class Diaries:
    """The repository of diaries; entries are gone after `KEPT_FOR`."""

    tables: Tables

    async def add(self, tenant: str, charge_point: str, entry: DiaryEntry, now: datetime) -> None:
        """Keep an entry; the same one told again is kept once."""
        pk, sk = keys.charge_point_pk(tenant, charge_point), _sk(entry)
        expires_at = int((now + KEPT_FOR).timestamp())
        row = to_item(pk, sk, entry, expires_at=expires_at)
        await self.tables.tenant(tenant).write([Put(row)])

    async def newest(self, tenant: str, charge_point: str, limit: int = 50) -> list[DiaryEntry]:
        """The newest entries first."""
        pk = keys.charge_point_pk(tenant, charge_point)
        page = await self.tables.tenant(tenant).query(
            pk, sk_prefix="D#", limit=limit, newest_first=True
        )
        return [from_item(DiaryEntry, item) for item in page.items]


def _sk(entry: DiaryEntry) -> str:
    return f"D#{to_ms(entry.at):015d}#{entry.topic}#{entry.word[:50]}"
