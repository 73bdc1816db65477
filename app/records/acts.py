"""What people did to a session by hand, beside its ledger: who, what, when. Never changed."""

from dataclasses import dataclass
from datetime import datetime

from app.charging.ports import Put, Tables
from app.records import keys
from app.records.codec import from_item, to_item, to_ms

_PREFIX = "A#"


@dataclass(frozen=True, slots=True)
class Act:
    """``who``: a person's e-mail address, or what stood for one."""

    at: datetime
    who: str
    what: str


@dataclass(frozen=True, slots=True)
class Acts:
    """Rows ``A#<ms>`` in the session's partition."""

    tables: Tables

    async def note(self, tenant: str, session_id: str, act: Act) -> None:
        """Write it down, before it is done."""
        pk = keys.session_pk(tenant, session_id)
        row = to_item(pk, f"{_PREFIX}{to_ms(act.at):015d}#{act.what}", act)
        await self.tables.tenant(tenant).write([Put(row)])

    async def of(self, tenant: str, session_id: str) -> list[Act]:
        """Of one session, in order."""
        pk = keys.session_pk(tenant, session_id)
        page = await self.tables.tenant(tenant).query(pk, sk_prefix=_PREFIX)
        return [from_item(Act, item) for item in page.items]
