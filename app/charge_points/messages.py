"""What a charge point says, kept before it is answered; one small handler per kind of message."""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from app.charge_points.clocks import trusted_time
from app.charge_points.deadlines import deadline_of, next_readings_in_s
from app.charge_points.settings import ChargePointSettings
from app.charging import events as ev
from app.charging.claims import Claim, ClaimKind, connector_key
from app.charging.effects import StopCharging
from app.charging.ports import Chance, Clock
from app.charging.session import Phase, Session
from app.edge_messages import (
    Authorize,
    Booted,
    ChargerMessage,
    CommandOutcome,
    ConfigurationReport,
    ConnectorStatus,
    MessageResult,
    Reading,
    Readings,
    TransactionStarted,
    TransactionStopped,
)
from app.flow import Flow
from app.records.charge_points import Connection, ConnectorState, StoredTransaction
from app.records.commands import OwnerCommands
from app.records.live import LiveChargers, dedup_key

log = logging.getLogger(__name__)

ID_LENGTH = 16
PREVENTS_CHARGING = frozenset({"ConnectorLockFailure"})
"""Error codes that end a session although the connector may not call itself Faulted."""


@dataclass(frozen=True, slots=True)
class Messages:
    """Takes what charge points say to where it belongs."""

    live: LiveChargers
    flow: Flow
    commands: OwnerCommands
    clock: Clock
    chance: Chance
    settings: ChargePointSettings

    async def take(self, message: ChargerMessage) -> MessageResult:
        """Keep one message; the result says what the edge answers."""
        said = message.said
        match said:
            case Booted():
                return await self._booted(message, said)
            case ConnectorStatus():
                return await self._status(message, said)
            case Readings():
                return await self._readings(message, said)
            case Authorize():
                return await self._authorize(message, said)
            case TransactionStarted():
                return await self._started(message, said)
            case TransactionStopped():
                return await self._stopped(message, said)
            case CommandOutcome():
                return await self._outcome(message, said)
            case ConfigurationReport():
                return await self._configured(message, said)
        assert_never(said)

    async def _booted(self, message: ChargerMessage, said: Booted) -> MessageResult:
        device = Connection(
            vendor=said.vendor,
            model=said.model,
            serial=said.serial,
            firmware=said.firmware,
            booted_at=self.clock.now(),
        )
        names = ("vendor", "model", "serial", "firmware", "booted_at")
        return await self._change(message, device, *names)

    async def _configured(
        self, message: ChargerMessage, said: ConfigurationReport
    ) -> MessageResult:
        return await self._change(message, Connection(configured=said.outcomes), "configured")

    async def _change(
        self, message: ChargerMessage, changes: Connection, *names: str
    ) -> MessageResult:
        kept = await self.live.change(
            message.tenant, message.charge_point, message.epoch, changes, *names
        )
        return MessageResult(saved=kept, fenced=not kept)

    async def _status(self, message: ChargerMessage, said: ConnectorStatus) -> MessageResult:
        """Status is fenced by epoch: an old socket must not speak for the connector."""
        tenant, charge_point = message.tenant, message.charge_point
        connection = await self.live.connection(tenant, charge_point)
        if connection.epoch != message.epoch:
            return MessageResult(saved=False, fenced=True)
        at = self._time(said.at)
        state = ConnectorState(said.status, said.error_code, at, said.info)
        await self.live.put_connector_state(tenant, charge_point, said.connector, state)
        session_id = await self._holder(tenant, charge_point, said.connector)
        if session_id:
            await self._tell_session(tenant, session_id, said)
        return MessageResult(saved=True)

    async def _tell_session(self, tenant: str, session_id: str, said: ConnectorStatus) -> None:
        if said.status == "Faulted" or said.error_code in PREVENTS_CHARGING:
            await self.flow.record(
                tenant, session_id, [ev.ConnectorFaulted(self.clock.now(), said.error_code)]
            )
        else:
            await self.flow.announce(tenant, session_id)

    async def _readings(self, message: ChargerMessage, said: Readings) -> MessageResult:
        tenant, charge_point = message.tenant, message.charge_point
        found = await self._session_of(tenant, charge_point, said)
        if found is None:
            return MessageResult(saved=True)
        session_id, transaction_id = found
        events = self._meter_reads(transaction_id, said.readings)
        session = await self.flow.record(tenant, session_id, events)
        return self._with_deadline(session)

    async def _session_of(
        self, tenant: str, charge_point: str, said: Readings
    ) -> tuple[str, int] | None:
        """The session that readings belong to; some chargers send none or a wrong transaction."""
        if said.transaction_id:
            stored = await self.live.transaction(tenant, charge_point, said.transaction_id)
            if stored is not None:
                return (stored.session_id, stored.transaction_id) if stored.session_id else None
        session_id = await self._holder(tenant, charge_point, said.connector)
        if not session_id or said.transaction_id is None:
            return None
        kept = await self.flow.sessions.find(tenant, session_id)
        if kept is None or kept.session.transaction_id is None:
            return None
        return session_id, kept.session.transaction_id

    def _meter_reads(
        self, transaction_id: int, readings: tuple[Reading, ...]
    ) -> list[ev.MeterRead]:
        in_order = sorted(readings, key=lambda reading: reading.at)
        return [
            ev.MeterRead(self._time(r.at), transaction_id, r.energy_wh, r.power_w, r.soc_percent)
            for r in in_order
        ]

    async def _authorize(self, message: ChargerMessage, said: Authorize) -> MessageResult:
        session = await self._named_by(message.tenant, message.charge_point, said.id_tag)
        wanted = session is not None and session.phase in (Phase.STARTING, Phase.CHARGING)
        return MessageResult(saved=True, accepted=wanted)

    async def _started(self, message: ChargerMessage, said: TransactionStarted) -> MessageResult:
        tenant, charge_point = message.tenant, message.charge_point
        session = await self._named_by(tenant, charge_point, said.id_tag)
        if session is not None and session.connector != said.connector:
            session = None
        new = StoredTransaction(
            transaction_id=1 + self.chance.below(2**31 - 1),
            session_id="" if session is None else session.id,
            connector=said.connector,
            id_tag=said.id_tag,
            started_at=self._time(said.at),
            meter_start_wh=said.meter_wh,
        )
        written = said.timestamp or said.at.isoformat()
        key = dedup_key(said.connector, said.id_tag, written, said.meter_wh)
        kept = await self.live.keep_transaction(tenant, charge_point, key, new)
        if not kept.session_id:
            await self._stop_stranger(tenant, charge_point, kept)
            return MessageResult(True, accepted=False, transaction_id=kept.transaction_id)
        started = ev.ChargingStarted(kept.started_at, kept.transaction_id, said.meter_wh)
        after = await self.flow.record(tenant, kept.session_id, [started])
        return self._start_answer(after, kept)

    def _start_answer(self, session: Session, kept: StoredTransaction) -> MessageResult:
        ours = session.transaction_id == kept.transaction_id
        accepted = ours and session.phase in (Phase.CHARGING, Phase.STOPPING)
        deadline = deadline_of(session) if accepted else None
        return MessageResult(
            saved=True,
            accepted=accepted,
            transaction_id=kept.transaction_id,
            deadlines=() if deadline is None else (deadline,),
            next_readings_in_s=next_readings_in_s(session, self.clock.now(), self.settings),
        )

    async def _stop_stranger(self, tenant: str, charge_point: str, kept: StoredTransaction) -> None:
        """A transaction nobody paid for is stopped, however long that takes."""
        if kept.stopped:
            return
        stop = StopCharging("", charge_point, kept.transaction_id)
        await self.flow.owe(tenant, stop, None, self.settings.stranger_stop_s)

    async def _stopped(self, message: ChargerMessage, said: TransactionStopped) -> MessageResult:
        """Always acknowledged: an error would make the charge point send it again for ever."""
        tenant, charge_point = message.tenant, message.charge_point
        kept = await self.live.transaction(tenant, charge_point, said.transaction_id)
        if kept is None:
            log.warning("%s stopped an unknown transaction", charge_point)
            return MessageResult(saved=True)
        if kept.session_id:
            at = self._time(said.at)
            events = self._meter_reads(kept.transaction_id, said.readings)
            stopped = ev.ChargingStopped(at, kept.transaction_id, said.meter_wh, said.reason)
            await self.flow.record(tenant, kept.session_id, [*events, stopped])
        await self.live.transaction_stopped(tenant, charge_point, kept.transaction_id)
        return MessageResult(saved=True)

    async def _outcome(self, message: ChargerMessage, said: CommandOutcome) -> MessageResult:
        """Rejected counts only on first delivery: later it may mean that the first one worked."""
        kind, _, rest = said.id.partition(".")
        if kind == "start":
            event = self._start_outcome(said)
            if event is not None:
                await self.flow.record(message.tenant, rest, [event])
        elif kind == "owner":
            await self.commands.conclude(message.tenant, message.charge_point, said)
        return MessageResult(saved=True)

    def _start_outcome(self, said: CommandOutcome) -> ev.Event | None:
        if said.outcome == "accepted":
            return ev.StartAccepted(self.clock.now())
        if said.outcome == "rejected" and said.attempt == 1:
            return ev.StartRejected(self.clock.now(), said.detail)
        return None

    async def _named_by(self, tenant: str, charge_point: str, id_tag: str) -> Session | None:
        """The session that an idTag names; some chargers append to it, or change its case."""
        session_id = id_tag.strip().lower()[:ID_LENGTH]
        if len(session_id) < ID_LENGTH or "#" in session_id:
            return None
        stored = await self.flow.sessions.find(tenant, session_id)
        if stored is None or stored.session.charge_point != charge_point:
            return None
        return stored.session

    async def _holder(self, tenant: str, charge_point: str, connector: int) -> str | None:
        claim = Claim(ClaimKind.CONNECTOR, connector_key(charge_point, connector), "")
        return await self.flow.sessions.holder(tenant, claim)

    def _with_deadline(self, session: Session) -> MessageResult:
        deadline = deadline_of(session)
        return MessageResult(
            saved=True,
            deadlines=() if deadline is None else (deadline,),
            next_readings_in_s=next_readings_in_s(session, self.clock.now(), self.settings),
        )

    def _time(self, said: datetime) -> datetime:
        return trusted_time(said, self.clock.now())
