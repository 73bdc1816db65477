"""What the pages and the API ask of other rooms about refunds and books."""

from datetime import datetime
from typing import Literal, Protocol

from app.records.books import CheckedBooks, Line
from app.records.refunds import RefundLine

RefundEnd = Literal["paid", "failed", "in_flight"]
OwnersWord = Literal["paid", "failed"]


class Refunds(Protocol):
    """Refunds, for their owner to see."""

    async def open(self, tenant: str) -> list[RefundLine]:
        """Every one that is not over: those that need the owner first, then the oldest."""
        ...

    async def over(
        self, tenant: str, start: str = "", limit: int = 50
    ) -> tuple[list[RefundLine], str]:
        """Those paid and forfeited among the newest charges, and where to go on."""
        ...


class RefundDesk(Protocol):
    """What an owner can do about a refund that is under way."""

    async def look_up(self, tenant: str, session_id: str) -> RefundEnd:
        """Ask the wallet now; nothing is sent. Raises ``NotFound`` or ``Conflict``."""
        ...

    async def resolve(
        self, tenant: str, session_id: str, payment_hash: str, outcome: OwnersWord, by: str
    ) -> RefundEnd:
        """Take the owner's word for one in doubt; what the wallet knows counts for more.

        Raises ``NotFound`` when it is not under way, ``Conflict`` while it may end by itself.
        """
        ...


class Books(Protocol):
    """Bookkeeping."""

    async def lines(self, tenant: str, since: datetime, until: datetime) -> list[Line]:
        """Every movement of money from ``since`` up to, not including, ``until``."""
        ...

    async def csv(self, tenant: str, since: datetime, until: datetime) -> str:
        """The same as a table for spreadsheets."""
        ...

    async def items_csv(self, tenant: str, since: datetime, until: datetime) -> str:
        """What was sold in that time, item by item with its VAT, for spreadsheets."""
        ...

    async def check(self, tenant: str, patience_s: float) -> CheckedBooks:
        """Rebuild every balance and ask the wallets; raises ``TimeoutError``."""
        ...
