"""Who a charge point is, and by which of OCPP's security profiles it comes.

OCPP security whitepaper §3, OCPP 2.0.1 part 2 A00: 0 without a password, 1 with one, 2 with one
over TLS, 3 with a certificate of its own. Each charge point has a least profile: the owner's word,
or, while the owner says nothing, the highest it ever came by, so that nobody talks it down again.
"""

import hashlib
import hmac
import logging
from dataclasses import dataclass
from datetime import datetime

from app.charge_points.passwords import Passwords
from app.charging.errors import Conflict, NotSignedIn
from app.charging.ports import Clock
from app.edge_messages import Connect
from app.records.certificates import OPENS, ChargerCertificate, ChargerCertificates
from app.records.charge_points import ChargePoint, Connection
from app.records.directory import CHARGER_PATH, Directory
from app.records.owners import Tenant
from app.records.rows import Rows

log = logging.getLogger(__name__)

NO_PASSWORD = (None, "", hashlib.sha256(b"").hexdigest())


class TooWeak(NotSignedIn):
    """It is who it says, but comes by a security profile that its owner does not want."""


@dataclass(frozen=True, slots=True)
class Recognised:
    """A charge point that has shown who it is; whether that is enough, ``admit`` says."""

    tenant: Tenant
    charge_point: ChargePoint
    profile: int
    password_sha256: str = ""
    certificate: ChargerCertificate | None = None

    def admit(self, before: Connection, now: datetime) -> None:
        """Let it in or raise ``TooWeak``; ``before`` is its last connection."""
        is_expected = self.profile == 0 and is_open(self.charge_point, now)
        least = least_profile(self.tenant, self.charge_point, before)
        if self.profile < least and not is_expected:
            log.info(
                "charge point %s came by security profile %d; it has to be %d at least",
                self.charge_point.id,
                self.profile,
                least,
            )
            raise TooWeak("this way is not good enough")

    @property
    def certificate_sha256(self) -> str:
        """The fingerprint of what it showed, empty without a certificate."""
        return "" if self.certificate is None else self.certificate.sha256


def least_profile(tenant: Tenant, charge_point: ChargePoint, connection: Connection) -> int:
    """What a charge point must come by at least."""
    if charge_point.least_profile is not None:
        return charge_point.least_profile
    return max(connection.highest_profile, 0 if tenant.allows_no_password else 1)


def is_open(charge_point: ChargePoint, now: datetime) -> bool:
    """Whether it was just accepted as it knocked, without a password, and is to be given one."""
    return charge_point.open_until is not None and now < charge_point.open_until


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Recognises charge points."""

    directory: Directory
    tenants: Rows[Tenant]
    charge_points: Rows[ChargePoint]
    certificates: ChargerCertificates
    passwords: Passwords
    clock: Clock

    async def recognise(self, asked: Connect) -> Recognised:
        """Who it is; raises ``NotSignedIn`` without saying what was wrong."""
        refused = NotSignedIn("unknown charge point or wrong password")
        entry = await self.directory.find(CHARGER_PATH, asked.path)
        if entry is None:
            log.info("a charge point at an unknown path was refused: %r", asked.path[:64])
            raise refused
        charge_point = await self.charge_points.find(entry.tenant, entry.ref)
        tenant = await self.tenants.find(entry.tenant, entry.tenant)
        if charge_point is None or tenant is None or tenant.status == "suspended":
            raise refused
        if asked.certificate_sha256:
            certificate = await self._certificate(tenant, charge_point, asked)
            return Recognised(tenant, charge_point, 3, certificate=certificate)
        if asked.password_sha256 in NO_PASSWORD:
            return Recognised(tenant, charge_point, 0)
        if not _opens(charge_point, asked.password_sha256 or "", self.clock.now()):
            log.info("charge point %s gave a wrong password", charge_point.id)
            raise refused
        profile = 2 if asked.tls else 1
        return Recognised(tenant, charge_point, profile, asked.password_sha256 or "")

    async def let_in(self, recognised: Recognised) -> None:
        """What follows from the way it came: a new password or certificate takes over.

        That this fails is not worth refusing anybody; the next connection does it again.
        """
        used = recognised.certificate
        try:
            if used is not None and used.state == "sent":
                await self._takes_over(recognised.tenant.id, recognised.charge_point.id, used)
            if recognised.password_sha256:
                tenant, charge_point = recognised.tenant.id, recognised.charge_point
                await self.passwords.used(tenant, charge_point, recognised.password_sha256)
        except Conflict:
            log.info("charge point %s is changed meanwhile", recognised.charge_point.id)

    async def _certificate(
        self, tenant: Tenant, charge_point: ChargePoint, asked: Connect
    ) -> ChargerCertificate:
        sha256 = asked.certificate_sha256
        certificate = await self.certificates.find(tenant.id, charge_point.id, sha256)
        if certificate is None or not certificate.opens(self.clock.now()):
            state = "another's" if certificate is None else certificate.state
            log.info("charge point %s showed a certificate: %s", charge_point.id, state)
            raise NotSignedIn("unknown charge point or wrong certificate")
        return certificate

    async def _takes_over(self, tenant: str, charge_point: str, used: ChargerCertificate) -> None:
        """It uses the new one; from now on those before it open nothing."""
        await self.certificates.change(tenant, charge_point, used, "in_use")
        for each in await self.certificates.all(tenant, charge_point):
            is_older = each.sha256 != used.sha256 and each.issued_at <= used.issued_at
            if is_older and each.state in OPENS:
                await self.certificates.change(tenant, charge_point, each, "replaced")


def _opens(charge_point: ChargePoint, given: str, now: datetime) -> bool:
    return any(
        hmac.compare_digest(given.encode(), known.encode())
        for known in known_passwords(charge_point, now)
    )


def known_passwords(charge_point: ChargePoint, now: datetime) -> list[str]:
    """SHA-256 of what opens: the password, one that is being set, one that was just replaced."""
    known = [charge_point.password_sha256, charge_point.next_password_sha256]
    until = charge_point.previous_until
    if until is not None and now < until:
        known.append(charge_point.previous_password_sha256)
    return [each for each in known if each]
