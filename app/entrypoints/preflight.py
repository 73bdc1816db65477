"""What is looked at before anything is started: one line names the setting that has to change."""

import contextlib
import difflib
import errno
import os
import socket
import ssl
from collections.abc import Iterable, Mapping
from pathlib import Path

from app.backups.taking import KEY_FILES
from app.envelope import read_or_make_key
from app.settings import DEFAULTS, Settings, SettingsError
from app.settings.contradictions import EVERYWHERE

OTHERS = ("STROM_BACKUP_PASSPHRASE", "STROM_TESTS_")
"""Ours, but no settings."""


_ON_AWS = (
    "kms_key",
    "server_key_secret",
    "front_secret",
    "smtp_secret",
    "perform_queue_url",
    "perform_function",
    "edge_queue_prefix",
    "internal_url",
    "tenant_role",
    "edge_tls_acm",
)
"""What `strom serve` would pass over: its keys are files, its queues are in memory."""


def require_startable(settings: Settings) -> None:
    """Raise ``SettingsError`` for what would stop the start further on, with a stack trace."""
    for require in (_require_keys, *_REST, _require_ports):
        require(settings)


def reasons_not_to_start(settings: Settings, *, ports: bool) -> Iterable[str]:
    """Every line with which the start would be stopped, but for what the data folder holds.

    ``ports``: also what is listened on already. Nothing is made.
    """
    for require in (*_REST, _require_ports) if ports else _REST:
        try:
            require(settings)
        except SettingsError as error:
            yield str(error)


def _require_for_serving(settings: Settings) -> None:
    for name in _ON_AWS:
        if getattr(settings, name):
            raise SettingsError(
                f"STROM_{name.upper()}: is for the parts on AWS; `strom serve` has no use for it"
            )


def _require_public(settings: Settings) -> None:
    """Listening everywhere, it cannot tell what others call this machine."""
    if settings.host not in EVERYWHERE:
        return
    for name in ("public_base_url", "charger_base_url"):
        if not getattr(settings, name):
            raise SettingsError(
                f"STROM_{name.upper()}: is needed where STROM_HOST is {settings.host}"
            )


def _require_keys(settings: Settings) -> None:
    _require_folder(settings.data_dir)
    for name in KEY_FILES:
        _require_key(settings.data_dir / name)


def _require_certificates(settings: Settings) -> None:
    if settings.acme_domains:  # what there is not, it will get
        _require_roots(settings.acme_roots_file)
        return
    _require_certificate("HTTP", settings.http_tls_certificate, settings.http_tls_key)
    _require_certificate("EDGE", settings.edge_tls_certificate, settings.edge_tls_key)


def _require_ports(settings: Settings) -> None:
    _require_port("STROM_HTTP_PORT", settings.host, settings.http_port)
    _require_port("STROM_EDGE_PORT", settings.host, settings.edge_port)
    if settings.edge_tls_certificate:
        _require_port("STROM_EDGE_TLS_PORT", settings.host, settings.edge_tls_port)
    if settings.acme_domains:
        _require_port("STROM_ACME_HTTP_PORT", settings.host, settings.acme_http_port)
    if settings.metrics_port is not None:
        _require_port("STROM_METRICS_PORT", settings.metrics_host, settings.metrics_port)


_REST = (_require_for_serving, _require_public, _require_certificates)


def misspelt(environment: Mapping[str, str]) -> Iterable[str]:
    """A line for each variable that looks like a setting of ours and is none."""
    known = {f"STROM_{name.upper()}" for name in DEFAULTS}
    for name in sorted(environment):
        if name.startswith("STROM_") and name not in known and not name.startswith(OTHERS):
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield f"{name} is not a setting of Strom{hint}"


def try_writing(folder: Path, content: bytes = bytes(4096)) -> None:
    """Write a file, have it kept, and remove it; raises ``OSError``."""
    draft = folder / f".writable.{os.getpid()}"
    try:
        with draft.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    finally:
        draft.unlink(missing_ok=True)


def _require_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        try_writing(folder, b"")  # with its keys there it starts on a full disk, too
    except OSError as error:
        raise SettingsError(
            f"STROM_DATA_DIR: {folder} cannot be written to ({_why(error)})"
        ) from None


def _require_key(file: Path) -> None:
    try:
        if file.exists():
            read_or_make_key(file)
        else:
            try_writing(file.parent)
    except (OSError, ValueError) as error:
        why = _why(error) if isinstance(error, OSError) else str(error)
        raise SettingsError(f"STROM_DATA_DIR: {file} cannot be used ({why})") from None


def _require_certificate(which: str, certificate: str, key: str) -> None:
    if not certificate:
        return
    for name, file in (("CERTIFICATE", certificate), ("KEY", key)):
        try:
            Path(file).read_bytes()
        except OSError as error:
            setting = f"STROM_{which}_TLS_{name}"
            raise SettingsError(f"{setting}: {file} cannot be read ({_why(error)})") from None
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    except ssl.SSLError:
        raise SettingsError(
            f"STROM_{which}_TLS_CERTIFICATE and STROM_{which}_TLS_KEY do not belong together, "
            "or are not PEM"
        ) from None


def _require_roots(file: str) -> None:
    if not file:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except OSError as error:
        why = "no PEM" if isinstance(error, ssl.SSLError) else _why(error)
        raise SettingsError(f"STROM_ACME_ROOTS_FILE: {file} cannot be used ({why})") from None


def _require_port(setting: str, host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with contextlib.closing(socket.socket(family)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRNOTAVAIL, None) or isinstance(error, socket.gaierror):
                raise SettingsError(f"STROM_HOST: {host} is no address of this machine") from None
            raise SettingsError(
                f"{setting}: {host}:{port} cannot be used ({_why(error)})"
            ) from None


def _why(error: OSError) -> str:
    return (error.strerror or str(error)).lower()
