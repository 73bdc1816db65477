"""The rows of a tenant's sandbox money, and the transactions that move it.

All lie in the partition ``T#<tenant>#SANDBOX``:

===================  ====================================================================
``NODE``             the random key that signs this tenant's invoices
``BALANCE``          ``spent_msat``: what the owner's wallet paid out less what it received
``INVOICE#<hash>``   an invoice, its preimage, which side made it, and its state
===================  ====================================================================

A payment is one transaction: the invoice goes from ``open`` to ``paid`` and the balance moves.
So nothing is paid twice, and a killed process leaves nothing half done. The balance is kept as
its negative, because the condition "at most" then says "enough is left".
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Literal

from app.charging.errors import (
    ConditionFailed,
    StorageConflict,
    StorageError,
    StorageThrottled,
    Unavailable,
)
from app.charging.ports import (
    Absent,
    AtMost,
    Chance,
    Clock,
    Equals,
    Invoice,
    InvoiceRequest,
    Item,
    Key,
    Operation,
    Put,
    Tables,
    Update,
)
from app.invoices import REGTEST, InvoiceDraft, sign
from app.records.codec import from_item, to_item

Side = Literal["owner", "driver"]
State = Literal["open", "paid", "gone"]

_TRIES = 6
_FIRST_PAUSE_S = 0.02


@dataclass(frozen=True, slots=True)
class BookedInvoice:
    """An invoice as the book has it."""

    bolt11: str
    payment_hash: str
    amount_msat: int
    expires_at: datetime
    made_by: Side
    preimage: str
    webhook_url: str = ""
    state: State = "open"

    def as_invoice(self) -> Invoice:
        """What the wallet's user sees of it."""
        return Invoice(self.payment_hash, self.bolt11, self.amount_msat, self.expires_at)


class SandboxBook:
    """The sandbox money of one tenant."""

    def __init__(self, tables: Tables, clock: Clock, chance: Chance, tenant: str) -> None:
        self._table = tables.tenant(tenant)
        self._clock = clock
        self._chance = chance
        self._pk = f"T#{tenant}#SANDBOX"
        self._node_key: bytes | None = None

    async def create(self, made_by: Side, request: InvoiceRequest) -> BookedInvoice:
        """Make and keep a signed invoice of regtest."""
        preimage = self._chance.token_bytes(32)
        created_at = self._clock.now().replace(microsecond=0)
        described = request.described
        draft = InvoiceDraft(
            network=REGTEST,
            amount_msat=request.amount_msat,
            payment_hash=sha256(preimage).hexdigest(),
            payment_secret=self._chance.token_bytes(32).hex(),
            created_at=created_at,
            expiry_s=request.expiry_s,
            memo=request.memo,
            description_hash=sha256(described.encode()).hexdigest() if described else None,
        )
        booked = BookedInvoice(
            bolt11=sign(draft, await self._node()),
            payment_hash=draft.payment_hash,
            amount_msat=draft.amount_msat,
            expires_at=created_at + timedelta(seconds=draft.expiry_s),
            made_by=made_by,
            preimage=preimage.hex(),
            webhook_url=request.webhook_url or "",
        )
        key = self._key(booked.payment_hash)
        # Unconditional: the key is a fresh random hash, so a lost answer can be written again.
        await self._write([Put(to_item(key.pk, key.sk, booked))])
        return booked

    async def find(self, payment_hash: str) -> BookedInvoice | None:
        """An invoice in its present state; one past its expiry is closed for good first.

        Closing it is a write, so that no payment that is just under way can land after somebody
        was told that the invoice is gone.
        """
        booked = await self._read(payment_hash)
        if booked is None or booked.state != "open" or self._clock.now() < booked.expires_at:
            return booked
        with contextlib.suppress(ConditionFailed):  # it was paid, or closed, a moment ago
            await self._write([self._move(payment_hash, "gone")])
        return await self._read(payment_hash)

    async def pay(self, booked: BookedInvoice) -> None:
        """Pay an invoice from the side that did not make it.

        Raises ``ConditionFailed`` at 0 when it is not open, at 1 when the owner's balance does
        not suffice; ``StorageUncertain`` when no answer came; ``Unavailable`` when the table
        would not take it.
        """
        amount_msat = booked.amount_msat
        paid = self._move(booked.payment_hash, "paid")
        balance = Key(self._pk, "BALANCE")
        if booked.made_by == "owner":
            moved = Update(balance, add={"spent_msat": -amount_msat})
        else:
            enough = AtMost("spent_msat", -amount_msat)
            moved = Update(balance, add={"spent_msat": amount_msat}, condition=enough)
        await self._write([paid, moved])

    async def balance_msat(self) -> int:
        """What the owner's wallet holds: received less paid out."""
        item = await self._get(Key(self._pk, "BALANCE"))
        spent_msat = item.get("spent_msat") if item else 0
        assert isinstance(spent_msat, int)
        return -spent_msat

    async def _node(self) -> bytes:
        """This tenant's node key; the first writer's counts."""
        if self._node_key is None:
            key = Key(self._pk, "NODE")
            if await self._get(key) is None:
                fresh: Item = {"pk": key.pk, "sk": key.sk, "key": self._chance.token_bytes(32)}
                with contextlib.suppress(ConditionFailed):
                    await self._write([Put(fresh, Absent())])
            item = await self._get(key)
            node_key = item["key"] if item else None
            assert isinstance(node_key, bytes)
            self._node_key = node_key
        return self._node_key

    async def _read(self, payment_hash: str) -> BookedInvoice | None:
        item = await self._get(self._key(payment_hash))
        return None if item is None else from_item(BookedInvoice, item)

    async def _get(self, key: Key) -> Item | None:
        try:
            return await self._table.get(key)
        except StorageError as error:
            raise Unavailable("The sandbox wallet cannot be read; try again.") from error

    async def _write(self, operations: Sequence[Operation]) -> None:
        """Write; what certainly changed nothing is tried again."""
        for attempt in range(_TRIES):
            try:
                return await self._table.write(operations)
            except (StorageConflict, StorageThrottled):
                await self._clock.sleep(_FIRST_PAUSE_S * 2**attempt)
        raise Unavailable("The sandbox wallet is busy; try again.")

    def _key(self, payment_hash: str) -> Key:
        return Key(self._pk, f"INVOICE#{payment_hash}")

    def _move(self, payment_hash: str, state: State) -> Update:
        return Update(
            self._key(payment_hash), set={"state": state}, condition=Equals({"state": "open"})
        )
