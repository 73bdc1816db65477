"""The port for charge points with certificates: what the stacks make, the edge that they start."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from cryptography.hazmat.primitives import serialization
from websockets.asyncio.client import ClientConnection, connect

from app.aws import certificates
from app.bootstrap import edges
from app.charging.errors import Unavailable
from app.edge_messages import SigningRequest
from app.ocpp_edge import Edge
from app.settings import Settings, read_settings
from tests.charge_points.world import CP, PATH, World
from tests.flow.system import TENANT
from tests.infra.conftest import read
from tests.infra.templates import Template
from tests.infra.test_parts import container, environment_of
from tests.ocpp_edge.conftest import until
from tests.ocpp_edge.fleet.two_edges import RunningClock
from tests.support.charger_certificates import ec_key, key_pem, request_pem, write_pair
from tests.support.lnd_certificate import Certificate, self_signed
from tests.support.servers import HOST, free_port

PORT = 8443


@pytest.fixture(scope="module")
def core() -> Template:
    return read("certified", "strom-prod")


def told_to_edge(core: Template) -> dict[str, str]:
    variables = container(core, "edge")["Environment"]
    return {each["Name"]: core.text(each["Value"]) for each in variables}


# --- what the stacks make ----------------------------------------------------------------------


def test_it_passes_on_what_it_cannot_read_and_who_sends_it(core: Template) -> None:
    by_port = {
        each["Port"]: each
        for each in core.of_type("AWS::ElasticLoadBalancingV2::Listener").values()
    }
    assert set(by_port) == {443, PORT}
    assert by_port[PORT]["Protocol"] == "TCP"
    assert "Certificates" not in by_port[PORT]
    (target,) = [
        each
        for each in core.of_type("AWS::ElasticLoadBalancingV2::TargetGroup").values()
        if each["Port"] == 9443
    ]
    assert target["Protocol"] == "TCP"
    attributes = {each["Key"]: each["Value"] for each in target["TargetGroupAttributes"]}
    assert attributes["preserve_client_ip.enabled"] == "true"
    assert (target["HealthCheckPort"], target["HealthCheckPath"]) == ("9000", "/health")


def test_only_the_load_balancer_reaches_the_edges_by_it(core: Template) -> None:
    opened = {
        rule["FromPort"]
        for group in core.of_type("AWS::EC2::SecurityGroup").values()
        for rule in group.get("SecurityGroupIngress", ())
        if "CidrIp" in rule
    }
    assert opened == {443, PORT}
    rules = core.of_type("AWS::EC2::SecurityGroupIngress").values()
    assert {rule["FromPort"] for rule in rules} == {9000, 9443}
    assert all("BalancerGroup" in str(rule["SourceSecurityGroupId"]) for rule in rules)


def test_the_edge_alone_exports_this_one_certificate(core: Template) -> None:
    (name,) = [
        logical_id
        for logical_id, each in core.of_type("AWS::CertificateManager::Certificate").items()
        if each.get("CertificateExport") == "ENABLED"
    ]
    made = core.whole(name)["Properties"]
    assert (made["DomainName"], made["ValidationMethod"]) == ("chargers.strom.example", "DNS")
    may = {}
    for role in core.of_type("AWS::IAM::Role").values():
        if "RoleName" in role:
            for each in core.statements(role["RoleName"]):
                if any(action.startswith("acm:") for action in each.actions):
                    may[role["RoleName"]] = each
    assert list(may) == ["strom-prod-edge"]
    assert may["strom-prod-edge"].actions == {"acm:ExportCertificate"}
    assert may["strom-prod-edge"].resources == {f"<{name}>"}
    assert told_to_edge(core)["STROM_EDGE_TLS_ACM"] == f"<{name}>"


def test_the_portal_knows_the_port(core: Template) -> None:
    told = environment_of(core, "portal")
    assert told["STROM_CERTIFICATE_BASE_URL"] == f"wss://chargers.strom.example:{PORT}"
    mapped = {each["ContainerPort"] for each in container(core, "edge")["PortMappings"]}
    assert mapped == {9000, 9443}


# --- the edge that they start ------------------------------------------------------------------


@dataclass
class Around:
    """What the edge finds around it: AWS as far as it is asked, and the app's internal surface."""

    world: World
    certificate: Certificate = field(default_factory=lambda: self_signed("first"))
    exported: int = 0
    url: str = ""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["path"].startswith("/internal/"):
            await self.world.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        operation = headers[b"x-amz-target"].decode().rpartition(".")[2]
        body = await receive()
        answer = await self.answer(operation, json.loads(body["body"]))
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": json.dumps(answer).encode()})

    async def answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        match operation:
            case "ExportCertificate":
                self.exported += 1
                return self._export(base64.b64decode(asked["Passphrase"]))
            case "ReceiveMessage":
                await asyncio.sleep(0.2)
                return {}
        return {"QueueUrl": f"{self.url}/queue"}

    def _export(self, passphrase: bytes) -> dict[str, str]:
        assert len(passphrase) >= 32
        key = serialization.load_pem_private_key(self.certificate.key_pem.encode(), None)
        sealed = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.BestAvailableEncryption(passphrase),
        )
        return {
            "Certificate": self.certificate.pem,
            "CertificateChain": "",
            "PrivateKey": sealed.decode(),
        }

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        listening = socket.create_server((HOST, 0))
        self.url = f"http://{HOST}:{listening.getsockname()[1]}"
        config = uvicorn.Config(self, log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        running = asyncio.create_task(server.serve([listening]))
        try:
            while not server.started:
                await asyncio.sleep(0.005)
            yield
        finally:
            server.should_exit = server.force_exit = True
            await running
            listening.close()


def as_the_task_is_told(core: Template, url: str) -> Settings:
    """Its environment, with the addresses of this machine."""
    told = {name.removeprefix("STROM_").lower(): v for name, v in told_to_edge(core).items()}
    here = {"host": HOST, "edge_port": free_port(), "edge_tls_port": free_port(), "drain_s": 1}
    return read_settings(**told | here | {"internal_url": url, "aws_endpoint": url})


@pytest.fixture
async def around(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Around]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    often = partial(certificates.exported_certificate, every_s=0.05)
    monkeypatch.setattr(certificates, "exported_certificate", often)
    usual = edges.edge_settings
    monkeypatch.setattr(
        edges, "edge_settings", lambda *given: replace(usual(*given), tls_refresh_s=0.05)
    )
    around = Around(await World(clock=RunningClock()).furnish())
    async with around.served():
        yield around


@dataclass
class Box:
    """A charge point that was given a certificate by its owner's authority."""

    world: World
    folder: Path

    async def is_certified(self) -> None:
        """It asks, connected by its password."""
        await self.world.connect()
        await self.world.desk.requested(TENANT, CP, SigningRequest(request_pem(PATH)))
        [certificate] = await self.world.desk.all(TENANT, CP)
        write_pair(self.folder, "box", certificate.chain_pem, key_pem(ec_key()))

    def trusts(self, trusted: Certificate) -> ssl.SSLContext:
        made = ssl.create_default_context(cadata=trusted.pem)
        made.load_cert_chain(self.folder / "box.crt", self.folder / "box.key")
        return made

    def knocks(self, edge: Edge, context: ssl.SSLContext) -> connect:
        url = f"wss://localhost:{edge.tls_port}/ocpp/{PATH}"
        return connect(url, subprotocols=["ocpp1.6"], ssl=context, proxy=None)  # type: ignore[list-item]


async def is_answered(socket: ClientConnection) -> bool:
    await socket.send('[2,"still-there","Heartbeat",{}]')
    async with asyncio.timeout(5):
        while json.loads(await socket.recv())[1] != "still-there":
            pass  # what it is told meanwhile
    return True


async def test_it_takes_charge_points_by_their_certificate(
    core: Template, around: Around, tmp_path: Path
) -> None:
    box = Box(around.world, tmp_path)
    await box.is_certified()
    async with edges.remote_edge(as_the_task_is_told(core, around.url)) as edge:
        await edge.start()
        try:
            async with box.knocks(edge, box.trusts(around.certificate)) as first:
                assert await is_answered(first)
                connection = await around.world.chargers.connection(TENANT, CP)
                assert (connection.connected, connection.profile) == (True, 3)
                await is_renewed(around, edge)
                assert await is_answered(first), "nobody is cut off by it"
                async with box.knocks(edge, box.trusts(around.certificate)) as second:
                    assert await is_answered(second)
                    assert shown(second) == around.certificate.der
        finally:
            await edge.stop()


async def is_renewed(around: Around, edge: Edge) -> None:
    """AWS has another one, and the edge shows it."""
    tls = edge._server.tls
    assert tls is not None
    before = tls._changed_at
    around.certificate = self_signed("second")
    await until(lambda: tls._changed_at != before)


def shown(socket: ClientConnection) -> bytes:
    secured: ssl.SSLObject = socket.transport.get_extra_info("ssl_object")
    return secured.getpeercert(binary_form=True) or b""


async def test_a_certificate_that_cannot_be_had_stops_the_start(
    core: Template, around: Around
) -> None:
    around.certificate = Certificate("nonsense", self_signed("first").key_pem)
    with pytest.raises(Unavailable, match="AWS gave a certificate that cannot be read"):
        async with edges.remote_edge(as_the_task_is_told(core, around.url)):
            pytest.fail("an edge without its certificate")
