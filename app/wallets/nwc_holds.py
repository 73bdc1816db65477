"""The preimages of hold invoices, which the one who makes them must know and keep.

A preimage is derived from a secret of the wallet's connection and a random nonce; only the nonce
is stored, so the table alone settles nothing. The row is written before the wallet is asked for
the invoice: none exists that could not be settled.
"""

import hmac
from hashlib import sha256

from app.charging.errors import NotFound, StorageError, Unavailable
from app.charging.ports import Chance, Key, Put, Tables, Update
from app.records import keys

_PURPOSE = b"strom hold invoice\x00"


class HoldPreimages:
    """Those of one wallet of one tenant: ``T#<tenant>#HOLDS`` / ``<payment hash>``."""

    def __init__(self, tables: Tables, chance: Chance, tenant: str, secret: bytes) -> None:
        self._table = tables.tenant(tenant)
        self._chance = chance
        self._pk = keys.tenant_pk(tenant, "HOLDS")
        self._secret = secret

    async def new(self) -> str:
        """The payment hash for a new hold invoice."""
        nonce = self._chance.token_bytes(16)
        payment_hash = sha256(self._preimage(nonce)).hexdigest()
        try:
            await self._table.write([Put({"pk": self._pk, "sk": payment_hash, "nonce": nonce})])
        except StorageError as error:
            raise Unavailable("This could not be saved just now. Please try again.") from error
        return payment_hash

    async def preimage(self, payment_hash: str) -> str:
        """What settles the invoice; ``NotFound`` for one that was not made here."""
        item = await self._row(payment_hash)
        nonce = item.get("nonce") if item else None
        preimage = self._preimage(nonce) if isinstance(nonce, bytes) else b""
        if sha256(preimage).hexdigest() != payment_hash:
            raise NotFound("The wallet does not know this hold invoice.")
        return preimage.hex()

    async def is_cancelled(self, payment_hash: str) -> bool:
        """Whether the wallet has confirmed that it gave the money back."""
        item = await self._row(payment_hash)
        return item is not None and item.get("cancelled") is True

    async def note_cancelled(self, payment_hash: str) -> None:
        """Remember it: some services cannot tell held and cancelled apart later."""
        update = Update(Key(self._pk, payment_hash), set={"cancelled": True})
        try:
            await self._table.write([update])
        except StorageError as error:
            raise Unavailable("This could not be saved just now. Please try again.") from error

    async def _row(self, payment_hash: str) -> dict[str, object] | None:
        try:
            found = await self._table.get(Key(self._pk, payment_hash))
        except StorageError as error:
            raise Unavailable("This cannot be read just now; try again.") from error
        return None if found is None else dict(found)

    def _preimage(self, nonce: bytes) -> bytes:
        return hmac.digest(self._secret, _PURPOSE + nonce, "sha256")
