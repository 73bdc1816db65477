"""A cap on the open invoices of a connector, so that nobody fills an owner's wallet with them."""

from dataclasses import dataclass
from datetime import datetime

from app.charging.errors import ConditionFailed, StorageError, TooMany, Unavailable
from app.charging.ports import AbsentOr, Clock, Item, Key, Put, Tables
from app.records import keys
from app.records.codec import to_ms

_TRIES = 8
_PAUSE_S = 0.01


@dataclass(frozen=True, slots=True)
class OpenInvoices:
    """One row per connector: until when each of its invoices can be paid."""

    tables: Tables
    clock: Clock
    most: int

    async def take(self, tenant: str, charge_point: str, number: int, until: datetime) -> None:
        """Count one more; raises ``TooMany``."""
        await self._change(tenant, charge_point, number, add=to_ms(until))

    async def give_back(self, tenant: str, charge_point: str, number: int, until: datetime) -> None:
        """An invoice that was counted did not come about."""
        await self._change(tenant, charge_point, number, remove=to_ms(until))

    async def _change(
        self,
        tenant: str,
        charge_point: str,
        number: int,
        add: int | None = None,
        remove: int | None = None,
    ) -> None:
        key = Key(keys.charge_point_pk(tenant, charge_point), f"OPEN#{number}")
        table = self.tables.tenant(tenant)
        for attempt in range(_TRIES):
            try:
                row = await table.get(key)
                version, open_ms = _read(row, to_ms(self.clock.now()))
                if remove in open_ms:
                    open_ms.remove(remove)
                if add is not None:
                    self._check(open_ms)
                    open_ms.append(add)
                item: Item = {"pk": key.pk, "sk": key.sk, "version": version + 1}
                item["until_ms"] = [*open_ms]
                await table.write([Put(item, AbsentOr({"version": version}))])
            except (ConditionFailed, StorageError):
                await self.clock.sleep(_PAUSE_S * 2**attempt)
            else:
                return
        raise Unavailable("This could not be saved just now. Please try again.")

    def _check(self, open_ms: list[int]) -> None:
        if len(open_ms) >= self.most:
            wait_s = max(1, (min(open_ms) - to_ms(self.clock.now())) // 1000)
            text = "Too many people are paying for this connector. Please try again later."
            raise TooMany(text, retry_after_s=wait_s)


def _read(row: Item | None, now_ms: int) -> tuple[int, list[int]]:
    """The row's version, and what has not run out."""
    if row is None:
        return 0, []
    until = row["until_ms"]
    assert isinstance(until, list)
    return int(str(row["version"])), [ms for ms in until if isinstance(ms, int) and ms > now_ms]
