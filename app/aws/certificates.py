"""A certificate that AWS issues and renews (ACM), for who takes TLS off itself.

ACM gives the key of an exportable certificate away, sealed under a passphrase. Certificate and key
are held in a file without a name (memfd): TLS libraries want files, and a task on AWS writes none.
"""

import asyncio
import base64
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509 import load_pem_x509_certificates

from app.aws.calls import Aws, Service
from app.charging.errors import Unavailable
from app.charging.ports import Chance, Clock

log = logging.getLogger(__name__)

ACM = Service("acm", "CertificateManager", "1.1")
LOOKED_EVERY_S = 3600.0
"""ACM renews weeks before the end."""
PASSPHRASE_BYTES = 32


@dataclass(slots=True)
class ExportedCertificate:
    """The newest certificate of an ARN, in a file for as long as this process lives."""

    aws: Aws
    arn: str
    chance: Chance
    file: int
    """Its descriptor."""
    written: bytes = b""

    @property
    def path(self) -> str:
        """Where certificate, chain and key are read, in PEM."""
        return f"/proc/self/fd/{self.file}"

    async def load(self) -> None:
        """Ask for it; what is new is written. Raises ``Unavailable``."""
        passphrase = self.chance.token_bytes(PASSPHRASE_BYTES).hex()
        sealed_by = base64.b64encode(passphrase.encode()).decode()
        asked = {"CertificateArn": self.arn, "Passphrase": sealed_by}
        answer = await self.aws.call(ACM, "ExportCertificate", asked)
        pem = _whole(answer, passphrase.encode())
        if pem != self.written:
            os.ftruncate(self.file, 0)
            os.pwrite(self.file, pem, 0)
            self.written = pem

    async def keep(self, clock: Clock, every_s: float) -> None:
        """Look for a renewed one, for ever; while none can be had, the one before serves on."""
        while True:
            await clock.sleep(every_s)
            try:
                await self.load()
            except Unavailable as error:
                log.warning("the certificate could not be exported again: %s", error)


@asynccontextmanager
async def exported_certificate(
    aws: Aws, arn: str, clock: Clock, chance: Chance, *, every_s: float = LOOKED_EVERY_S
) -> AsyncIterator[str]:
    """The path of a file that always has the newest certificate; raises ``Unavailable``."""
    file = os.memfd_create("certificate")
    try:
        certificate = ExportedCertificate(aws, arn, chance, file)
        await certificate.load()
        keeping = asyncio.get_running_loop().create_task(certificate.keep(clock, every_s))
        try:
            yield certificate.path
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)
    finally:
        os.close(file)


def _whole(answer: dict[str, object], passphrase: bytes) -> bytes:
    """Certificate, chain and key, the key open."""
    try:
        chain = [str(answer[part]).strip() for part in ("Certificate", "CertificateChain")]
        load_pem_x509_certificates("\n".join(chain).encode())
        key = load_pem_private_key(str(answer["PrivateKey"]).encode(), passphrase)
    except (KeyError, ValueError, TypeError) as error:
        raise Unavailable("AWS gave a certificate that cannot be read") from error
    opened = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return "\n".join([*chain, opened.decode()]).encode()
