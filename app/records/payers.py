"""What a payer gave so that they can be found again: personal, apart from the hot session item.

Before the payment it lies with the owed ``AwaitPayment`` and disappears with it; the payment
writes it beside the session.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.charging.ports import Item, Key, Put, Tables, Update
from app.records import keys
from app.records.codec import from_item, to_item, to_ms

PIN_LIFE = timedelta(days=3)
"""A PIN is for whoever still stands at the charge point; later the owner helps."""
_NEWEST = 3


@dataclass(frozen=True, slots=True)
class Payer:
    """``address``: a lightning address for refunds; ``notify_url``: a wallet to tell (LUD-15);
    ``pin_mac``: the MAC of a PIN (LUD-12 comment); ``comment``: any other comment;
    ``nostr_key``: the public key (32 bytes in hex) that signed the zap which was paid (NIP-57)."""

    address: str = ""
    notify_url: str = ""
    pin_mac: str = ""
    comment: str = ""
    nostr_key: str = ""


@dataclass(frozen=True, slots=True)
class Payers:
    """The repository; one row per session whose payer gave something."""

    tables: Tables

    async def find(self, tenant: str, session_id: str) -> Payer:
        """What the payer gave; nothing where there is no row."""
        item = await self.tables.tenant(tenant).get(payer_key(tenant, session_id))
        return Payer() if item is None else from_item(Payer, item)

    async def change(self, tenant: str, session_id: str, fields: Mapping[str, str]) -> None:
        """Keep what the payer gave later."""
        update = Update(payer_key(tenant, session_id), set=dict(fields))
        await self.tables.tenant(tenant).write([update])

    async def with_pin(self, tenant: str, charge_point: str, connector: int) -> list[str]:
        """The newest sessions of a connector whose payer chose a PIN."""
        page = await self.tables.tenant(tenant).query(
            keys.charge_point_pk(tenant, charge_point),
            sk_prefix=f"PIN#{connector}#",
            limit=_NEWEST,
            newest_first=True,
        )
        return [str(item["sk"]).rsplit("#", 1)[1] for item in page.items]


def payer_key(tenant: str, session_id: str) -> Key:
    """The row beside the session."""
    return Key(keys.session_pk(tenant, session_id), "PAYER")


def payer_rows(
    tenant: str, session_id: str, place: tuple[str, int], payer: Payer, at: datetime
) -> list[Put]:
    """What is written together with a new session; ``place`` is charge point and connector."""
    key = payer_key(tenant, session_id)
    operations = [Put(to_item(key.pk, key.sk, payer))]
    if payer.pin_mac:
        charge_point, connector = place
        pin: Item = {
            "pk": keys.charge_point_pk(tenant, charge_point),
            "sk": f"PIN#{connector}#{to_ms(at):015d}#{session_id}",
            "expires_at": int((at + PIN_LIFE).timestamp()),
        }
        operations.append(Put(pin))
    return operations
