"""Charge points that knock at an owner's door and are not the owner's so far.

``T#t#`` has ``NEWCOMER#<id>`` for each; what it said of itself lies where a charge point's would,
under the id with a prefix that no charge point's id has.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from app.charging.ports import Tables
from app.records.rows import Rows

KNOCK = "knock"  # directory: code in the websocket URL → tenant
PREFIX = "pending."
WAITING_LIFE = timedelta(days=7)
REFUSED_LIFE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A charge point that knocked. ``code`` and ``identity`` are the end of its websocket URL."""

    id: str
    code: str
    identity: str
    peer: str
    """The address it came from."""
    protocol: str
    profile: int
    """By which security profile, were it let in: 0 to 2."""
    password_sha256: str
    first_seen: datetime
    last_seen: datetime
    state: Literal["waiting", "refused"] = "waiting"

    @property
    def path(self) -> str:
        """The end of its websocket URL."""
        return f"{self.code}/{self.identity}"

    @property
    def stand_in(self) -> str:
        """The id that its connection goes by while it is no charge point of ours."""
        return PREFIX + self.id

    def lapsed(self, now: datetime) -> bool:
        """Whether it was not heard of for so long that it is forgotten."""
        life = WAITING_LIFE if self.state == "waiting" else REFUSED_LIFE
        return now - self.last_seen > life


def newcomers(tables: Tables) -> Rows[Newcomer]:
    """The charge points that knocked at a tenant's door; few, bounded."""
    return Rows(tables, Newcomer, "NEWCOMER", "new charge point")


def newcomer_id(code: str, identity: str) -> str:
    """The same for each knock by the same name."""
    return hashlib.sha256(f"{code}/{identity}".encode()).hexdigest()[:16]


def is_pending(charge_point_id: str) -> bool:
    """Whether a connection is a newcomer's."""
    return charge_point_id.startswith(PREFIX)
