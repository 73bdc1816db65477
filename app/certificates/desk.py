"""Where charge points get their certificates, and owners take them away again.

OCPP security whitepaper §2.3 (A02, A03 of 2.0.1): the charge point makes a key and asks
(SignCertificate), the answer says whether it is going to be signed, the certificate comes with a
command of its own (CertificateSigned), which waits for a charge point that is away.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from app.certificates.authorities import Authorities
from app.certificates.authority import sign
from app.certificates.requests import SignableRequest, read_request
from app.charging.errors import BadInput, Conflict, StromError, TooMany
from app.charging.ports import Clock, Tables
from app.edge_messages import CommandBus, Kick, SigningRequest
from app.operations import SendSignedCertificate
from app.records import rows
from app.records.certificates import OPENS, ChargerCertificate, ChargerCertificates
from app.records.charge_points import ChargePoint, Connection
from app.records.commands import GivenCommand
from app.records.live import LiveChargers

log = logging.getLogger(__name__)

FOR_CHARGE_POINTS = "ChargingStationCertificate"
RENEWED_BEFORE = timedelta(days=30)
"""The end of one that is asked for again with the same key: before, it is just sent again."""
MOST_A_DAY = 5
MOST_KEPT = 10


class Sender(Protocol):
    """Has a charge point given a certificate."""

    async def certificate(self, tenant: str, charge_point: str, chain_pem: str) -> None:
        """By a durable command; one that waits already is not given twice.

        Raises ``TooMany`` for a charge point that asks again and again.
        """
        ...


@dataclass(frozen=True, slots=True)
class CertificateDesk:
    """Signs, lists and revokes certificates of charge points."""

    tables: Tables
    authorities: Authorities
    certificates: ChargerCertificates
    live: LiveChargers
    bus: CommandBus
    sender: Sender
    clock: Clock

    async def requested(self, tenant: str, charge_point_id: str, said: SigningRequest) -> bool:
        """Sign what a charge point asks for and owe it; False when it must not be signed."""
        try:
            await self._sign(tenant, charge_point_id, said)
        except (BadInput, TooMany) as error:
            log.warning("charge point %s gets no certificate: %s", charge_point_id, error.message)
            return False
        return True

    async def all(self, tenant: str, charge_point_id: str) -> list[ChargerCertificate]:
        """A charge point's, the newest first."""
        return await self.certificates.all(tenant, charge_point_id)

    async def authority_pem(self, tenant: str) -> str:
        """The owner's authority; empty before its first certificate."""
        return await self.authorities.certificate_pem(tenant)

    async def revoke(self, tenant: str, charge_point_id: str, serial: str) -> ChargerCertificate:
        """It opens nothing any more, and who is in by it is put out; raises ``NotFound``."""
        found = await self.certificates.by_serial(tenant, charge_point_id, serial)
        if found.state not in OPENS:
            raise Conflict("this certificate opens nothing any more as it is")
        revoked = await self.certificates.change(tenant, charge_point_id, found, "revoked")
        connection = await self.live.connection(tenant, charge_point_id)
        if connection.connected and connection.certificate_sha256 == found.sha256:
            await self._put_out(Kick(tenant, charge_point_id, connection.epoch + 1), connection)
        return revoked

    async def answered(self, tenant: str, charge_point_id: str, given: GivenCommand) -> None:
        """What the charge point said to a certificate: one that it refused counts no more."""
        told = given.carries
        if given.state != "rejected" or not isinstance(told, SendSignedCertificate):
            return
        for each in await self.certificates.all(tenant, charge_point_id):
            if each.chain_pem == told.chain and each.state == "sent":
                detail = given.detail[:200]
                await self.certificates.change(tenant, charge_point_id, each, "refused", detail)

    async def _sign(self, tenant: str, charge_point_id: str, said: SigningRequest) -> None:
        if said.certificate_type != FOR_CHARGE_POINTS:
            raise BadInput(f"no {said.certificate_type[:50]} is signed here")
        charge_point = await rows.charge_points(self.tables).get(tenant, charge_point_id)
        connection = await self.live.connection(tenant, charge_point_id)
        if connection.profile < 1:
            raise BadInput("it has not shown who it is")
        request = read_request(said.csr, names_of(charge_point, connection))
        before = await self.certificates.all(tenant, charge_point_id)
        made = self._asked_again(request, before)
        if made is None:
            made = await self._issue(tenant, charge_point_id, request, before)
        await self.sender.certificate(tenant, charge_point_id, made.chain_pem)

    def _asked_again(
        self, request: SignableRequest, before: list[ChargerCertificate]
    ) -> ChargerCertificate | None:
        """The one that was made for this key, if it is good for long enough."""
        good_until = self.clock.now() + RENEWED_BEFORE
        key = request.key_sha256
        return next((b for b in before if b.key_sha256 == key and b.opens(good_until)), None)

    async def _issue(
        self,
        tenant: str,
        charge_point: str,
        request: SignableRequest,
        before: list[ChargerCertificate],
    ) -> ChargerCertificate:
        now = self.clock.now()
        if sum(now - each.issued_at < timedelta(days=1) for each in before) >= MOST_A_DAY:
            raise TooMany("it asks for too many certificates", retry_after_s=86_400)
        for each in _dispensable(before):
            await self.certificates.remove(tenant, charge_point, each.sha256)
        authority = await self.authorities.of(tenant)
        issued = await asyncio.to_thread(sign, authority, request, now)
        made = ChargerCertificate(
            sha256=issued.sha256,
            serial=issued.serial,
            common_name=request.common_name,
            chain_pem=issued.chain_pem,
            key_sha256=request.key_sha256,
            issued_at=now,
            not_after=issued.not_after,
        )
        await self.certificates.add(tenant, charge_point, made)
        return made

    async def _put_out(self, kick: Kick, connection: Connection) -> None:
        """It could not come in again anyway; that this fails is no reason to keep what it had."""
        try:
            await self.bus.send(connection.queue, kick)
        except (StromError, OSError):
            log.exception("putting %s out", kick.charge_point)


def names_of(charge_point: ChargePoint, connection: Connection) -> list[str]:
    """What a charge point may call itself in a certificate: its identity or its serial number."""
    return [charge_point.path, charge_point.path.rpartition("/")[2], connection.serial]


def _dispensable(before: list[ChargerCertificate]) -> list[ChargerCertificate]:
    """Of the oldest, as many as must go for one more; those that open nothing first."""
    too_many = len(before) - MOST_KEPT + 1
    by_use = sorted(before, key=lambda each: (each.state in OPENS, each.issued_at))
    return by_use[: max(0, too_many)]
