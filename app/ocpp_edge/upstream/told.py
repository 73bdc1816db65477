"""The transactions a backend is told of: the charge point knows ours by one number, it by another.

A backend's number leads back to its own running transactions alone, whatever numbers it gives.
"""

from collections.abc import Callable

from app.edge_messages import UpstreamTransaction
from app.ocpp_edge.frames import Payload

MOST = 128

Settle = Callable[[bool], None]
"""Answers the charge point: whether the idTag may charge."""


class Told:
    """One of them."""

    __slots__ = (
        "at",
        "connector",
        "foreign",
        "has_begun",
        "id_tag",
        "is_ended",
        "is_queued",
        "is_refused",
        "more",
        "reference",
        "status",
        "transaction_id",
        "upstream_id",
        "verdict",
        "waiting",
    )

    def __init__(self, kept: UpstreamTransaction) -> None:
        self.transaction_id = kept.transaction_id
        self.reference = kept.reference
        """The charge point's own name for it, where it gives names (OCPP 2.0.1)."""
        self.at = kept.at
        self.connector = kept.connector
        self.foreign = kept.foreign
        self.id_tag = kept.id_tag
        self.upstream_id = kept.upstream_id
        self.is_queued = kept.upstream_id is not None
        """Whether its start is told, or waits to be."""
        self.has_begun = kept.upstream_id is not None
        """Whether that was told as its beginning, too (OCPP 2.0.1: the event Started)."""
        self.is_refused = False
        """Whether it has answered the start without a number: there is no more to tell."""
        self.is_ended = False
        self.verdict: bool | None = True if kept.upstream_id is not None else None
        """What the charge point was answered."""
        self.status = ""
        """Why it was refused, in OCPP's word."""
        self.more: Payload = {}
        """What else the backend answered to the start, for the charge point."""
        self.waiting: list[Settle] = []

    def decide(self, *, verdict: bool) -> None:
        """Answer whoever waits."""
        self.verdict = verdict
        waiting, self.waiting = self.waiting, []
        for settle in waiting:
            settle(verdict)


class ToldTransactions:
    """Those of one charge point, by our number."""

    __slots__ = ("_known",)

    def __init__(self) -> None:
        self._known: dict[int, Told] = {}

    def add(self, kept: UpstreamTransaction) -> Told:
        """A new one, or the one that is known."""
        known = self._known.get(kept.transaction_id)
        if known is not None and known.is_ended and known.at < kept.at:
            known = None  # some charge points count their names anew after a restart
        if known is None:
            if len(self._known) >= MOST:
                del self._known[next(iter(self._known))]
            known = self._known[kept.transaction_id] = Told(kept)
        return known

    def find(self, transaction_id: object) -> Told | None:
        """By our number."""
        return self._known.get(transaction_id) if type(transaction_id) is int else None

    def named(self, reference: object) -> Told | None:
        """The backend's own that runs under the charge point's name for it (OCPP 2.0.1)."""
        for told in self._known.values():
            if told.foreign and not told.is_ended and told.reference == reference:
                return told if reference else None
        return None

    def of_backend(self, upstream_id: object) -> Told | None:
        """The backend's own that runs under its number: the newest, if it gave it twice."""
        for told in reversed(self._known.values()):
            if told.foreign and not told.is_ended and told.upstream_id == upstream_id:
                return told if type(upstream_id) is int else None
        return None

    def forget(self, transaction_id: int) -> None:
        """The backend knows its end."""
        self._known.pop(transaction_id, None)
