"""The charges of a wallet's key (LUD-18 ``auth``), across owners: in the directory.

Written with the invoice, so unpaid ones are among them; each disappears with its refund's time.
"""

from dataclasses import dataclass
from datetime import datetime

from app.charging.ports import Item, Put, Tables
from app.records import keys
from app.records.codec import to_ms

_MOST = 20


@dataclass(frozen=True, slots=True)
class DriverCharges:
    """``G#driver#<key>`` / ``<ms>#<tenant>#<session>``."""

    tables: Tables

    async def add(
        self, key: str, tenant: str, session_id: str, at: datetime, until: datetime
    ) -> None:
        """The key's wallet asked for an invoice of this session."""
        row: Item = {
            "pk": _pk(key),
            "sk": f"{to_ms(at):015d}#{tenant}#{session_id}",
            "expires_at": int(until.timestamp()),
        }
        await self.tables.directory().write([Put(row)])

    async def of(self, key: str) -> list[tuple[str, str]]:
        """Tenant and session of the newest."""
        page = await self.tables.directory().query(_pk(key), limit=_MOST, newest_first=True)
        named = [str(item["sk"]).split("#") for item in page.items]
        return [(tenant, session_id) for _, tenant, session_id in named]


def _pk(key: str) -> str:
    return keys.directory("driver", key).pk
