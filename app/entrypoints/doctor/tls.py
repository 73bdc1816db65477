"""Certificates in files of ours: they fit, they last, and they are for the names we go by."""

import asyncio
import stat
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.x509 import Certificate

from app.acme_client.keeper import Standing
from app.acme_client.kept import moment
from app.bootstrap.own_certificate import certificate_standing
from app.entrypoints.doctor.findings import Finding, ok, problem, warning
from app.entrypoints.doctor.ground import Ground

NAME = "certificates"
SOON, AT_ONCE = timedelta(days=21), timedelta(days=7)
"""Whatever renews them does so weeks before."""


async def look(ground: Ground) -> list[Finding]:
    """None where a proxy has them; that they fit together is looked at with the settings."""
    settings = ground.settings
    own = await asyncio.to_thread(certificate_standing, settings)
    if own is not None:
        return [seen_of_own(own, ground.clock.now())]
    pairs = {
        (settings.http_tls_certificate, settings.http_tls_key, _host(settings.base_url)),
        (settings.edge_tls_certificate, settings.edge_tls_key, _host(settings.charger_url)),
    }
    now = ground.clock.now()
    looks = [
        asyncio.to_thread(seen_of, Path(certificate), Path(key), host, now)
        for certificate, key, host in sorted(pairs)
        if certificate
    ]
    return [each for found in await asyncio.gather(*looks) for each in found]


def seen_of_own(own: Standing, now: datetime) -> Finding:
    """The one that Strom gets itself (ADR 24)."""
    wrong = own.wrong(now)
    if not wrong:
        assert own.not_after is not None
        return ok(
            NAME, f"Strom renews its own by itself; it is good until {moment(own.not_after)}."
        )
    again = f"Tried again {moment(own.next_try_at)}, or" if own.next_try_at else "Tried"
    mend = f"{again} at once when Strom is started again; mend first what hinders it."
    is_broken = not own.has_certificate or (own.not_after is not None and own.not_after <= now)
    line = f"{wrong[0].upper()}{wrong[1:]}."
    return problem(NAME, line, mend) if is_broken else warning(NAME, line, mend)


def seen_of(file: Path, key: Path, host: str, now: datetime) -> list[Finding]:
    """One pair of files, for one of our names."""
    try:
        certificate = x509.load_pem_x509_certificates(file.read_bytes())[0]
    except (OSError, ValueError):
        return []  # told with the settings
    found = [_lasting(str(file), certificate.not_valid_after_utc - now)]
    if host and not is_for(certificate, host):
        seen = f"{file} is not for {host}, so whoever connects there is warned off."
        found.append(problem(NAME, seen, f"Have a certificate made for {host}."))
    if now < certificate.not_valid_before_utc:
        seen = f"{file} is not valid before {certificate.not_valid_before_utc:%d %b %Y %H:%M} UTC."
        found.append(problem(NAME, seen, "If that has passed, the clock of this machine is wrong."))
    if key.exists() and stat.S_IMODE(key.stat().st_mode) & 0o007:
        found.append(
            warning(NAME, f"Everybody on this machine may read {key}.", f"chmod 600 {key}")
        )
    return found


def _lasting(what: str, left: timedelta) -> Finding:
    renew = "Renew it (certbot, Caddy, acme.sh); Strom reads the new one by itself."
    if left <= timedelta():
        return problem(NAME, f"{what} has ended {-left.days} days ago: nobody can connect.", renew)
    if left <= AT_ONCE:
        return problem(NAME, f"{what} ends in {left.days} days.", renew)
    if left <= SOON:
        return warning(NAME, f"{what} ends in {left.days} days.", renew)
    return ok(NAME, f"{what} is good for {left.days} days.")


def is_for(certificate: Certificate, host: str) -> bool:
    """Whether it names this host, or all of its neighbours by a star."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    told = {name.lower() for name in names.get_values_for_type(x509.DNSName)}
    told |= {str(address) for address in names.get_values_for_type(x509.IPAddress)}
    return host in told or f"*.{host.partition('.')[2]}" in told


def _host(url: str) -> str:
    parts = urlsplit(url)
    return (parts.hostname or "") if parts.scheme in ("https", "wss") else ""
