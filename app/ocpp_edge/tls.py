"""TLS at the edge: its certificate, and which client certificates are looked at.

A charge point may come with a certificate, and most come without (security profiles 2 and 3; OCPP
security whitepaper §3, OCPP 2.0.1 part 2 A00). The handshake takes those under a root of this
Strom, with the proof that the charge point has the key; whose it is, and whether it still counts,
the app judges from its fingerprint. Under any other root the handshake fails.
"""

import hashlib
import logging
import ssl
from pathlib import Path

from app.charging.errors import StromError
from app.charging.ports import Clock
from app.ocpp_edge.app_client import AppClient
from app.ocpp_edge.settings import EdgeSettings

log = logging.getLogger(__name__)

CIPHERS = "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:AES128-GCM-SHA256:AES256-GCM-SHA384"
"""Of TLS 1.2; the last two are without forward secrecy, but the whitepaper (§3.4) has charge points
that know no other."""


class EdgeTls:
    """The context of the edge's TLS port; what changes in it counts for new connections."""

    def __init__(self, certificate: Path, key: Path) -> None:
        self._certificate = certificate
        self._key = key
        self._changed_at = (0.0, 0.0)
        self._trusted: set[str] = set()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self.context.set_ciphers(CIPHERS)
        self.context.verify_mode = ssl.CERT_NONE
        self.reload()

    def reload(self) -> None:
        """Read certificate and key again if they were renewed; raises ``OSError`` for bad ones."""
        changed_at = (self._certificate.stat().st_mtime, self._key.stat().st_mtime)
        if changed_at != self._changed_at:
            # Tried elsewhere first: a new certificate without its key must not be shown to anyone.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self._certificate, self._key)
            self.context.load_cert_chain(self._certificate, self._key)
            self._changed_at = changed_at

    def look(self) -> None:
        """Like ``reload``; what cannot be read leaves everything as it is."""
        try:
            self.reload()
        except OSError as error:  # half written: the one before serves on
            log.warning("the edge's certificate could not be read again: %s", error)

    def trust(self, roots_pem: str) -> None:
        """Ask charge points for certificates under these roots; one without is let through."""
        if not roots_pem or roots_pem in self._trusted:
            return
        self.context.load_verify_locations(cadata=roots_pem)
        self._trusted.add(roots_pem)
        self.context.verify_mode = ssl.CERT_OPTIONAL


class TlsKeeper:
    """Looks for a renewed certificate, and for roots, while the edge runs."""

    def __init__(self, tls: EdgeTls, app: AppClient, clock: Clock, settings: EdgeSettings) -> None:
        self._tls = tls
        self._app = app
        self._clock = clock
        self._every_s = settings.tls_refresh_s

    async def run(self) -> None:
        """Look, for ever."""
        while True:
            await self._clock.sleep(self._every_s)
            await self.refresh()

    async def refresh(self) -> None:
        """Look once; what cannot be read leaves everything as it is."""
        self._tls.look()
        try:
            self._tls.trust((await self._app.trust()).roots_pem)
        except (StromError, OSError) as error:
            log.warning("the roots of charge points are not known: %s", error)


def edge_tls(settings: EdgeSettings) -> EdgeTls | None:
    """The TLS of an edge that has a certificate; None where there is none."""
    if not settings.tls_certificate:
        return None
    return EdgeTls(Path(settings.tls_certificate), Path(settings.tls_key))


def fingerprint(secured: ssl.SSLObject | None) -> str:
    """SHA-256 of the client's certificate, hex; empty without one. It was verified."""
    certificate = None if secured is None else secured.getpeercert(binary_form=True)
    return "" if certificate is None else hashlib.sha256(certificate).hexdigest()
