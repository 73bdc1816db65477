"""Nothing stands in front: Strom gets its certificate, serves pages and charge points with it, and
renews it while a car charges."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509

from app.bootstrap.own_certificate import certificate_standing
from app.entrypoints.demo import set_stage
from app.entrypoints.preflight import require_startable
from app.entrypoints.sandbox_driver import SandboxDriver
from app.entrypoints.serve import running
from app.settings import Settings, read_settings
from app.simulator import SimulatedCharger, SimulatorSettings
from tests.journeys.waiting import until
from tests.support.pebble import Pebble, pebble
from tests.support.servers import HOST, free_port

NAME = "strom.example"
LIFE_S = 9
"""Of a certificate: renewed after six seconds."""


@pytest.fixture
def authority(tmp_path: Path) -> Iterator[Pebble]:
    with pebble(tmp_path / "pebble", certificates_last_s=LIFE_S) as made:
        yield made


@pytest.fixture
def settings(tmp_path: Path, tables: str, authority: Pebble) -> Settings:
    return read_settings(
        http_port=free_port(),
        edge_port=free_port(),
        edge_tls_port=free_port(),
        acme_domains=NAME,
        acme_terms_agreed=True,
        acme_directory_url=authority.directory_url,
        acme_roots_file=authority.roots_file,
        acme_http_port=authority.http_port,
        data_dir=tmp_path / "data",
        dynamodb_endpoint=tables,
        table=f"acme-{tmp_path.parent.name}",
        fixed_rates={"EUR": Decimal(1_000_000)},
        sweep_interval_s=0.3,
        sample_interval_s=1,
        drain_s=1,
    )


@pytest.fixture(autouse=True)
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The name is this machine's, for whoever asks within this process."""
    look_up = socket.getaddrinfo

    def ours(host: Any, *arguments: Any, **more: Any) -> Any:
        asked = host.decode() if isinstance(host, bytes) else host
        return look_up(HOST if asked == NAME else host, *arguments, **more)

    monkeypatch.setattr(socket, "getaddrinfo", ours)


async def test_got_served_and_renewed_while_a_car_charges(
    settings: Settings, authority: Pebble
) -> None:
    require_startable(settings)
    trusting = ssl.create_default_context(cafile=authority.ca_file)
    async with running(settings) as strom:
        first = await until(lambda: shown(settings.http_port), is_issued, "a certificate to come")
        assert await shown(settings.edge_tls_port) == first
        stage = await set_stage(strom)
        looks = SimulatorSettings(power_w=22_000, speed=60, ca_file=authority.ca_file)
        issued = stage.charger
        async with (
            httpx.AsyncClient(verify=trusting, timeout=20, trust_env=False) as http,
            SimulatedCharger(
                strom.foundation.settings.charger_url,
                issued.charge_point.path,
                issued.password,
                settings=looks,
            ) as device,
        ):
            await device.wait_for(registered=True)
            at_port_80 = await http.get(f"http://{NAME}:{authority.http_port}/sign-in")
            assert at_port_80.headers["location"] == f"{settings.base_url}/sign-in"
            assert (await http.get(at_port_80.headers["location"])).status_code == 200

            statuses, tenant = strom.portal.statuses, stage.owner.tenant.id
            await until(
                lambda: statuses.of(tenant, issued.charge_point),
                lambda seen: seen.online and seen.connectors[0].status == "Available",
                "Strom to hear that it is free",
            )
            page = await SandboxDriver(http).pay(stage.address, 5_000)
            assert page.startswith(f"https://{NAME}:{settings.http_port}/")
            await device.wait_for(received="RemoteStartTransaction", timeout=20)
            device.plug_in(1)
            await device.wait_for(status="Charging", connector=1, timeout=20)

            second = await until(
                lambda: shown(settings.http_port), lambda now: now != first, "another one"
            )
            assert is_issued(second)
            await until(
                lambda: shown(settings.edge_tls_port), lambda now: now != first, "the edge's"
            )
            assert len(device.sent("BootNotification")) == 1, "who was connected notices nothing"
            assert (await http.get(f"{page}.json")).json()["view"]["phase"] == "charging"
            stopped = await http.post(f"{page}/stop", headers={"accept": "application/json"})
            assert stopped.is_success
            await device.wait_for(sent="StopTransaction", timeout=30)
        found = certificate_standing(settings)
        assert found is not None
        assert found.problem == ""


async def shown(port: int) -> x509.Certificate:
    """What whoever connects is shown now."""
    blind = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    blind.check_hostname, blind.verify_mode = False, ssl.CERT_NONE
    _, writer = await asyncio.open_connection(HOST, port, ssl=blind)
    der = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
    writer.close()
    return x509.load_der_x509_certificate(der)


def is_issued(certificate: x509.Certificate) -> bool:
    return "Pebble" in certificate.issuer.rfc4514_string()
