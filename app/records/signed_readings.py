"""What a meter has signed during a session, word for word, for whoever wants to check it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from app.charging.ports import Put, Tables
from app.records import keys
from app.records.codec import from_item, to_item, to_ms

LONGEST = 300_000
"""Characters; a row holds 400 KB. A frame of the edge is shorter."""


@dataclass(frozen=True, slots=True)
class SignedValue:
    """One signed statement. ``data``: OCMF or a vendor's form, as it was sent."""

    at: datetime
    data: str
    context: str = ""
    method: str = ""
    public_key: str = ""


@dataclass(frozen=True, slots=True)
class SignedReadings:
    """The repository, in the session's partition."""

    tables: Tables

    async def add(self, tenant: str, session_id: str, values: Sequence[SignedValue]) -> None:
        """Keep them; what is told twice is kept once."""
        table = self.tables.tenant(tenant)
        for value in values:
            if len(value.data) <= LONGEST:
                pk, sk = keys.session_pk(tenant, session_id), _sk(value)
                await table.write([Put(to_item(pk, sk, value))])

    async def of(self, tenant: str, session_id: str) -> list[SignedValue]:
        """All of a session's, in order."""
        found, start = list[SignedValue](), None
        while True:
            page = await self.tables.tenant(tenant).query(
                keys.session_pk(tenant, session_id), sk_prefix="M#", start=start
            )
            found += [from_item(SignedValue, item) for item in page.items]
            if page.next_start is None:
                return found
            start = page.next_start


def _sk(value: SignedValue) -> str:
    digest = sha256(f"{value.context}|{value.data}".encode()).hexdigest()[:16]
    return f"M#{to_ms(value.at):015d}#{digest}"
