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
from app.settings import Settings, SettingsError

OTHERS = ("STROM_BACKUP_PASSPHRASE", "STROM_TESTS_")
"""Ours, but no settings."""


def require_startable(settings: Settings) -> None:
    """Raise ``SettingsError`` for what would stop the start further on, with a stack trace."""
    _require_folder(settings.data_dir)
    for name in KEY_FILES:
        _require_key(settings.data_dir / name)
    _require_certificate("HTTP", settings.http_tls_certificate, settings.http_tls_key)
    _require_certificate("EDGE", settings.edge_tls_certificate, settings.edge_tls_key)
    _require_port("STROM_HTTP_PORT", settings.host, settings.http_port)
    _require_port("STROM_EDGE_PORT", settings.host, settings.edge_port)
    if settings.edge_tls_certificate:
        _require_port("STROM_EDGE_TLS_PORT", settings.host, settings.edge_tls_port)
    if settings.metrics_port is not None:
        _require_port("STROM_METRICS_PORT", settings.metrics_host, settings.metrics_port)


def misspelt(environment: Mapping[str, str]) -> Iterable[str]:
    """A line for each variable that looks like a setting of ours and is none."""
    known = {f"STROM_{name.upper()}" for name in Settings.model_fields}
    for name in sorted(environment):
        if name.startswith("STROM_") and name not in known and not name.startswith(OTHERS):
            near = difflib.get_close_matches(name, known, 1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield f"{name} is not a setting of Strom{hint}"


def _require_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft = folder / f".writable.{os.getpid()}"
        draft.write_bytes(b"")
        draft.unlink()
    except OSError as error:
        raise SettingsError(
            f"STROM_DATA_DIR: {folder} cannot be written to ({_why(error)})"
        ) from None


def _require_key(file: Path) -> None:
    try:
        if file.exists():
            read_or_make_key(file)
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
