"""The edge's TLS port: whose certificates are looked at, and what the app is told of them."""

from __future__ import annotations

import os
import ssl
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidMessage

from app.certificates.authority import Authority, Issued, make_authority, make_root, sign
from app.certificates.requests import read_request
from app.charging.errors import Unavailable
from app.command_bus.in_process import InProcessBus
from app.edge_messages import Connect, Trust
from app.ocpp_edge import Edge, EdgeSettings
from tests.ocpp_edge.harness import FakeApp, RawCharger, SeededChance, WallClock
from tests.support.charger_certificates import Files, ec_key, key_pem, request_pem, write_pair
from tests.support.lnd_certificate import self_signed

NOW = datetime.now(UTC)
ROOT = make_root("Strom", NOW)
TENANT = make_authority(ROOT, "aaaaaaaaaaaa", "Otto", NOW)
HANDSHAKE_FAILS = (OSError, InvalidMessage)
"""In TLS 1.3 the client learns of it at its first reading."""


def issue(authority: Authority = TENANT, now: datetime = NOW) -> Issued:
    return sign(authority, read_request(request_pem("box1"), {"box1"}), now)


@pytest.fixture
def server_files(tmp_path: Path) -> Files:
    return write_pair(tmp_path, "edge", self_signed("edge").pem, self_signed("edge").key_pem)


@pytest.fixture
def app() -> FakeApp:
    return FakeApp(trusted=Trust(ROOT.certificate_pem))


@pytest.fixture
def tls_settings(settings: EdgeSettings, server_files: Files) -> EdgeSettings:
    return EdgeSettings(
        port=0,
        tls_port=0,
        tls_certificate=server_files.certificate,
        tls_key=server_files.key,
        tls_refresh_s=0.02,
        greeting_wait_s=0.2,
        close_timeout_s=0.5,
        drain_s=3.0,
    )


@pytest.fixture
async def edge(app: FakeApp, bus: InProcessBus, tls_settings: EdgeSettings) -> AsyncIterator[Edge]:
    edge = Edge(tls_settings, app, bus, WallClock(), SeededChance())
    await edge.start()
    yield edge
    app.comes_back()
    await edge.stop()


class Box:
    """A charge point with what it has to prove who it is."""

    def __init__(self, edge: Edge, folder: Path) -> None:
        self._edge = edge
        self._folder = folder

    def context(
        self, chain_pem: str = "", *, newest: str = "", oldest: bool = False
    ) -> ssl.SSLContext:
        made = ssl.create_default_context(cadata=newest or self_signed("edge").pem)
        made.check_hostname = False
        if oldest:
            made.minimum_version = ssl.TLSVersion.TLSv1
            made.maximum_version = ssl.TLSVersion.TLSv1_1
            made.set_ciphers("ALL:@SECLEVEL=0")
        if chain_pem:
            files = write_pair(self._folder, "box", chain_pem, key_pem(ec_key()))
            made.load_cert_chain(files.certificate, files.key)
        return made

    async def knocks(self, context: ssl.SSLContext) -> str:
        """Says something, and tells over which version of TLS."""
        url = f"wss://box1:secret@127.0.0.1:{self._edge.tls_port}/ocpp/box1"
        offers = ["ocpp1.6"]
        async with connect(url, subprotocols=offers, ssl=context, proxy=None) as socket:  # type: ignore[arg-type]
            assert await RawCharger(socket).is_alive()
            return str(socket.transport.get_extra_info("ssl_object").version())


@pytest.fixture
def box(edge: Edge, tmp_path: Path) -> Box:
    return Box(edge, tmp_path)


def asked(app: FakeApp) -> Connect:
    [connect] = app.connects
    return connect


async def test_a_charge_point_without_a_certificate_comes_by_tls_and_password(
    box: Box, app: FakeApp
) -> None:
    assert await box.knocks(box.context()) == "TLSv1.3"
    assert asked(app).tls
    assert asked(app).certificate_sha256 == ""
    assert asked(app).password_sha256


async def test_the_app_is_told_whose_certificate_it_is(box: Box, app: FakeApp) -> None:
    issued = issue()
    await box.knocks(box.context(issued.chain_pem))
    assert asked(app).certificate_sha256 == issued.sha256


async def test_a_certificate_under_another_root_never_reaches_the_app(
    box: Box, app: FakeApp
) -> None:
    stranger = make_authority(make_root("Strom", NOW), "aaaaaaaaaaaa", "Otto", NOW)
    with pytest.raises(HANDSHAKE_FAILS):
        await box.knocks(box.context(issue(stranger).chain_pem))
    assert app.connects == []


async def test_an_expired_certificate_never_reaches_the_app(box: Box, app: FakeApp) -> None:
    old = issue(now=NOW - timedelta(days=3000))
    with pytest.raises(HANDSHAKE_FAILS):
        await box.knocks(box.context(old.chain_pem))
    assert app.connects == []


async def test_a_charge_point_cannot_sign_another(box: Box, app: FakeApp) -> None:
    issued = issue()
    itself = Authority(issued.chain_pem, key_pem(ec_key()))
    forged = issue(itself)
    with pytest.raises(HANDSHAKE_FAILS):
        await box.knocks(box.context(forged.chain_pem))
    assert app.connects == []


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
async def test_tls_before_1_2_is_not_spoken(box: Box, app: FakeApp) -> None:
    with pytest.raises(HANDSHAKE_FAILS):
        await box.knocks(box.context(oldest=True))
    assert app.connects == []


@pytest.mark.parametrize("cipher", ["AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256"])
async def test_the_whitepapers_ciphers_are_spoken(edge: Edge, cipher: str) -> None:
    assert edge._server.tls is not None
    known = {each["name"] for each in edge._server.tls.context.get_ciphers()}
    assert cipher in known
    assert not {name for name in known if "CBC" in name or "RC4" in name or "DES" in name}


async def test_the_plain_port_says_so(edge: Edge, app: FakeApp) -> None:
    async with connect(f"ws://127.0.0.1:{edge.port}/box1", proxy=None) as socket:
        assert await RawCharger(socket).is_alive()
    assert not asked(app).tls


async def test_behind_a_proxy_that_takes_tls_off_everything_came_by_tls(
    app: FakeApp, bus: InProcessBus, tls_settings: EdgeSettings
) -> None:
    edge = Edge(EdgeSettings(port=0, behind_tls=True), app, bus, WallClock(), SeededChance())
    await edge.start()
    async with connect(f"ws://127.0.0.1:{edge.port}/box1", proxy=None) as socket:
        assert await RawCharger(socket).is_alive()
    await edge.stop()
    assert asked(app).tls


async def test_roots_that_come_later_are_taken_in(
    app: FakeApp, bus: InProcessBus, tls_settings: EdgeSettings, tmp_path: Path
) -> None:
    app.error = Unavailable("down")
    edge = Edge(tls_settings, app, bus, WallClock(), SeededChance())
    await edge.start()
    app.comes_back()
    box, issued = Box(edge, tmp_path), issue()
    while not app.connects or not app.connects[-1].certificate_sha256:
        await box.knocks(box.context(issued.chain_pem))
    assert app.connects[-1].certificate_sha256 == issued.sha256
    await edge.stop()


async def test_a_renewed_certificate_is_shown_without_a_restart(
    edge: Edge, box: Box, server_files: Files
) -> None:
    await box.knocks(box.context())
    renewed = self_signed("renewed")
    Path(server_files.certificate).write_text(renewed.pem)
    await WallClock().sleep(0.1)
    await box.knocks(box.context())  # its key is not there so far
    Path(server_files.key).write_text(renewed.key_pem)
    os.utime(server_files.certificate, (2e9, 2e9))
    while True:
        try:
            await box.knocks(box.context(newest=renewed.pem))
        except ssl.SSLCertVerificationError:
            continue
        break


def test_settings_that_would_start_without_tls_are_refused(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        Edge(
            EdgeSettings(tls_certificate="nowhere.crt"),
            FakeApp(),
            InProcessBus(),
            WallClock(),
            SeededChance(),
        )
