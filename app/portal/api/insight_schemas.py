"""What the API says of a charge point's connection, messages and configuration."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from msgspec import Meta, Struct


class DropOut(Struct, frozen=True):
    """A connection that ended. ``reason`` is a word for programs."""

    at: datetime
    reason: str
    text: str


class OddityOut(Struct, frozen=True):
    """What the charge point does other than the standard. ``kind`` is a word for programs."""

    kind: str
    text: str
    count: int
    last_at: datetime


class QualityOut(Struct, frozen=True):
    """How the connection does. The numbers are of ``told_at``, since it was made; null: not told.

    ``drops`` are those of the last day, the newest first.
    """

    connected_since: datetime | None
    told_at: datetime | None
    frames: int
    frames_per_minute: Decimal | None
    malformed: int
    refused: int
    timeouts: int
    answers: int
    answer_p50_ms: int | None
    answer_max_ms: int | None
    drops: list[DropOut]
    oddities: list[OddityOut]


class RecordingIn(Struct, frozen=True, forbid_unknown_fields=True):
    """For how many hours to record messages; 0 ends it."""

    hours: Annotated[int, Meta(ge=0, le=24)]


class RecordingOut(Struct, frozen=True):
    """Until when messages are recorded; null: they are not."""

    until: datetime | None


class FrameOut(Struct, frozen=True):
    """One message. ``direction``: ``from`` the charge point or ``to`` it. Of an answer, ``action``
    is that of its call, where it is known; ``frame`` is text where it was not readable."""

    at: datetime
    direction: str
    action: str
    frame: Any


class FramesOut(Struct, frozen=True):
    """Messages, the newest first; give ``next_start`` as ``start`` to go on. Empty: no more."""

    frames: list[FrameOut]
    next_start: str
    left_out: int


class SettingIn(Struct, frozen=True, forbid_unknown_fields=True):
    """The value to set."""

    value: Annotated[str, Meta(max_length=500)]


class SettingOut(Struct, frozen=True):
    """One configuration key. ``value`` null: not read so far; ``wanted`` null: nothing was set."""

    key: str
    value: str | None
    is_read_only: bool
    wanted: str | None
    has_drifted: bool


class ConfigurationOut(Struct, frozen=True):
    """What is known of the configuration, and what was set."""

    read_at: datetime | None
    settings: list[SettingOut]
