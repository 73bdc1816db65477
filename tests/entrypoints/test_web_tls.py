"""`strom serve` with a certificate of its own, as nothing stands in front; and its health check."""

from __future__ import annotations

import asyncio
import os
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.entrypoints.web_server import ShownCertificate, keep_certificate
from tests.journeys.serving import STROM
from tests.support.lnd_certificate import self_signed
from tests.support.servers import HOST, bare_environment, free_port, launch


class Impatient:
    """Looks all the time."""

    async def sleep(self, _: float) -> None:
        await asyncio.sleep(0.01)


@pytest.fixture
def environment(tmp_path: Path, ministack_endpoint: str) -> dict[str, str]:
    certificate, key = self_signed().write(tmp_path)
    return bare_environment(
        STROM_HOST=HOST,
        STROM_HTTP_PORT=str(free_port()),
        STROM_EDGE_PORT=str(free_port()),
        STROM_HTTP_TLS_CERTIFICATE=certificate,
        STROM_HTTP_TLS_KEY=key,
        STROM_DATA_DIR=str(tmp_path / "data"),
        STROM_DYNAMODB_ENDPOINT=ministack_endpoint,
        STROM_TABLE=f"tls-{tmp_path.name}",
        STROM_OWNER_EMAIL="ada@example.com",
        STROM_OWNER_PASSWORD="a long password",
    )


def health(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(STROM), "health"], env=environment, capture_output=True, text=True, timeout=60
    )


@pytest.fixture
def served(tmp_path: Path, environment: dict[str, str]) -> Iterator[str]:
    url = f"https://{HOST}:{environment['STROM_HTTP_PORT']}"
    server = launch(
        "strom",
        [str(STROM), "serve"],
        url=url,
        is_ready=lambda: health(environment).returncode == 0,
        environment=environment,
        cwd=tmp_path,
        log=tmp_path / "strom.log",
    )
    yield url
    server.stop()


def test_pages_come_over_tls_and_the_health_check_knows(
    served: str, environment: dict[str, str]
) -> None:
    ours = ssl.create_default_context(cadata=self_signed().pem)
    page = httpx.get(f"{served}/sign-in", verify=ours)
    assert page.status_code == 200
    with pytest.raises(httpx.HTTPError):
        httpx.get(f"{served.replace('https', 'http')}/sign-in")
    other = {**environment, "STROM_EDGE_PORT": str(free_port())}
    sick = health(other)
    assert sick.returncode == 1
    assert sick.stderr.startswith("strom: the edge does not answer")


async def test_a_renewed_certificate_is_shown_and_a_broken_one_is_not(tmp_path: Path) -> None:
    certificate, key = self_signed("before").write(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    ours = ShownCertificate(context, certificate, key)
    server = await asyncio.start_server(lambda *_: None, HOST, 0, ssl=context)
    port = server.sockets[0].getsockname()[1]
    keeping = asyncio.create_task(keep_certificate(ours, Impatient()))  # type: ignore[arg-type]  # sleeps only
    async with server:
        assert await shown(port) == self_signed("before").der
        Path(certificate).write_text(self_signed("after").pem)
        _later(certificate)
        await asyncio.sleep(0.1)
        assert await shown(port) == self_signed("before").der
        Path(key).write_text(self_signed("after").key_pem)
        _later(key)
        async with asyncio.timeout(10):
            while await shown(port) != self_signed("after").der:
                await asyncio.sleep(0.02)
    keeping.cancel()


async def shown(port: int) -> bytes:
    """The certificate that whoever connects is shown."""
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection(HOST, port, ssl=trusting)
    der: bytes = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return der


def _later(file: str) -> None:
    """Its time of change differs, however coarse the clock of the disk is."""
    path = Path(file)
    changed = path.stat().st_mtime + 5
    os.utime(path, (changed, changed))
