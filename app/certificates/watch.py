"""Certificates that end soon: the charge point is asked to renew, then the owner is told."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from app.charging.errors import Conflict
from app.charging.ports import Clock, Tables
from app.records import rows
from app.records.certificates import ChargerCertificate, ChargerCertificates
from app.records.charge_points import ChargePoint

log = logging.getLogger(__name__)

ASKED_BEFORE = timedelta(days=30)
TOLD_BEFORE = timedelta(days=14)


class Asker(Protocol):
    """Asks charge points for certificate requests."""

    async def renewal(self, tenant: str, charge_point: str) -> None:
        """Have it send SignCertificate; raises ``Conflict`` while it is offline."""
        ...


class Alerts(Protocol):
    """Tells owners, once a day at most."""

    async def certificate_ends(self, tenant: str, text: str) -> None:
        """A charge point's certificate is about to end."""
        ...


@dataclass(frozen=True, slots=True)
class CertificateWatch:
    """Looks at the certificates of an owner's charge points."""

    tables: Tables
    certificates: ChargerCertificates
    asker: Asker
    alerts: Alerts
    clock: Clock

    async def look(self, tenant: str) -> None:
        """See what ends soon; once or a few times a day is enough."""
        now, ending = self.clock.now(), list[str]()
        for charge_point in await rows.charge_points(self.tables).all(tenant):
            newest = await self._newest(tenant, charge_point, now)
            if newest is None or newest.not_after - now > ASKED_BEFORE:
                continue
            await self._ask(tenant, charge_point)
            if newest.not_after - now <= TOLD_BEFORE:
                ending.append(f"{charge_point.label} ({newest.not_after:%Y-%m-%d})")
        if ending:
            await self.alerts.certificate_ends(tenant, _text(ending))

    async def _newest(
        self, tenant: str, charge_point: ChargePoint, now: datetime
    ) -> ChargerCertificate | None:
        """The one that opens the longest."""
        found = await self.certificates.all(tenant, charge_point.id)
        opening = [each for each in found if each.opens(now)]
        return max(opening, key=lambda each: each.not_after, default=None)

    async def _ask(self, tenant: str, charge_point: ChargePoint) -> None:
        try:
            await self.asker.renewal(tenant, charge_point.id)
        except Conflict:
            log.info("charge point %s is away and cannot be asked to renew", charge_point.id)


def _text(ending: list[str]) -> str:
    which = ", ".join(ending)
    return (
        f"These charge points' certificates are about to end: {which}. They were asked to renew "
        "them, and did not so far. Without a certificate they are let in only with a password, "
        "if you allow that."
    )
