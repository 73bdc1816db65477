"""What the API says of an owner's own backend."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct


class UpstreamIn(Struct, frozen=True, forbid_unknown_fields=True):
    """A backend that serves the charge point too. An empty ``password`` keeps the one that is set.

    ``mode``: it serves its own cards (``shared``) or only looks on (``mirror``). ``when_down``:
    whether its cards may charge while it cannot be asked. ``report_id_tag``: under which idTag it
    is told of our charges; empty: not at all, or as ``STROM`` where it looks on.
    """

    url: Annotated[str, Meta(max_length=500, description="wss://…, the name there at its end")]
    mode: Literal["shared", "mirror"]
    when_down: Literal["accept", "refuse"] = "refuse"
    username: Annotated[str, Meta(max_length=100)] = ""
    password: Annotated[str, Meta(max_length=200)] = ""
    report_id_tag: Annotated[str, Meta(max_length=20)] = ""
    ca_pem: Annotated[str, Meta(max_length=32_000)] = ""


class UpstreamOut(Struct, frozen=True):
    """What is set, and how the link did at ``told_at``. The password is never given back."""

    url: str
    mode: Literal["shared", "mirror"]
    when_down: Literal["accept", "refuse"]
    username: str
    has_password: bool
    report_id_tag: str
    ca_pem: str
    connected: bool
    error: str
    queued: int
    lost: int
    told_at: datetime | None
