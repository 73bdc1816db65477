"""Performing a start, a stop or what an owner wants: ring the edge that holds the charge point.

The row is the truth and is owed until the session, or the charge point's answer, says otherwise;
what goes over the bus is a copy. Nothing is tried while the charge point is offline: the connect
answer carries it.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.charge_points.owner_commands import OwnerCommands
from app.charge_points.settings import ChargePointSettings
from app.charging.effects import CarryOut, StartCharging, StopCharging
from app.charging.ports import Clock
from app.charging.session import Phase, Session
from app.edge_messages import Command, CommandBus
from app.flow import Again, Done, Performed
from app.operations import ONCE, ChargerOperation, SetPassword, Start, Stop
from app.records.commands import GivenCommand
from app.records.effects import OwedEffect
from app.records.live import LiveChargers
from app.telemetry.context import now_traced

EAGER_DELIVERIES = 10

Reveal = Callable[[str, str, SetPassword], Awaitable[SetPassword | None]]
"""Tenant, charge point, a sealed password: the same opened, None when it is wanted no more."""


def redelivered_after_s(owed: OwedEffect, settings: ChargePointSettings) -> float:
    """How long a delivery waits for what it is to bring about."""
    doublings = min(max(0, owed.attempts - EAGER_DELIVERIES), 20)
    return min(settings.redeliver_s * 2.0**doublings, settings.redeliver_at_most_s)


@dataclass(frozen=True, slots=True)
class Ringing:
    """The performer of starts, stops, and what owners want."""

    live: LiveChargers
    bus: CommandBus
    clock: Clock
    settings: ChargePointSettings
    commands: OwnerCommands
    reveal: Reveal
    """Opens a password on its way out."""

    async def start(self, owed: OwedEffect, session: Session | None) -> Performed:
        """Deliver a start while it may still be; the session's own deadline ends the waiting."""
        effect = owed.effect
        assert isinstance(effect, StartCharging)
        waiting = session is not None and session.phase is Phase.STARTING
        if not waiting or self.clock.now() >= effect.expires_at:
            return Done()
        return await self._ring(owed, effect.charge_point)

    async def stop(self, owed: OwedEffect, session: Session | None) -> Performed:
        """Deliver a stop until one is seen; a stranger's too."""
        effect = owed.effect
        assert isinstance(effect, StopCharging)
        if session is None and await self._seen(owed, effect):
            return Done()
        return await self._ring(owed, effect.charge_point)

    async def carry_out(self, owed: OwedEffect, _session: Session | None) -> Performed:
        """Deliver what an owner wants while it is wanted; what acts anew each time, once."""
        effect, tenant = owed.effect, owed.ref.tenant
        assert isinstance(effect, CarryOut)
        given = await self._given(tenant, effect)
        if given is None or given.state != "waiting":
            return Done()
        told_once = owed.attempts > 0 and isinstance(given.carries, ONCE)
        if told_once or self.clock.now() >= effect.expires_at:
            await self.commands.given_up(tenant, effect.charge_point, given)
            return Done()
        return await self._ring(owed, effect.charge_point)

    async def command(self, owed: OwedEffect, epoch: int) -> Command | None:
        """The message for one delivery of an owed command; None where nothing is to be told."""
        operation = await self._operation(owed)
        if operation is None:
            return None
        effect = owed.effect
        assert isinstance(effect, StartCharging | StopCharging | CarryOut)
        return Command(
            id=effect.key,
            tenant=owed.ref.tenant,
            charge_point=effect.charge_point,
            operation=operation,
            attempt=owed.attempts + 1,
            expires_at=None if isinstance(effect, StopCharging) else effect.expires_at,
            epoch=epoch,
            traceparent=now_traced() or owed.traceparent,
        )

    async def _operation(self, owed: OwedEffect) -> ChargerOperation | None:
        effect, now = owed.effect, self.clock.now()
        match effect:
            case StartCharging():
                return Start(effect.connector, effect.id_tag) if now < effect.expires_at else None
            case StopCharging():
                return Stop(effect.transaction_id, await self._reference(owed.ref.tenant, effect))
            case CarryOut():
                given = await self._given(owed.ref.tenant, effect)
                if given is None or given.state != "waiting" or now >= effect.expires_at:
                    return None
                operation = given.carries
                if isinstance(operation, SetPassword):
                    return await self.reveal(owed.ref.tenant, effect.charge_point, operation)
                told_once = owed.attempts > 0 and isinstance(operation, ONCE)
                return None if told_once else operation
        return None

    async def _reference(self, tenant: str, effect: StopCharging) -> str:
        """What the charge point itself calls the transaction, where it has a name for it."""
        kept = await self.live.transaction(tenant, effect.charge_point, effect.transaction_id)
        return "" if kept is None else kept.reference

    async def _given(self, tenant: str, effect: CarryOut) -> GivenCommand | None:
        return await self.commands.given.find(tenant, effect.charge_point, effect.command_id)

    async def _seen(self, owed: OwedEffect, effect: StopCharging) -> bool:
        kept = await self.live.transaction(
            owed.ref.tenant, effect.charge_point, effect.transaction_id
        )
        return kept is None or kept.stopped

    async def _ring(self, owed: OwedEffect, charge_point: str) -> Performed:
        tenant = owed.ref.tenant
        connection = await self.live.connection(tenant, charge_point)
        alive = connection.connected and await self.live.edge_alive(connection.instance)
        if not alive:
            waits = isinstance(owed.effect, CarryOut)
            settings = self.settings
            again_s = settings.wait_offline_s if waits else settings.retry_offline_s
            return Again(again_s, counted=False)
        command = await self.command(owed, connection.epoch)
        if command is not None:
            await self.bus.send(connection.queue, command)
        return Again(redelivered_after_s(owed, self.settings))
