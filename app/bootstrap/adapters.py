"""Small fittings between a room's port and the room that answers it."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Literal

from app.charge_points.owner_commands import OwnerCommands
from app.charge_points.signal_limits import BY as BY_SIGNAL
from app.charging.errors import TooMany
from app.notifications.alerts import OwnerAlerts
from app.operations import SendSignedCertificate, Trigger
from app.records.charge_points import ChargePoint
from app.records.commands import GivenCommand
from app.records.rows import Rows
from app.telemetry.numbers import Numbers

log = logging.getLogger(__name__)
CERTIFICATES_AN_HOUR = 5


@dataclass(frozen=True, slots=True)
class RefundAlerts:
    """Tells the owner of a refund that needs them."""

    alerts: OwnerAlerts
    numbers: Numbers

    async def refund_trouble(
        self, tenant: str, session_id: str, trouble: Literal["failed", "stuck"], reason: str
    ) -> None:
        """By mail and on the dashboard, once a day."""
        # The provider's alarms count this line (infra/cdk/alarms.py).
        about = {"tenant": tenant, "session": session_id, "trouble": trouble}
        log.warning("a refund needs its owner", extra=about)
        if trouble == "failed":
            text = f"The refund of charge {session_id} could not be paid: {reason}."
            await self.alerts.alert(tenant, "refund_failed", text)
            return
        self.numbers.refunds["in doubt"] += 1
        await self.alerts.alert(tenant, "refund_stuck", f"Charge {session_id}: {reason}")


@dataclass(frozen=True, slots=True)
class CertificateCommands:
    """What is told to charge points for the sake of their certificates."""

    commands: OwnerCommands

    async def certificate(self, tenant: str, charge_point: str, chain_pem: str) -> None:
        """By a durable command; one that waits already is not given twice.

        Raises ``TooMany`` for a charge point that asks again and again.
        """
        operation = SendSignedCertificate(chain_pem)
        newest = await self.commands.newest(tenant, charge_point)
        if any(each.state == "waiting" and each.carries == operation for each in newest):
            return
        since = self.commands.clock.now() - timedelta(hours=1)
        sent = [each for each in newest if each.at > since and _sends_certificate(each)]
        if len(sent) >= CERTIFICATES_AN_HOUR:
            raise TooMany("it was given certificates enough just now", retry_after_s=3600)
        await self.commands.give(tenant, charge_point, operation, by="Strom")

    async def renewal(self, tenant: str, charge_point: str) -> None:
        """Have it send SignCertificate; raises ``Conflict`` while it is offline."""
        operation = Trigger("SignChargePointCertificate")
        await self.commands.give(tenant, charge_point, operation, by="Strom")


def _sends_certificate(given: GivenCommand) -> bool:
    return isinstance(given.carries, SendSignedCertificate)


@dataclass(frozen=True, slots=True)
class CertificateAlerts:
    """Tells the owner of certificates that end."""

    alerts: OwnerAlerts

    async def certificate_ends(self, tenant: str, text: str) -> None:
        """By mail and on the dashboard, once a day."""
        await self.alerts.alert(tenant, "charger_certificate", text)


@dataclass(frozen=True, slots=True)
class LimitAlerts:
    """Tells the owner of charge points that refuse the limits of a tariff's signal."""

    alerts: OwnerAlerts
    charge_points: Rows[ChargePoint]

    async def answered(self, tenant: str, charge_point: str, given: GivenCommand) -> None:
        """By mail and on the dashboard, once a day: the car draws more than the roof gives."""
        if given.by != BY_SIGNAL or given.state != "rejected":
            return
        known = await self.charge_points.find(tenant, charge_point)
        label = charge_point if known is None else known.label
        text = (
            f"{label} did not take the limit that a tariff's signal asks for ({given.detail}). "
            "The car draws what it can."
        )
        await self.alerts.alert(tenant, "charger_limit", text)


@dataclass(frozen=True, slots=True)
class MeterAlerts:
    """Tells the owner of charges that were settled without their final register."""

    alerts: OwnerAlerts
    charge_points: Rows[ChargePoint]

    async def __call__(self, tenant: str, charge_point: str, register_wh: int) -> None:
        """By mail and on the dashboard, once a day."""
        known = await self.charge_points.find(tenant, charge_point)
        label = charge_point if known is None else known.label
        text = (
            f"{label} ended a charge with its meter at {Decimal(register_wh) / 1000} kWh. "
            "It cannot have delivered so much, so the charge was settled at the reading before."
        )
        await self.alerts.alert(tenant, "charger_meter", text)


@dataclass(frozen=True, slots=True)
class ConfigurationAlerts:
    """Tells the owner of settings that have changed by themselves."""

    alerts: OwnerAlerts
    charge_points: Rows[ChargePoint]

    async def __call__(self, tenant: str, charge_point: str, keys: Sequence[str]) -> None:
        """By mail and on the dashboard, once a day."""
        known = await self.charge_points.find(tenant, charge_point)
        label = charge_point if known is None else known.label
        text = f"{label} has other settings than were set: {', '.join(keys)}."
        await self.alerts.alert(tenant, "charger_configuration", text)
