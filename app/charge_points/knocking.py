"""Charge points that nobody has set up: kept waiting for the owner, where the owner wants that.

Who knows the owner's code, part of the websocket URL that the owner hands out, may knock, gets
BootNotification answered with Pending, and nothing else (OCPP 1.6 §4.2, 2.0.1 B02). Bounded: so
many wait, so many new ones come in an hour, and each is forgotten when it stays away.
"""

import contextlib
import logging
import re
from dataclasses import dataclass, replace
from datetime import timedelta

from app.charge_points.doorkeeping import NO_PASSWORD
from app.charging.errors import Conflict, NotFound, NotSignedIn, TooMany
from app.charging.ports import Clock, Tables
from app.edge_messages import Connect, Connected
from app.records import rows
from app.records.charge_points import Connection
from app.records.directory import CHARGER_PATH, Directory
from app.records.live import LiveChargers
from app.records.newcomers import KNOCK, Newcomer, newcomer_id, newcomers

log = logging.getLogger(__name__)

IDENTITY = re.compile(r"[A-Za-z0-9*+=:_|@. -]{1,48}")
"""OCPP 2.0.1 part 2, identifierString, and blanks, which some makers print on their boxes."""
MOST_WAITING = 20
MOST_KEPT = 100
NEW_IN_AN_HOUR = 10
ASKS_AGAIN_S = 60
"""How long a pending charge point is told to wait before its next BootNotification."""
SEEN_EVERY = timedelta(minutes=5)
"""Between two notes of when it was last seen."""


@dataclass(frozen=True, slots=True)
class Knocking:
    """Takes charge points at the door."""

    tables: Tables
    directory: Directory
    live: LiveChargers
    clock: Clock

    async def take(self, asked: Connect) -> tuple[Connection, Connected]:
        """Let it wait; with its connection before this. Raises ``NotSignedIn`` where it may not.

        Raises ``TooMany`` when so many came of late.
        """
        tenant, code, identity = await self._door(asked)
        newcomer = await self._keep(tenant, code, identity, asked)
        made = Connection(
            instance=asked.instance,
            queue=asked.queue,
            connection=asked.connection,
            protocol=asked.protocol,
        )
        old, new = await self.live.connect(tenant, newcomer.stand_in, made)
        waits = Connected(
            tenant=tenant,
            charge_point=newcomer.stand_in,
            epoch=new.epoch,
            heartbeat_interval_s=ASKS_AGAIN_S,
            pending=True,
        )
        return old, waits

    async def _door(self, asked: Connect) -> tuple[str, str, str]:
        """Whose door it is: tenant, code, the name it gives."""
        refused = NotSignedIn("unknown charge point or wrong password")
        code, _, identity = asked.path.partition("/")
        if not IDENTITY.fullmatch(identity) or asked.certificate_sha256:
            raise refused
        entry = await self.directory.find(KNOCK, code)
        if entry is None or await self.directory.find(CHARGER_PATH, asked.path) is not None:
            raise refused  # no door, or a charge point that gave a wrong password
        tenant = await rows.tenants(self.tables).find(entry.tenant, entry.tenant)
        if tenant is None or tenant.status != "active" or tenant.knock_code != code:
            raise refused
        return tenant.id, code, identity

    async def _keep(self, tenant: str, code: str, identity: str, asked: Connect) -> Newcomer:
        now, given = self.clock.now(), asked.password_sha256 or ""
        if given in NO_PASSWORD:
            given = ""
        new = Newcomer(
            id=newcomer_id(code, identity),
            code=code,
            identity=identity,
            peer=asked.peer[:64],
            protocol=asked.protocol,
            profile=0 if not given else 2 if asked.tls else 1,
            password_sha256=given,
            first_seen=now,
            last_seen=now,
        )
        others = await forget_lapsed(self.live, tenant)
        known = next((each for each in others if each.id == new.id), None)
        if known is None:
            self._require_room(others)
            await self._add(tenant, new)
            log.info("a new charge point knocks: %r", identity)
            return new
        if known.state == "refused":
            raise NotSignedIn("its owner does not want it")
        return await self._seen(tenant, known, new)

    async def _seen(self, tenant: str, known: Newcomer, new: Newcomer) -> Newcomer:
        """It knocks again. Another with its name does not get in its place while it is there."""
        is_same = (known.password_sha256, known.peer) == (new.password_sha256, new.peer)
        if is_same and new.last_seen - known.last_seen < SEEN_EVERY:
            return known
        if not is_same and await self.live.online(tenant, known.stand_in):
            raise NotSignedIn("another by this name waits already")
        seen = replace(new, first_seen=known.first_seen if is_same else new.first_seen)
        try:
            await newcomers(self.tables).replace(tenant, known, seen)
        except Conflict:
            raise NotSignedIn("it was accepted or refused just now") from None
        return seen

    async def _add(self, tenant: str, new: Newcomer) -> None:
        try:
            await newcomers(self.tables).add(tenant, new)
        except Conflict:
            log.info("%r knocks twice at once", new.identity)

    def _require_room(self, others: list[Newcomer]) -> None:
        now = self.clock.now()
        if len(others) >= MOST_KEPT or sum(o.state == "waiting" for o in others) >= MOST_WAITING:
            raise NotSignedIn("too many wait")
        if sum(now - o.first_seen < timedelta(hours=1) for o in others) >= NEW_IN_AN_HOUR:
            raise TooMany("too many new charge points knock", retry_after_s=600)


async def forget_lapsed(live: LiveChargers, tenant: str) -> list[Newcomer]:
    """Remove who stayed away for long; returns the others."""
    left, now, kept = list[Newcomer](), live.clock.now(), newcomers(live.tables)
    for each in await kept.all(tenant):
        if not each.lapsed(now):
            left.append(each)
            continue
        with contextlib.suppress(NotFound):
            await kept.remove(tenant, each.id)
        await live.forget(tenant, each.stand_in)
    return left
