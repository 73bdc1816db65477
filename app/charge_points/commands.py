"""Performing a start or a stop: ring the edge that holds the charge point, until it is answered.

The row is the truth and is owed until the session says otherwise; what goes over the bus is a
copy. Nothing is tried while the charge point is offline: the connect answer carries it.
"""

from dataclasses import dataclass

from app.charge_points.settings import ChargePointSettings
from app.charging.effects import StartCharging, StopCharging
from app.charging.ports import Clock
from app.charging.session import Phase, Session
from app.edge_messages import Command, CommandBus
from app.flow import Again, Done, Performed
from app.records.effects import OwedEffect
from app.records.live import LiveChargers

EAGER_DELIVERIES = 10


def command_of(owed: OwedEffect, epoch: int) -> Command:
    """The message for one delivery of an owed command."""
    effect, tenant, attempt = owed.effect, owed.ref.tenant, owed.attempts + 1
    match effect:
        case StartCharging():
            return Command(
                id=effect.key,
                tenant=tenant,
                charge_point=effect.charge_point,
                kind="start",
                attempt=attempt,
                connector=effect.connector,
                id_tag=effect.id_tag,
                expires_at=effect.expires_at,
                epoch=epoch,
            )
        case StopCharging():
            return Command(
                id=effect.key,
                tenant=tenant,
                charge_point=effect.charge_point,
                kind="stop",
                attempt=attempt,
                transaction_id=effect.transaction_id,
                epoch=epoch,
            )
        case _:
            raise TypeError(f"{type(effect).__name__} is no command")


def redelivered_after_s(owed: OwedEffect, settings: ChargePointSettings) -> float:
    """How long a delivery waits for what it is to bring about."""
    doublings = min(max(0, owed.attempts - EAGER_DELIVERIES), 20)
    return min(settings.redeliver_s * 2.0**doublings, settings.redeliver_at_most_s)


@dataclass(frozen=True, slots=True)
class Ringing:
    """The performer of starts and stops."""

    live: LiveChargers
    bus: CommandBus
    clock: Clock
    settings: ChargePointSettings

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
            return Again(self.settings.retry_offline_s, counted=False)
        await self.bus.send(connection.queue, command_of(owed, connection.epoch))
        return Again(redelivered_after_s(owed, self.settings))
