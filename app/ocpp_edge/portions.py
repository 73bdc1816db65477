"""Calls with more in them than a charge point takes at once: how much it takes, and the parts.

OCPP 1.6 §9.1, §9.2: SendLocalListMaxLength, GetConfigurationMaxKeys. OCPP 2.0.1 part 2, appendix 3:
ItemsPerMessage and BytesPerMessage of LocalAuthListCtrlr and DeviceDataCtrlr.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import orjson
from msgspec import Struct

from app.ocpp_edge.dialect import Request
from app.ocpp_edge.frames import Payload

FEW: Final = 4
"""So many of anything every charge point takes: it need not be asked."""
FRAME_BYTES: Final = 200
"""Of a message beside its list."""
MOST: Final = 2**31 - 1


class Room(Struct, frozen=True):
    """What fits into one message."""

    items: int = MOST
    bytes: int = MOST


class Portioned(Struct, frozen=True):
    """A kind of call whose list may be too long. ``merged``: the lists of its answers that are put
    together again."""

    list_name: str
    question: Request
    """How the charge point is asked."""
    room: Callable[[Payload], Room]
    """What its answer means."""
    merged: tuple[str, ...] = ()
    version: str = ""
    """The number that has to grow from part to part of a local list."""

    def is_needed_for(self, request: Request) -> bool:
        """Whether there is so much that the charge point is asked first."""
        return len(request.payload.get(self.list_name, ())) > FEW

    def parts(self, request: Request, told: Payload) -> list[Request]:
        """The call as so many as it takes."""
        room = self.room(told)
        lists = list(_portions(request.payload[self.list_name], room))
        if len(lists) == 1:
            return [request]
        payloads = [{**request.payload, self.list_name: each} for each in lists]
        if self.version:
            _number(payloads, self.version)
        return [Request(request.action, payload) for payload in payloads]

    def goes_on(self, answer: Payload) -> bool:
        """Whether the next part may follow; a list that is refused is not gone on with."""
        return bool(self.merged) or answer.get("status") == "Accepted"

    def whole(self, answers: Sequence[Payload]) -> Payload:
        """The answer to all parts together."""
        if not self.merged:
            return answers[-1]
        found = [
            (name, [entry for each in answers for entry in _list(each.get(name))])
            for name in self.merged
        ]
        return {**answers[-1], **{name: entries for name, entries in found if entries}}


def positive(value: object) -> int:
    """A limit as charge points write it; where it is none, there is none."""
    text = value.strip() if isinstance(value, str) else str(value)
    return int(text) if text.isascii() and text.isdigit() and 0 < int(text) < MOST else MOST


def _portions(entries: list[Any], room: Room) -> Iterator[list[Any]]:
    portion, size = list[Any](), FRAME_BYTES
    for entry in entries:
        length = len(orjson.dumps(entry)) + 1
        if portion and (len(portion) >= room.items or size + length > room.bytes):
            yield portion
            portion, size = [], FRAME_BYTES
        portion.append(entry)
        size += length
    yield portion


def _number(payloads: list[Payload], name: str) -> None:
    """A whole list, and what is added to it; it has the number that was meant in the end.

    A change of the list that is there has to begin with that number (OCPP 1.6 §5.15).
    """
    wanted, count = payloads[0][name], len(payloads)
    is_whole = payloads[0]["updateType"] == "Full"
    first = max(wanted - count + 1, 1) if is_whole else wanted
    for position, payload in enumerate(payloads):
        payload[name] = min(first + position, MOST)
        if position > 0:
            payload["updateType"] = "Differential"


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
