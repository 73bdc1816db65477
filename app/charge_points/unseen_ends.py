"""Stops that are owed no more although nobody told the transaction's end.

A charge point may drop its StopTransaction after the configured attempts, or stop a transaction
under an id that means nothing. A stop that nobody answers would be rung for ever; so once its
session is settled, or for a stranger's transaction, the charge point's other words count. They
move no money, and a meter that goes on owes the stop again.
"""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.charge_points.settings import ChargePointSettings
from app.charging.claims import Claim, ClaimKind, connector_key
from app.charging.effects import StopCharging
from app.charging.events import TransactionOver
from app.charging.ports import Clock
from app.charging.session import Phase, Session
from app.flow import Done, Performed, Performer
from app.records.charge_points import Connection
from app.records.effects import OwedEffect
from app.records.live import LiveChargers
from app.records.sessions import Sessions

log = logging.getLogger(__name__)

IDLE = frozenset({"Available", "Preparing", "Finishing", "Reserved"})
"""At a connector that says so no transaction runs (OCPP 1.6 §4.9)."""
FOLLOWED = "another has begun there"
RINGS_BEFORE = 3
"""So often the stop is delivered before anything but a StopTransaction counts."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The transaction that is to stop."""

    tenant: str
    charge_point: str
    connector: int
    session_id: str
    started_at: datetime
    heard_at: datetime
    silent_s: int


@dataclass(frozen=True, slots=True)
class UnseenEnds:
    """The performer of stops: ``ring`` delivers them as long as they make sense."""

    live: LiveChargers
    sessions: Sessions
    clock: Clock
    settings: ChargePointSettings
    ring: Performer

    async def stop(self, owed: OwedEffect, session: Session | None) -> Performed:
        """Deliver a stop, unless its transaction cannot be running any more."""
        effect = owed.effect
        assert isinstance(effect, StopCharging)
        wanted = await self._wanted(owed.ref.tenant, effect, session)
        sign = None if wanted is None else await self._sign(wanted, owed.attempts)
        if sign is None:
            return await self.ring(owed, session)
        log.info("%s: transaction %d is over: %s", effect.charge_point, effect.transaction_id, sign)
        if session is None:
            return Done()
        over = TransactionOver(
            self.clock.now(), effect.transaction_id, sign, settles=sign == FOLLOWED
        )
        return Done((over,))

    async def _wanted(
        self, tenant: str, effect: StopCharging, session: Session | None
    ) -> _Wanted | None:
        """None while the end is still expected, with the energy to charge for."""
        charge_point, transaction_id = effect.charge_point, effect.transaction_id
        if session is None:
            kept = await self.live.transaction(tenant, charge_point, transaction_id)
            if kept is None:
                return None
            at, silent_s = kept.started_at, self.settings.silent_s
            return _Wanted(tenant, charge_point, kept.connector, "", at, at, silent_s)
        begun_at, ours = session.started_at, session.transaction_id == transaction_id
        if session.phase is not Phase.ENDED or begun_at is None or not ours:
            return None
        heard_at, silent_s = session.last_heard_at or begun_at, session.quote.limits.silent_s
        connector = session.connector
        return _Wanted(tenant, charge_point, connector, session.id, begun_at, heard_at, silent_s)

    async def _sign(self, wanted: _Wanted, attempts: int) -> str | None:
        """What says that it is over, or None."""
        connection = await self.live.connection(wanted.tenant, wanted.charge_point)
        if not connection.connected or not await self.live.edge_alive(connection.instance):
            return self._away(wanted, connection)
        if attempts < RINGS_BEFORE:
            return None
        return await self._idle(wanted) or await self._follower(wanted)

    def _away(self, wanted: _Wanted, connection: Connection) -> str | None:
        """Its readings will tell, should it ever come back with the transaction still running."""
        seen_at = max(wanted.heard_at, connection.changed_at or wanted.heard_at)
        is_gone = self.clock.now() >= seen_at + timedelta(seconds=wanted.silent_s)
        return "the charge point is away" if is_gone else None

    async def _idle(self, wanted: _Wanted) -> str | None:
        state = await self.live.connector_state(
            wanted.tenant, wanted.charge_point, wanted.connector
        )
        told = state is not None and state.status in IDLE and state.at > wanted.started_at
        return f"the connector is {state.status}" if told and state is not None else None

    async def _follower(self, wanted: _Wanted) -> str | None:
        """A connector has one transaction at a time."""
        key = connector_key(wanted.charge_point, wanted.connector)
        holder = await self.sessions.holder(wanted.tenant, Claim(ClaimKind.CONNECTOR, key, ""))
        if holder is None or holder == wanted.session_id:
            return None
        stored = await self.sessions.find(wanted.tenant, holder)
        begun_at = None if stored is None else stored.session.started_at
        is_later = begun_at is not None and begun_at > wanted.started_at
        return FOLLOWED if is_later else None
