"""What was said on its way to the app, and the app's answer to each."""

from datetime import datetime

from msgspec import Struct

from app.edge_messages.bus import SessionNotice
from app.edge_messages.connecting import Deadline, UpstreamTransaction
from app.edge_messages.said import Said


class ChargerMessage(Struct, frozen=True):
    """One thing a charge point said, with its context."""

    tenant: str
    charge_point: str
    epoch: int
    said: Said
    traceparent: str = ""
    """The span of a command of ours that it answers; empty where it answers none."""


class MessageBatch(Struct, frozen=True):
    """Messages of different charge points; at most one under way per charge point."""

    instance: str
    messages: tuple[ChargerMessage, ...]


class MessageResult(Struct, frozen=True):
    """The answer to one message, at its position in the batch.

    ``saved`` False: the app could not keep it; the edge stays silent (for what must be durable)
    or tries again later. ``fenced``: a newer connection speaks for this charge point.
    """

    saved: bool
    fenced: bool = False
    accepted: bool = True
    """Authorize, StartTransaction: whether the idTag may charge; SignCertificate: whether it is
    going to be signed; BootNotification: whether the charge point is welcome."""
    pending: bool = False
    """BootNotification: its owner has not decided about it so far."""
    id_tag_status: str = ""
    """Why it may not, in OCPP's word (``Blocked``, ``Expired``, ``ConcurrentTx``); empty: Invalid.
    """
    parent_id_tag: str = ""
    """The group of an idTag that may (OCPP 1.6 §7.20)."""
    id_tag_until: datetime | None = None
    """How long the charge point may take the idTag from its cache."""
    transaction_id: int | None = None
    """StartTransaction: the id to answer."""
    deadlines: tuple[Deadline, ...] = ()
    """Readings, start: the transaction's deadline, anew."""
    known: bool = True
    """Authorize: False for an idTag that is none of ours."""
    upstream: UpstreamTransaction | None = None
    """StartTransaction: what the owner's own backend is to be told of it."""
    next_readings_in_s: int | None = None
    """When the next bundle of readings is wanted: seconds when watched or near the budget."""
    noticed: tuple[str, ...] = ()
    """Soft errors that only the app can see, for the edge to count with its own."""


class MessageResults(Struct, frozen=True):
    """One result per message, in order; and what they changed for live pages of this instance."""

    results: tuple[MessageResult, ...]
    notices: tuple["SessionNotice", ...] = ()
