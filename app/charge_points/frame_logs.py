"""Switching a charge point's frame log on, and reading it."""

import json
import logging
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from app.charging.errors import BadInput, Conflict
from app.charging.ports import Clock
from app.edge_messages import CommandBus, FrameLogging, FramesWanted, LoggedFrame
from app.records.charge_points import Connection
from app.records.frame_chunks import Chunk, FrameChunks
from app.records.live import LiveChargers
from app.records.views import FramePage, FrameView

log = logging.getLogger(__name__)

MOST_HOURS = 24
LOOKED_AT_FOR = timedelta(seconds=90)
RENEWED_BEFORE = timedelta(seconds=45)
CHUNKS_A_PAGE = 12
FRAMES_A_PAGE = 200
CHUNKS_A_DOWNLOAD = 400
NEVER = "it has never connected; there is nothing to record so far"


@dataclass(frozen=True, slots=True)
class FrameLogs:
    """The frame logs of an owner's charge points. Off unless the owner switches one on."""

    live: LiveChargers
    bus: CommandBus
    clock: Clock

    async def record(self, tenant: str, charge_point: str, hours: int) -> datetime | None:
        """Record from now on for so many hours; 0: no more. Raises ``BadInput``, ``Conflict``."""
        if not 0 <= hours <= MOST_HOURS:
            raise BadInput(f"0 to {MOST_HOURS} hours", field="hours")
        now = self.clock.now()
        until = now + timedelta(hours=hours)
        await self._change(tenant, charge_point, Connection(log_until=until), "log_until")
        return until if hours else None

    async def follow(self, tenant: str, charge_point: str) -> None:
        """Somebody looks: what is said comes within seconds, as long as this is repeated."""
        now = self.clock.now()
        connection = await self.live.connection(tenant, charge_point)
        seen_until = connection.log_looked_at_until
        if seen_until is not None and seen_until - now > RENEWED_BEFORE:
            return
        until = now + LOOKED_AT_FOR
        logged_until = max(connection.log_until or until, until)
        looked = Connection(log_until=logged_until, log_looked_at_until=until)
        names = ("log_until", "log_looked_at_until")
        await self._change(tenant, charge_point, looked, *names)

    async def recorded_until(self, tenant: str, charge_point: str) -> datetime | None:
        """Until when it is recorded; None: it is not."""
        until = (await self.live.connection(tenant, charge_point)).log_until
        return until if until is not None and until > self.clock.now() else None

    async def page(
        self, tenant: str, charge_point: str, *, start: str = "", action: str = "", sent: str = ""
    ) -> FramePage:
        """Frames, the newest first. ``sent``: ``to`` or ``from``, or both."""
        chunks, following = await FrameChunks(self.live.tables).page(
            tenant, charge_point, self.clock.now(), start=start, limit=CHUNKS_A_PAGE
        )
        chunks, following = _enough(chunks, following)
        frames = [frame for frame in _views(chunks) if _is_wanted(frame, action, sent)]
        actions = sorted({frame.action for frame in _views(chunks) if frame.action})
        left_out = sum(chunk.left_out for chunk in chunks)
        return FramePage(tuple(frames), following, tuple(actions), left_out)

    async def lines(self, tenant: str, charge_point: str) -> str:
        """Everything that is kept as JSON lines, the oldest first; at most some ten thousand."""
        found: list[Chunk] = []
        start, now = "", self.clock.now()
        while len(found) < CHUNKS_A_DOWNLOAD:
            chunks, start = await FrameChunks(self.live.tables).page(
                tenant, charge_point, now, start=start, limit=50
            )
            found += chunks
            if not start:
                break
        return "".join(_line(frame) for frame in reversed(list(_views(found))))

    async def _change(
        self, tenant: str, charge_point: str, changes: Connection, *names: str
    ) -> None:
        """Keep it, so that the next connection knows, and tell the present one."""
        connection = await self.live.connection(tenant, charge_point)
        kept = connection.epoch and await self.live.change(
            tenant, charge_point, connection.epoch, changes, *names
        )
        if not kept:
            raise Conflict(NEVER if not connection.epoch else "it just connects; try again")
        wanted = logging_of(replace(connection, **{name: getattr(changes, name) for name in names}))
        if connection.connected and wanted is not None:
            message = FramesWanted(tenant, charge_point, connection.epoch, wanted)
            try:
                await self.bus.send(connection.queue, message)
            except Exception:
                log.exception("a wish for frames of %s", charge_point)


def logging_of(connection: Connection) -> FrameLogging | None:
    """What the edge is told at connect."""
    if connection.log_until is None:
        return None
    return FrameLogging(connection.log_until, connection.log_looked_at_until)


def _enough(chunks: list[Chunk], following: str) -> tuple[list[Chunk], str]:
    """So many chunks as fill a page, and where the next begins."""
    frames = 0
    for position, chunk in enumerate(chunks, 1):
        frames += len(chunk.frames)
        if frames >= FRAMES_A_PAGE and position < len(chunks):
            return chunks[:position], chunk.sk
    return chunks, following


def _views(chunks: list[Chunk]) -> Iterator[FrameView]:
    """The newest first. An answer has the action of the call it answers, where that is known."""
    actions: dict[tuple[bool, str], str] = {}
    read: list[FrameView] = []
    for chunk in reversed(chunks):
        for frame in chunk.frames:
            view = _view(frame)
            if view.kind == "call":
                actions[view.sent, view.message_id] = view.action
            elif view.kind in ("answer", "error"):
                known = actions.get((not view.sent, view.message_id), "")
                view = replace(view, action=known)
            read.append(view)
    yield from reversed(read)


def _view(frame: LoggedFrame) -> FrameView:
    match _read(frame.text):
        case [2, str() | int() as message_id, str() as action, payload]:
            kind, shown = "call", payload
        case [3, str() | int() as message_id, payload]:
            kind, action, shown = "answer", "", payload
        case [4, str() | int() as message_id, *error]:
            kind, action, shown = "error", "", error
        case _:
            return FrameView(frame.at, frame.sent, "unreadable", "", "", frame.text, frame.text)
    pretty = json.dumps(shown, indent=2, ensure_ascii=False)
    return FrameView(frame.at, frame.sent, kind, action, str(message_id), pretty, frame.text)


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _is_wanted(frame: FrameView, action: str, sent: str) -> bool:
    if sent and frame.sent != (sent == "to"):
        return False
    return not action or frame.action == action


def _line(frame: FrameView) -> str:
    known = _read(frame.text)
    line = {
        "at": frame.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "direction": "to" if frame.sent else "from",
        "action": frame.action,
        "frame": frame.text if known is None else known,
    }
    return json.dumps(line, ensure_ascii=False) + "\n"
