"""The one place where decisions are saved and owed effects are performed."""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from app.charging.advance import fold
from app.charging.decision import Decision
from app.charging.effects import Effect
from app.charging.errors import (
    ConditionFailed,
    NotFound,
    StorageConflict,
    StorageError,
    StorageThrottled,
    StorageUncertain,
    StromError,
    Unavailable,
)
from app.charging.events import ClaimLost, Event, TimedOut
from app.charging.ports import Absent, Chance, Clock, Delete, Item, Put, Tables
from app.charging.session import Phase, Session
from app.flow.leasing import is_at_once, leasing, owing, postponing
from app.flow.observing import concluded, performing
from app.flow.ports import Again, Bring, Done, Look, Notices, Performed, Performer, PerformQueue
from app.flow.saving import Saving, saving
from app.flow.settings import FlowSettings
from app.records.codec import to_ms
from app.records.effects import (
    EffectRef,
    Opening,
    OwedEffect,
    effect_item,
    owed_effect,
    ref_of,
)
from app.records.sessions import Sessions, Stored
from app.telemetry.context import about, now_traced
from app.telemetry.numbers import Numbers
from app.telemetry.tracing import NO_TRACES, Tracer

log = logging.getLogger(__name__)


async def _all_is_well(_tenant: str, _session: Session) -> Sequence[Event]:
    return ()


@dataclass(slots=True)
class Flow:
    """The one place where decisions are saved. Bootstrap sets ``performers`` by effect, who has a
    ``look`` at cars that stand, and who can ``bring`` effects back at their time."""

    tables: Tables
    sessions: Sessions
    clock: Clock
    chance: Chance
    queue: PerformQueue
    notices: Notices
    settings: FlowSettings
    performers: Mapping[type[Effect], Performer] = field(default_factory=dict)
    look: Look = _all_is_well
    bring: Bring | None = None
    tracer: Tracer = NO_TRACES
    numbers: Numbers = field(default_factory=Numbers)

    async def record(
        self,
        tenant: str,
        session_id: str,
        events: Sequence[Event],
        *,
        opening: Opening | None = None,
        performed: EffectRef | None = None,
    ) -> Session:
        """Fold events into a session and save the decision; returns the session after it.

        ``opening`` is what a session that is not stored yet begins from; ``performed`` an effect
        whose outcome the events are, and which is removed in the same write. Raises ``NotFound``
        for a session that does not exist, ``Unavailable`` when it could not be saved.
        """
        with about(tenant=tenant, session=session_id):
            return await self._record(tenant, session_id, events, opening, performed)

    async def _record(
        self,
        tenant: str,
        session_id: str,
        events: Sequence[Event],
        opening: Opening | None,
        performed: EffectRef | None,
    ) -> Session:
        lost: list[ClaimLost] = []
        doubtful: list[Item] = []
        for attempt in range(self.settings.retries):
            stored = await self._load(tenant, session_id, opening)
            decision = fold(stored.session, [*lost, *events])
            change = self._saving(tenant, stored, decision, performed)
            try:
                for row in change.beforehand:
                    await self.tables.tenant(tenant).write([row])
                if change.operations:
                    await self.tables.tenant(tenant).write(change.operations)
            except ConditionFailed as failed:
                newly_lost = change.lost_claims(failed, self.clock.now())
                lost += newly_lost
                if not newly_lost:
                    await self._pause(attempt)
            except (StorageConflict, StorageThrottled):
                await self._pause(attempt)
            except StorageUncertain:
                doubtful += change.owed
                await self._pause(attempt)
            else:
                await self._after(tenant, stored, decision)
                await self._after_doubt(tenant, doubtful, decision)
                return decision.session
        raise Unavailable("this could not be saved just now; please try again")

    async def owe(
        self,
        tenant: str,
        effect: Effect,
        opening: Opening | None,
        due_s: float,
        *,
        prompt: bool = False,
    ) -> None:
        """Owe an effect that no decision made: an open invoice that is to be asked about.

        One that is owed already stays as it is, with its attempts. ``prompt``: as of ``Again``.
        """
        bring = self.bring if prompt else None
        wait_s = due_s if bring is None else due_s + self.settings.queue_grace_s
        due_ms = to_ms(self.clock.now()) + int(wait_s * 1000)
        shards = self.sessions.shards
        item = effect_item(
            tenant,
            effect,
            due_ms=due_ms,
            shards=shards,
            opening=opening,
            traceparent=now_traced(),
        )
        with contextlib.suppress(ConditionFailed):
            await self.tables.tenant(tenant).write([Put(item, Absent())])
        if bring is not None:
            await self._safely(bring(ref_of(tenant, effect), 0, due_s))

    async def announce(self, tenant: str, session_id: str) -> None:
        """Tell who watches that something beside the session has changed (its connector)."""
        stored = await self.sessions.find(tenant, session_id)
        if stored is not None:
            changed = self.notices.session_changed(
                tenant, stored.session, stored.session, stored.version, stored.watchers
            )
            await self._safely(changed)

    async def perform(
        self, ref: EffectRef, by: Performer | None = None, *, attempts: int | None = None
    ) -> bool:
        """Do one owed effect; False when it is owed no more or somebody else is at it.

        ``by`` is who performs it this once instead of whoever usually does; ``attempts``: only if
        there were so many before.
        """
        owed = await self.sessions.owed_effect(ref)
        if owed is None or attempts not in (None, owed.attempts) or not await self.lease(owed):
            return False
        with performing(self.tracer, owed) as span:
            stored = await self.sessions.find(ref.tenant, owed.effect.session_id)
            session = None if stored is None else stored.session
            result = await self._try(owed, session, by)
            concluded(self.numbers, span, owed, result)
            await self.conclude(owed, result)
        return True

    async def lease(self, owed: OwedEffect) -> bool:
        """Claim an effect for one attempt; False when another has it or it is owed no more."""
        claim = leasing(owed, self.clock.now(), self.settings)
        try:
            await self.tables.tenant(owed.ref.tenant).write([claim])
        except (StorageError, Unavailable):
            return False
        return True

    async def conclude(self, owed: OwedEffect, result: Performed) -> None:
        """Record what came of an attempt."""
        tenant, session_id = owed.ref.tenant, owed.effect.session_id
        if isinstance(result, Done):
            if result.events:
                await self.record(
                    tenant,
                    session_id,
                    result.events,
                    opening=owed.opening,
                    performed=owed.ref,
                )
            else:
                await self.tables.tenant(tenant).write([Delete(owed.ref.key)])
            return
        if result.events:
            await self.record(tenant, session_id, result.events, opening=owed.opening)
        await self._postpone(owed, result)

    async def sweep(
        self,
        shard: str,
        limit: int = 100,
        hand_over: Callable[[EffectRef], Awaitable[object]] | None = None,
    ) -> int:
        """Look at everything in a shard that is due; returns how much there was.

        ``hand_over`` is who sees to owed effects, where this process may not perform them.
        """
        now = self.clock.now()
        now_ms = to_ms(now)
        page = await self.tables.due().query_due(shard, until_ms=now_ms, limit=limit)
        self.numbers.sweeping.found([now_ms - int(str(item["due_at"])) for item in page.items])
        for item in page.items:
            pk, sk = str(item["pk"]), str(item["sk"])
            tenant = pk.split("#")[1]
            with about(tenant=tenant):
                try:
                    if sk == "SESSION":
                        await self._time_out(tenant, pk.rsplit("#", 1)[1], now)
                    else:
                        await (hand_over or self.perform)(EffectRef(tenant, pk, sk))
                except StromError as error:
                    log.warning("sweep: %s %s: %s", pk, sk, error)
        return len(page.items)

    async def _time_out(self, tenant: str, session_id: str, now: datetime) -> None:
        """Where a car stands, nobody pays for more than was seen."""
        session = await self.record(tenant, session_id, [TimedOut(now)])
        if session.phase is Phase.FINISHING:
            seen = await self.look(tenant, session)
            await self.record(tenant, session_id, [*seen, TimedOut(now, looked=True)])

    async def _load(self, tenant: str, session_id: str, opening: Opening | None) -> Stored:
        stored = await self.sessions.find(tenant, session_id)
        if stored is not None:
            return stored
        if opening is None:
            raise NotFound("there is no such session")
        return Stored(opening.session(session_id), 0, opening.payer)

    def _saving(
        self, tenant: str, stored: Stored, decision: Decision, performed: EffectRef | None
    ) -> Saving:
        now, settings, shards = self.clock.now(), self.settings, self.sessions.shards
        owed = [owing(tenant, effect, now, settings, shards) for effect in decision.effects]
        return saving(self.sessions, tenant, stored, decision, performed, owed)

    async def _after(self, tenant: str, stored: Stored, decision: Decision) -> None:
        """What follows a commit: commands at once, the rest through the queue, then notices."""
        for effect in decision.effects:
            ref = ref_of(tenant, effect)
            if is_at_once(effect):
                owed = OwedEffect(ref, effect, 0, leased_until_ms=0, traceparent=now_traced())
                await self._safely(self._at_once(owed, decision.session))
            else:
                await self._safely(self.queue.put(ref))
        before, after = stored.session, decision.session
        if after != before:
            known = stored.watchers or decision.is_only_read
            watchers = stored.watchers if known else None
            changed = self.notices.session_changed(
                tenant, before, after, stored.version + 1, watchers
            )
            await self._safely(changed)

    async def _after_doubt(self, tenant: str, doubtful: Sequence[Item], decision: Decision) -> None:
        """What follows a commit that was not known to be one, unless ``decision`` owed it again.

        Under a lease: by now it may have been found by others.
        """
        owed_again = {ref_of(tenant, effect).key for effect in decision.effects}
        for row in doubtful:
            owed = owed_effect(tenant, row)
            if owed.ref.key not in owed_again:
                await self._safely(self._follow(owed, row))

    async def _follow(self, owed: OwedEffect, written: Item) -> None:
        stored = await self.tables.tenant(owed.ref.tenant).get(owed.ref.key)
        if stored != written:
            return  # the write did not happen, or somebody has this effect already
        if is_at_once(owed.effect):
            await self.perform(owed.ref)
        else:
            await self.queue.put(owed.ref)

    async def _at_once(self, owed: OwedEffect, session: Session) -> None:
        """The first attempt; its row says already when the next is due if this one has worked."""
        with performing(self.tracer, owed) as span:
            result = await self._try(owed, session, None)
            concluded(self.numbers, span, owed, result)
            if result != Again(self.settings.at_once_grace_s):
                await self.conclude(owed, result)

    async def _try(
        self, owed: OwedEffect, session: Session | None, by: Performer | None
    ) -> Performed:
        performer, settings = by or self.performers[type(owed.effect)], self.settings
        at_once = is_at_once(owed.effect)
        patience_s = settings.command_timeout_s if at_once else settings.perform_timeout_s
        try:
            async with asyncio.timeout(patience_s):
                return await performer(owed, session)
        except (StromError, TimeoutError) as error:
            log.warning("effect %s: %s", owed.ref.sk, str(error) or "timed out")
            return Again(min(2.0**owed.attempts, self.settings.backoff_cap_s))

    async def _postpone(self, owed: OwedEffect, again: Again) -> None:
        bring = self.bring if again.prompt else None
        grace_s = 0 if bring is None else self.settings.queue_grace_s
        update = postponing(owed, again, self.clock.now(), grace_s)
        try:
            await self.tables.tenant(owed.ref.tenant).write([update])
        except ConditionFailed:
            return  # withdrawn meanwhile, or the lease was lost
        if bring is not None:
            attempts = owed.attempts + (1 if again.counted else 0)
            await self._safely(bring(owed.ref, attempts, again.after_s))

    async def _safely(self, following: Awaitable[object]) -> None:
        """What follows a commit must not undo its answer: the sweep makes up for it."""
        try:
            await following
        except StromError as error:
            log.warning("after a commit: %s", error)
        except Exception:
            log.exception("after a commit")

    async def _pause(self, attempt: int) -> None:
        spread = self.chance.below(1000) / 1000
        longest = self.settings.retry_s * float(2 ** min(attempt, 6))
        await self.clock.sleep(longest * spread)
