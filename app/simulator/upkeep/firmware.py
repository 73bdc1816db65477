"""Firmware updates: fetched, checked, installed, each step told (OCPP 1.6 §4.5, 2.0.1 L)."""

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from app.simulator.core.parts import Parts
from app.simulator.core.station import Station
from app.simulator.upkeep.transfers import TransferFailed, fetch

Told = Callable[[str, int | None], None]
"""Hears of each step: its status, and the request it belongs to."""


@dataclass(frozen=True, slots=True)
class Update:
    """One update as it was ordered."""

    location: str
    retrieve_at: datetime
    install_at: datetime | None = None
    retries: int = 0
    retry_interval_s: int = 0
    request_id: int | None = None
    detailed: bool = False
    """Whether the steps of signed updates and of OCPP 2.0.1 may be named."""

    certificate: str | None = None
    signature: str | None = None

    @property
    def version(self) -> str:
        """What the new firmware is called: the file's name, as short as OCPP wants it."""
        name = urlsplit(self.location).path.rsplit("/", 1)[-1]
        return (name.rsplit(".", 1)[0] or "2.0")[:50]


class Firmware:
    """At most one update at a time."""

    def __init__(
        self,
        parts: Parts,
        station: Station,
        told: Told,
        reboot: Callable[[str], Awaitable[None]],
    ) -> None:
        self._parts = parts
        self._station = station
        self._told = told
        self._reboot = reboot
        self._running: asyncio.Task[None] | None = None
        self.status = "Idle"
        self.request_id: int | None = None

    @property
    def busy(self) -> bool:
        """Whether an update is under way."""
        return self._running is not None and not self._running.done()

    def begin(self, update: Update) -> None:
        """Start an update; one that is under way is given up for it."""
        if self._running:
            self._running.cancel()
        self.request_id = update.request_id
        self._running = self._parts.tasks.spawn(self._update(update))

    async def _update(self, update: Update) -> None:
        if not await self._wait(update, update.retrieve_at, "DownloadScheduled"):
            self._tell("Downloading", update)
        content = await self._download(update)
        if content is None:
            self._tell("DownloadFailed", update)
            return
        self._tell("Downloaded", update)
        if update.certificate and not self._verified(update, content):
            return
        if update.install_at:
            await self._wait(update, update.install_at, "InstallScheduled", then="")
        await self._parts.bell.until(lambda: not self._station.busy)
        self._tell("Installing", update)
        await self._step()
        if update.detailed:
            self._tell("InstallRebooting", update)
            await self._step()
        await self._reboot(update.version)
        self._tell("Installed", update)
        self.status, self.request_id = "Idle", None

    async def _wait(
        self, update: Update, moment: datetime, status: str, then: str = "Downloading"
    ) -> bool:
        """Wait for a moment; True when the step after it was told."""
        left_s = (moment - self._parts.now()).total_seconds()
        if left_s <= 0:
            return False
        if update.detailed:
            self._tell(status, update)
        await asyncio.sleep(left_s)
        if then:
            self._tell(then, update)
        return bool(then)

    async def _download(self, update: Update) -> bytes | None:
        for attempt in range(update.retries + 1):
            if attempt:
                await asyncio.sleep(self._parts.pace.timer_s(update.retry_interval_s))
            await self._step()
            try:
                return await fetch(update.location)
            except TransferFailed as reason:
                self._parts.journal.note(f"firmware was not downloaded: {reason}")
        return None

    def _verified(self, update: Update, content: bytes) -> bool:
        assert update.certificate
        good = signed_by(update.certificate, update.signature or "", content)
        self._tell("SignatureVerified" if good else "InvalidSignature", update)
        return good

    async def _step(self) -> None:
        await asyncio.sleep(self._parts.pace.timer_s(self._parts.settings.firmware_step_s))

    def _tell(self, status: str, update: Update) -> None:
        self.status = status
        self._parts.journal.note(f"firmware: {status}")
        self._told(status, update.request_id)


def is_certificate(pem: str) -> bool:
    """Whether it can be read as a certificate."""
    try:
        x509.load_pem_x509_certificate(pem.encode())
    except ValueError:
        return False
    return True


def signed_by(pem: str, signature: str, content: bytes) -> bool:
    """Whether the certificate's key signed it, with SHA-256 (whitepaper: ECDSA or RSA-PSS)."""
    try:
        key = x509.load_pem_x509_certificate(pem.encode()).public_key()
        raw = base64.b64decode(signature, validate=True)
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(raw, content, ec.ECDSA(SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            pss = padding.PSS(padding.MGF1(SHA256()), padding.PSS.AUTO)
            key.verify(raw, content, pss, SHA256())
        else:
            return False
    except (ValueError, binascii.Error, InvalidSignature):
        return False
    return True
