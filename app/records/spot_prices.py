"""What energy costs by the hour or quarter of an hour, as a source told it, and its rows.

``T#t#SPOT#<source>.<version>`` holds, for each day that was accepted, ``D#<date>`` (``D#now``: a
price that holds until the next is asked), for each that is in doubt ``Q#<date>``, and ``STATE``:
when the source was last asked. All of it expires by itself and can be asked for again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from app.charging.ports import Item, Put, Tables, Value
from app.records import keys

DAY, DOUBT, STATE = "D#", "Q#", "STATE"
KEPT_FOR = timedelta(days=7)
DOUBTED_FOR = timedelta(days=2)
_ROWS = 2 * KEPT_FOR.days + 4


@dataclass(frozen=True, slots=True)
class PriceSlot:
    """What a kWh costs from one moment (UTC) up to, not including, another. It may be negative."""

    begins: datetime
    ends: datetime
    price_per_kwh: Decimal


@dataclass(frozen=True, slots=True)
class PriceSeries:
    """Prices of one source, in order, none over another; not necessarily without gaps.

    ``with_vat``: whether VAT is in them. ``notes``: what was corrected by rule, in sentences.
    """

    currency: str
    source: str
    fetched_at: datetime
    slots: tuple[PriceSlot, ...]
    with_vat: bool = False
    notes: tuple[str, ...] = ()

    def price_at(self, moment: datetime) -> Decimal | None:
        """The price of a kWh at a moment, or None where none is known."""
        for slot in self.slots:
            if slot.begins <= moment < slot.ends:
                return slot.price_per_kwh
        return None

    def known_until(self, moment: datetime) -> datetime:
        """Up to when prices are known without a gap from a moment on; the moment itself: none."""
        for slot in self.slots:
            if slot.begins <= moment < slot.ends:
                moment = slot.ends
        return moment

    def between(self, begins: datetime, ends: datetime) -> "PriceSeries":
        """The slots that touch ``[begins, ends)``, whole."""
        inside = tuple(slot for slot in self.slots if slot.begins < ends and slot.ends > begins)
        return replace(self, slots=inside)


@dataclass(frozen=True, slots=True)
class KeptPrices:
    """All that is known of a source: series by day, those in doubt, when it was asked.

    ``problem``: why something was refused then, in sentences.
    """

    days: Mapping[str, PriceSeries] = field(default_factory=dict)
    doubted: Mapping[str, PriceSeries] = field(default_factory=dict)
    asked_at: datetime | None = None
    problem: str = ""


def still_doubted(
    days: Mapping[str, PriceSeries], doubted: Mapping[str, PriceSeries]
) -> dict[str, PriceSeries]:
    """The doubts that were not followed by a day that was believed."""
    return {
        day: series
        for day, series in doubted.items()
        if day not in days or days[day].fetched_at < series.fetched_at
    }


@dataclass(frozen=True, slots=True)
class SpotPriceRows:
    """The repository. ``source`` is the id and version of a price source."""

    tables: Tables

    async def load(self, tenant: str, source: str, now: datetime) -> KeptPrices:
        """What is kept and has not expired, in one query."""
        page = await self.tables.tenant(tenant).query(
            _pk(tenant, source), newest_first=True, limit=_ROWS
        )
        now_s = int(now.timestamp())
        fresh = {str(row["sk"]): row for row in page.items if int(str(row["expires_at"])) > now_s}
        state, days = fresh.get(STATE, {}), _series(fresh, DAY)
        asked_s = state.get("asked_s")
        return KeptPrices(
            days=days,
            doubted=still_doubted(days, _series(fresh, DOUBT)),
            asked_at=None if asked_s is None else _moment(asked_s),
            problem=str(state.get("problem", "")),
        )

    async def keep(self, tenant: str, source: str, changed: KeptPrices, now: datetime) -> None:
        """Write the days and doubts given, and that it was asked. A day replaces what it was."""
        pk = _pk(tenant, source)
        rows: list[Item] = [
            {
                "pk": pk,
                "sk": STATE,
                "asked_s": int(now.timestamp()),
                "problem": changed.problem,
                "expires_at": int((now + DOUBTED_FOR).timestamp()),
            }
        ]
        for prefix, found, life in (
            (DAY, changed.days, KEPT_FOR),
            (DOUBT, changed.doubted, DOUBTED_FOR),
        ):
            for day, series in found.items():
                expires = int((now + life).timestamp())
                row = {"pk": pk, "sk": prefix + day, **_item(series), "expires_at": expires}
                rows.append(row)
        # One by one: each day stands alone, and a lost one is asked for again.
        for row in rows:
            await self.tables.tenant(tenant).write([Put(row)])


def _pk(tenant: str, source: str) -> str:
    return keys.tenant_pk(tenant, f"SPOT#{source}")


def _item(series: PriceSeries) -> dict[str, Value]:
    """Short: a day of quarter-hours is about 2 KB."""
    return {
        "currency": series.currency,
        "source": series.source,
        "fetched_ms": int(series.fetched_at.timestamp() * 1000),
        "with_vat": series.with_vat,
        "notes": list[Value](series.notes),
        "slots": [_slot_values(slot) for slot in series.slots],
    }


def _slot_values(slot: PriceSlot) -> Value:
    length_s = int((slot.ends - slot.begins).total_seconds())
    return [int(slot.begins.timestamp()), length_s, str(slot.price_per_kwh)]


def _series(rows: Mapping[str, Item], prefix: str) -> dict[str, PriceSeries]:
    return {
        sk.removeprefix(prefix): _from_item(row)
        for sk, row in rows.items()
        if sk.startswith(prefix)
    }


def _from_item(row: Item) -> PriceSeries:
    notes, slots = row["notes"], row["slots"]
    assert isinstance(notes, Sequence)
    assert isinstance(slots, Sequence)
    return PriceSeries(
        currency=str(row["currency"]),
        source=str(row["source"]),
        fetched_at=datetime.fromtimestamp(int(str(row["fetched_ms"])) / 1000, UTC),
        slots=tuple(_slot(values) for values in slots),
        with_vat=bool(row["with_vat"]),
        notes=tuple(str(note) for note in notes),
    )


def _slot(values: object) -> PriceSlot:
    assert isinstance(values, Sequence)
    begins = _moment(values[0])
    return PriceSlot(begins, begins + timedelta(seconds=int(values[1])), Decimal(str(values[2])))


def _moment(seconds: object) -> datetime:
    return datetime.fromtimestamp(int(str(seconds)), UTC)
