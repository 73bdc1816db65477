"""Let's Encrypt's own test server, and the DNS it asks: every name is this machine."""

from __future__ import annotations

import contextlib
import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.lnd_certificate import self_signed
from tests.support.servers import HOST, ROOT, STAMPS, bare_environment, free_port, launch, listens

PROGRAMS = ROOT / ".pebble" / "usr" / "bin"


@dataclass(frozen=True)
class Pebble:
    """An authority: where it is, under which roots, and where it looks for answers."""

    directory_url: str
    roots_file: str
    """Of its own address."""
    http_port: int
    ca_file: str
    """Of the certificates it gives."""


@contextlib.contextmanager
def pebble(folder: Path, *, certificates_last_s: int, reused_percent: int = 50) -> Iterator[Pebble]:
    """One of its own for a test, with accounts and a root that end with it. ``reused_percent``: so
    often it remembers that a name is ours instead of looking again."""
    if not (PROGRAMS / "pebble").exists():
        reason = STAMPS / "pebble.skipped"
        pytest.skip(
            reason.read_text() if reason.exists() else "pebble is not set up: run `make setup-test`"
        )
    folder.mkdir(parents=True, exist_ok=True)
    certificate, key = self_signed().write(folder)
    acme, management, http, dns, dns_management = (free_port() for _ in range(5))
    config = {
        "listenAddress": f"{HOST}:{acme}",
        "managementListenAddress": f"{HOST}:{management}",
        "certificate": certificate,
        "privateKey": key,
        "httpPort": http,
        "tlsPort": free_port(),
        "ocspResponderURL": "",
        "externalAccountBindingRequired": False,
        "certificateValidityPeriod": certificates_last_s,
    }
    (folder / "pebble.json").write_text(json.dumps({"pebble": config}))
    names = launch(
        "pebble-challtestsrv",
        [
            str(PROGRAMS / "pebble-challtestsrv"), "-dns01", f"{HOST}:{dns}", "-management",
            f"{HOST}:{dns_management}", "-http01", "", "-https01", "", "-tlsalpn01", "",
            "-defaultIPv4", HOST, "-defaultIPv6", "",
        ],
        url="", is_ready=lambda: listens(dns), environment=bare_environment(), cwd=folder,
        log=folder / "dns.log",
    )  # fmt: skip
    server = launch(
        "pebble",
        [
            str(PROGRAMS / "pebble"), "-config", str(folder / "pebble.json"), "-strict",
            "-dnsserver", f"{HOST}:{dns}",
        ],
        url="", is_ready=lambda: listens(acme) and listens(management),
        environment=bare_environment(
            PEBBLE_VA_NOSLEEP="1", PEBBLE_AUTHZREUSE=str(reused_percent)
        ),
        cwd=folder, log=folder / "pebble.log",
    )  # fmt: skip
    try:
        ours = ssl.create_default_context(cafile=certificate)
        root = httpx.get(f"https://{HOST}:{management}/roots/0", verify=ours).text
        (folder / "root.pem").write_text(root)
        url = f"https://{HOST}:{acme}/dir"
        yield Pebble(url, certificate, http, str(folder / "root.pem"))
    finally:
        server.stop()
        names.stop()
