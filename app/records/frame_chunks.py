"""What was said on charge points' connections, in compressed chunks that expire by themselves."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from app.charging.ports import Item, Key, Put, Tables
from app.edge_messages import LoggedFrame
from app.records import keys
from app.records.codec import from_ms, to_ms

KEPT_FOR = timedelta(days=7)
PREFIX = "F#"
LARGEST = 1_000_000
"""Unpacked; the edge forwards a tenth of it."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Frames in the order they were said, and how many more were left out before its end."""

    sk: str
    frames: tuple[LoggedFrame, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class FrameChunks:
    """The repository of frame logs."""

    tables: Tables

    async def add(
        self,
        tenant: str,
        charge_point: str,
        frames: Sequence[LoggedFrame],
        left_out: int,
        now: datetime,
    ) -> None:
        """Keep a chunk. The same one again, after a lost answer, takes its own place."""
        plain = msgspec.msgpack.encode([(to_ms(f.at), f.sent, f.text) for f in frames])
        packed = zlib.compress(plain, 6)
        if len(packed) > LARGEST // 4 or len(plain) > LARGEST:
            packed, left_out = zlib.compress(msgspec.msgpack.encode([])), left_out + len(frames)
        first = to_ms(frames[0].at) if frames else to_ms(now)
        row: Item = {
            "pk": keys.charge_point_pk(tenant, charge_point),
            "sk": f"{PREFIX}{first:015d}#{len(frames)}",
            "frames": packed,
            "left_out": left_out,
            "expires_at": int((now + KEPT_FOR).timestamp()),
        }
        await self.tables.tenant(tenant).write([Put(row)])

    async def page(
        self, tenant: str, charge_point: str, now: datetime, *, start: str = "", limit: int = 10
    ) -> tuple[list[Chunk], str]:
        """Some chunks, the newest first, and where to go on; empty: no more."""
        pk = keys.charge_point_pk(tenant, charge_point)
        after = Key(pk, start) if start.startswith(PREFIX) else None
        page = await self.tables.tenant(tenant).query(
            pk, sk_prefix=PREFIX, start=after, limit=limit, newest_first=True
        )
        now_s = int(now.timestamp())
        fresh = [_chunk(row) for row in page.items if int(str(row["expires_at"])) > now_s]
        return fresh, page.next_start.sk if page.next_start is not None else ""


def _chunk(row: Item) -> Chunk:
    packed = row["frames"]
    assert isinstance(packed, bytes)
    unpacker = zlib.decompressobj()
    plain = unpacker.decompress(packed, LARGEST)
    told = msgspec.msgpack.decode(plain, type=list[tuple[int, bool, str]])
    frames = tuple(LoggedFrame(from_ms(ms), sent, text) for ms, sent, text in told)
    return Chunk(str(row["sk"]), frames, int(str(row["left_out"])))
