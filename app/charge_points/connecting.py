"""Letting a charge point in: who it is, that it is the newest, and what it is owed."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

from msgspec import structs

from app.charge_points.commands import Ringing, redelivered_after_s
from app.charge_points.deadlines import deadline_of
from app.charge_points.doorkeeping import Doorkeeper, TooWeak
from app.charge_points.frame_logs import logging_of
from app.charge_points.knocking import Knocking
from app.charge_points.passthrough import Passthrough
from app.charge_points.settings import ChargePointSettings
from app.charge_points.standing import (
    BACK_SOON,
    no_longer_seen,
    nobody_stands,
    out_of_sight_since,
)
from app.charging.claims import Claim, ClaimKind, connector_key
from app.charging.errors import NotSignedIn, StorageError, StromError, Unavailable
from app.charging.session import Phase, Session
from app.edge_messages import (
    SETTING_INTERRUPTED,
    Command,
    CommandBus,
    Connect,
    Connected,
    Deadline,
    Disconnect,
    Kick,
    Setting,
    Upstream,
)
from app.flow import Again, Flow
from app.records import keys
from app.records.charge_points import ChargePoint, Connection
from app.records.effects import OwedEffect
from app.records.live import LiveChargers
from app.telemetry.context import note

log = logging.getLogger(__name__)

LOOKS_AGAIN_S = (0.05, 0.1, 0.2, 0.4)
"""So often in all a connect looks again at what somebody else has in hand; it is waited for."""
REFUSAL_NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Connecting:
    """Answers the edge when a socket opens or closes."""

    doorkeeper: Doorkeeper
    live: LiveChargers
    flow: Flow
    bus: CommandBus
    settings: ChargePointSettings
    ringing: Ringing
    knocking: Knocking
    passthrough: Passthrough | None = None

    async def connect(self, asked: Connect) -> Connected:
        """Let the charge point in; raises ``NotSignedIn`` without saying what was wrong."""
        try:
            recognised = await self.doorkeeper.recognise(asked)
        except NotSignedIn:
            return await self._let_wait(asked)
        tenant, charge_point = recognised.tenant.id, recognised.charge_point
        note(tenant=tenant, charge_point=charge_point.id)
        if asked.is_link and charge_point.upstream is not None:
            log.info("a link to %s, which has an upstream itself, was refused", charge_point.id)
            raise NotSignedIn("links do not go in circles")
        made = Connection(
            instance=asked.instance,
            queue=asked.queue,
            connection=asked.connection,
            protocol=asked.protocol,
            profile=recognised.profile,
            certificate_sha256=recognised.certificate_sha256,
        )
        now = self.live.clock.now()
        try:
            old, new = await self.live.connect(
                tenant, charge_point.id, made, lambda before: recognised.admit(before, now)
            )
        except TooWeak:
            await self._note_refusal(tenant, charge_point.id, recognised.profile)
            raise
        await self.doorkeeper.let_in(recognised)
        if old.connected and old.queue:
            await self._kick(old.queue, Kick(tenant, charge_point.id, new.epoch))
        sessions = await self._holders(tenant, charge_point)
        return Connected(
            tenant=tenant,
            charge_point=charge_point.id,
            epoch=new.epoch,
            heartbeat_interval_s=self.settings.heartbeat_interval_s,
            configuration=self._baseline(new),
            commands=await self._owed(tenant, charge_point.id, new.epoch),
            deadlines=await self._deadlines(tenant, sessions, asked.protocol),
            logging=logging_of(new),
            upstream=await self._upstream(tenant, charge_point, new),
            standing=await self._stood_unseen(tenant, sessions, old, asked.instance),
        )

    async def _note_refusal(self, tenant: str, charge_point: str, profile: int) -> None:
        """For its owner to read; not each time, since it tries again and again."""
        before, now = await self.live.connection(tenant, charge_point), self.live.clock.now()
        if before.refused_at is not None and now - before.refused_at < REFUSAL_NOTED_EVERY:
            return
        noted = Connection(refused_at=now, refused_profile=profile)
        names = ("refused_at", "refused_profile")
        await self.live.change(tenant, charge_point, before.epoch, noted, *names)

    async def _let_wait(self, asked: Connect) -> Connected:
        """Unknown: it may knock at its owner's door; else ``NotSignedIn``."""
        old, waits = await self.knocking.take(asked)
        if old.connected and old.queue:
            await self._kick(old.queue, Kick(waits.tenant, waits.charge_point, waits.epoch))
        return waits

    async def disconnect(self, told: Disconnect) -> None:
        """The socket closed; counts only if no newer one has opened."""
        now = self.live.clock.now()
        gone = Connection(connected=False, changed_at=now, drop=told.reason[:20] or "lost")
        names = ("connected", "changed_at", "drop")
        counts = await self.live.change(told.tenant, told.charge_point, told.epoch, gone, *names)
        if counts and told.reason != BACK_SOON:
            seen_at = now if told.seen_at is None else min(told.seen_at, now)
            await nobody_stands(self.flow, told.tenant, told.charge_point, seen_at)

    async def _upstream(
        self, tenant: str, charge_point: ChargePoint, connection: Connection
    ) -> Upstream | None:
        """The owner's own backend. That it cannot be read keeps no charge point out."""
        if charge_point.upstream is None or self.passthrough is None:
            return None
        try:
            return await self.passthrough.upstream(tenant, charge_point, connection)
        except StromError as error:
            log.warning("the upstream of %s: %s", charge_point.id, error.message)
            return None

    async def _kick(self, queue: str, kick: Kick) -> None:
        """The old socket is fenced anyway: that this fails must keep nobody out."""
        try:
            await self.bus.send(queue, kick)
        except Exception:
            log.exception("kicking an older connection of %s", kick.charge_point)

    async def _owed(self, tenant: str, charge_point: str, epoch: int) -> tuple[Command, ...]:
        """Every command that is owed, each claimed for one delivery with this answer."""
        pk = keys.charge_point_pk(tenant, charge_point)
        waits = iter(LOOKS_AGAIN_S)
        found = [
            await self._claimed(owed, epoch, waits)
            for owed in await self.flow.sessions.owed(tenant, pk)
        ]
        return tuple(command for command in found if command is not None)

    async def _claimed(
        self, owed: OwedEffect, epoch: int, waits: Iterator[float]
    ) -> Command | None:
        """The command, unless somebody else delivers it.

        One that is being looked at just now may have found nobody there, and would wait for long.
        """
        looked_at: OwedEffect | None = owed
        while looked_at is not None:
            command = await self.ringing.command(looked_at, epoch)
            if command is None:
                return None
            if await self.flow.lease(looked_at):
                await self._delivered(looked_at)
                return command
            wait_s = next(waits, None)
            if wait_s is None:
                return None
            await self.flow.clock.sleep(wait_s)
            looked_at = await self.flow.sessions.owed_effect(owed.ref)
        return None

    async def _delivered(self, owed: OwedEffect) -> None:
        """Let the next connection have it at once, should this answer be lost."""
        try:
            await self.flow.conclude(owed, Again(redelivered_after_s(owed, self.settings)))
        except (StorageError, Unavailable) as error:
            log.warning("%s stays claimed until its lease ends: %s", owed.ref.sk, error)

    def _baseline(self, connection: Connection) -> tuple[Setting, ...]:
        """What was not reported so far, under the names of the protocol that is spoken now."""
        known = connection.configured
        baseline = self.settings.baseline_for(connection.protocol)
        return tuple(
            one
            for one in baseline
            if known.get(one.key, SETTING_INTERRUPTED) == SETTING_INTERRUPTED
        )

    async def _holders(self, tenant: str, charge_point: ChargePoint) -> list[Session]:
        """The sessions that have its connectors."""
        found: list[Session] = []
        for connector in charge_point.connectors:
            key = connector_key(charge_point.id, connector.number)
            claim = Claim(ClaimKind.CONNECTOR, key, "")
            holder = await self.flow.sessions.holder(tenant, claim)
            stored = await self.flow.sessions.find(tenant, holder) if holder else None
            if stored is not None:
                found.append(stored.session)
        return found

    async def _stood_unseen(
        self, tenant: str, sessions: Sequence[Session], old: Connection, instance: str
    ) -> bool:
        """A car that stands there after its charge stood unseen where the ``old`` connection's end
        was never told, or was long ago. True: the instance that had it knows more, and tells it in
        its order."""
        standing = [session for session in sessions if session.phase is Phase.FINISHING]
        if not standing or (old.connected and old.instance == instance):
            return bool(standing)
        since = await out_of_sight_since(self.live, old)
        if since is None and old.connected:
            since = self.live.clock.now()
        for session in standing:
            if since is not None:
                await no_longer_seen(self.flow, tenant, session, since)
        return False

    async def _deadlines(
        self, tenant: str, sessions: Sequence[Session], protocol: str
    ) -> tuple[Deadline, ...]:
        """With the charge point's own name of each transaction, where it gives names."""
        found: list[Deadline] = []
        for session in sessions:
            deadline = deadline_of(session)
            if deadline is not None and protocol != "ocpp1.6":
                number = deadline.transaction_id
                kept = await self.live.transaction(tenant, session.charge_point, number)
                deadline = structs.replace(deadline, reference=kept.reference if kept else "")
            if deadline is not None:
                found.append(deadline)
        return tuple(found)
