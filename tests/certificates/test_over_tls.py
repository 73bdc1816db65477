"""From a password over TLS to a certificate of its own: real sockets, the edge, the app."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidMessage, InvalidStatus

from app.ocpp_edge import Edge, EdgeSettings
from app.ocpp_edge.app_client import HttpAppClient
from app.records.certificates import ChargerCertificate
from tests.charge_points.test_newcomers import DRAFT, owner_of, place_and_price
from tests.charge_points.world import CP, PATH, World
from tests.flow.system import TENANT
from tests.ocpp_edge.conftest import until
from tests.ocpp_edge.harness import SeededChance, WallClock
from tests.support.charger_certificates import ec_key, key_pem, request_pem, write_pair
from tests.support.lnd_certificate import self_signed

OTHER = "tenant000002"
PASSWORD = "correct horse"


@dataclass
class Site:
    """A Strom with two owners, and charge points that reach it over TLS."""

    world: World
    edge: Edge
    folder: Path

    def url(self, path: str, password: str = "") -> str:
        signed_in = f"{quote(path, '')}:{quote(password)}@" if password else ""
        return f"wss://{signed_in}127.0.0.1:{self.edge.tls_port}/ocpp/{path}"

    def dial(
        self, path: str = PATH, *, password: str = "", chain_pem: str = "", key: int = 0
    ) -> Any:
        context = ssl.create_default_context(cadata=self_signed("edge").pem)
        context.check_hostname = False
        if chain_pem:
            files = write_pair(self.folder, "box", chain_pem, key_pem(ec_key(key)))
            context.load_cert_chain(files.certificate, files.key)
        offers: Any = ["ocpp1.6"]
        url = self.url(path, password)
        return connect(url, subprotocols=offers, ssl=context, proxy=None)

    async def is_refused(self, path: str = PATH, **how: Any) -> bool:
        try:
            async with self.dial(path, **how) as socket:
                await socket.wait_closed()
        except InvalidStatus as refused:
            return refused.response.status_code == 401
        return False

    async def certificates(self, tenant: str = TENANT) -> list[ChargerCertificate]:
        return await self.world.desk.all(tenant, CP)


async def hears(socket: ClientConnection, action: str) -> list[Any]:
    """The next call of ours by this name; every other is accepted."""
    async with asyncio.timeout(5):
        while True:
            frame = json.loads(await socket.recv())
            if frame[0] == 2:
                await socket.send(json.dumps([3, frame[1], {"status": "Accepted"}]))
                if frame[2] == action:
                    return list(frame)


async def is_served(socket: ClientConnection) -> bool:
    await socket.send('[2,"hb","Heartbeat",{}]')
    async with asyncio.timeout(5):
        while True:
            frame = json.loads(await socket.recv())
            if frame[1] == "hb":
                return bool(frame[0] == 3)


async def is_given_a_certificate(site: Site, path: str = PATH, key: int = 0) -> str:
    """Comes by password, asks, and is given one; the chain as it arrived."""
    async with site.dial(path, password=PASSWORD) as socket:
        csr = request_pem(path, ec_key(key))
        await socket.send(json.dumps([2, "sign", "SignCertificate", {"csr": csr}]))
        frame = await hears(socket, "CertificateSigned")
        assert await is_served(socket)
    return str(frame[3]["certificateChain"])


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    world = await World().furnish()
    await world.furnish(OTHER, "box2")
    files = write_pair(tmp_path, "edge", self_signed("edge").pem, self_signed("edge").key_pem)
    settings = EdgeSettings(
        port=0,
        tls_port=0,
        tls_certificate=files.certificate,
        tls_key=files.key,
        instance="edge-1",
        queue="edge-1",
        greeting_wait_s=0.05,
        close_timeout_s=0.5,
        drain_s=3.0,
    )
    client = HttpAppClient(world.http, timeout_s=10)
    edge = Edge(settings, client, world.bus, WallClock(), SeededChance())
    world.clock.time = WallClock().now()
    await edge.start()
    yield Site(world, edge, tmp_path)
    await edge.stop()


async def test_from_its_password_to_a_certificate_of_its_own(site: Site) -> None:
    chain = await is_given_a_certificate(site)
    async with site.dial(chain_pem=chain) as socket:
        assert await is_served(socket)
        connection = await site.world.chargers.connection(TENANT, CP)
        assert connection.profile == 3
        await until(lambda: site.edge.connected == 1)
    [certificate] = await site.certificates()
    assert (certificate.state, certificate.chain_pem) == ("in_use", chain)
    assert await site.is_refused(password=PASSWORD), "it came by certificate: no less from now on"


async def test_without_the_key_a_certificate_is_worth_nothing(site: Site) -> None:
    chain = await is_given_a_certificate(site)
    with pytest.raises((OSError, InvalidMessage)):
        async with site.dial(chain_pem=chain, key=1):
            pass


async def test_another_owners_certificate_opens_no_charge_point_of_mine(site: Site) -> None:
    theirs = await is_given_a_certificate(site, "box2", key=1)
    assert await site.is_refused(chain_pem=theirs, key=1)
    assert await site.is_refused(chain_pem=theirs, key=1, password=PASSWORD)
    async with site.dial("box2", chain_pem=theirs, key=1) as socket:
        assert await is_served(socket)


async def test_revoked_it_is_put_out_and_stays_out(site: Site) -> None:
    chain = await is_given_a_certificate(site)
    async with site.dial(chain_pem=chain) as socket:
        assert await is_served(socket)
        [certificate] = await site.certificates()
        await site.world.desk.revoke(TENANT, CP, certificate.serial)
        async with asyncio.timeout(5):
            await socket.wait_closed()
    assert await site.is_refused(chain_pem=chain)


async def test_a_new_certificate_takes_over_by_its_first_use(site: Site) -> None:
    first = await is_given_a_certificate(site)
    site.world.clock.pass_s(1)
    second = await is_given_a_certificate(site, key=1)
    async with site.dial(chain_pem=first) as socket:
        assert await is_served(socket), "the new one may not have been stored"
    async with site.dial(chain_pem=second, key=1) as socket:
        assert await is_served(socket)
    assert await site.is_refused(chain_pem=first)


async def test_a_password_is_given_over_the_socket_and_used(site: Site) -> None:
    async with site.dial(password=PASSWORD) as socket:
        assert await is_served(socket)
        await site.world.passwords.rotate(TENANT, CP, by="owner")
        frame = await hears(socket, "ChangeConfiguration")
        while frame[3]["key"] != "AuthorizationKey":  # the baseline comes as well
            frame = await hears(socket, "ChangeConfiguration")
        new = frame[3]["value"]
        assert await is_served(socket)
    async with site.dial(password=new) as socket:
        assert await is_served(socket)
    async with site.dial(password=PASSWORD) as socket:
        assert await is_served(socket), "for a day"
    site.world.clock.pass_s(86_401)
    assert await site.is_refused(password=PASSWORD)
    async with site.dial(password=new.upper()) as socket:
        assert await is_served(socket)


async def test_a_new_charge_point_knocks_waits_is_accepted_and_given_its_password(
    site: Site,
) -> None:
    owner = owner_of(site.world)
    await place_and_price(site.world)
    path = f"{await owner.open_door(TENANT)}/SN-1"
    boot = {"chargePointVendor": "Maker", "chargePointModel": "Box"}
    async with site.dial(path) as socket:
        await socket.send(json.dumps([2, "boot", "BootNotification", boot]))
        answer = json.loads(await socket.recv())
        assert answer[2]["status"] == "Pending"
        assert not await is_served(socket)
        [waits] = await owner.all(TENANT)
        assert (waits.identity, waits.model, waits.online) == ("SN-1", "Box", True)
        await owner.accept(TENANT, waits.id, DRAFT)
        async with asyncio.timeout(5):
            await socket.wait_closed()
    async with site.dial(path) as socket:
        await socket.send(json.dumps([2, "boot", "BootNotification", boot]))
        frame = await hears(socket, "ChangeConfiguration")
        while frame[3]["key"] != "AuthorizationKey":
            frame = await hears(socket, "ChangeConfiguration")
        assert await is_served(socket)
    assert await site.is_refused(path)
    async with site.dial(path, password=frame[3]["value"]) as socket:
        assert await is_served(socket)
