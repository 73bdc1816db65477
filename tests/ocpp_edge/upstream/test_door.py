"""How a backend is connected to: which addresses, which certificates, as whom."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from app.edge_messages import Upstream
from app.ocpp_edge import Edge
from app.ocpp_edge.upstream.door import Door, NotLetIn
from app.ocpp_edge.upstream.settings import UpstreamSettings
from app.outbound import OutboundPolicy
from tests.ocpp_edge.upstream.central import Central, OwnersApp
from tests.ocpp_edge.upstream.conftest import AT_HOME
from tests.support.lnd_certificate import self_signed

HOSTED = OutboundPolicy()


def settings(policy: OutboundPolicy = AT_HOME) -> UpstreamSettings:
    return UpstreamSettings(policy=policy, open_timeout_s=2)


def upstream(url: str, **more: str) -> Upstream:
    return Upstream(url, "shared", **more)  # type: ignore[arg-type]  # texts alone


async def secured(folder: Path) -> Central:
    """A backend behind TLS, under an authority of its owner's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed().write(folder))
    backend = Central()
    await backend.starts(ssl=context)
    return backend


async def test_an_authority_of_the_owners_is_trusted_for_its_backend(tmp_path: Path) -> None:
    backend = await secured(tmp_path)
    door, url = Door(settings()), f"wss://localhost:{backend.port}/BOX"
    try:
        socket = await door.open(upstream(url, ca_pem=self_signed().pem), "ocpp1.6")
        await socket.close()
        with pytest.raises(NotLetIn, match="not trusted"):
            await door.open(upstream(url), "ocpp1.6")
        other = self_signed("another").pem
        with pytest.raises(NotLetIn, match="not trusted"):
            await door.open(upstream(url, ca_pem=other), "ocpp1.6")
    finally:
        await backend.stops()


async def test_the_certificate_must_be_of_the_name_that_was_given(tmp_path: Path) -> None:
    backend = await secured(tmp_path)

    async def here(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    url = f"wss://backend.example:{backend.port}/BOX"
    try:
        with pytest.raises(NotLetIn, match="not trusted"):
            await Door(settings(), here).open(upstream(url, ca_pem=self_signed().pem), "ocpp1.6")
    finally:
        await backend.stops()


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.0.0.8", "169.254.169.254", "::1", "::ffff:127.0.0.1", "fd00::1"]
)
async def test_the_providers_own_network_is_not_connected_to(address: str) -> None:
    asked: list[str] = []

    async def rebound(host: str, _port: int) -> list[str]:
        """A name that was public when the owner saved it."""
        asked.append(host)
        return [address]

    with pytest.raises(NotLetIn, match="not reachable"):
        await Door(settings(HOSTED), rebound).open(upstream("wss://backend.example/B"), "ocpp1.6")
    assert asked == ["backend.example"], "resolved once, and what was judged is connected to"


async def test_without_tls_no_password_leaves_the_machine_unless_the_provider_allows_it() -> None:
    async def public(_host: str, _port: int) -> list[str]:
        return ["93.184.216.34"]

    door = Door(settings(HOSTED), public)
    with pytest.raises(NotLetIn):
        await door.open(upstream("ws://backend.example/BOX", password="x"), "ocpp1.6")


async def test_the_user_is_the_name_at_the_end_of_the_address(central: Central) -> None:
    url = f"ws://127.0.0.1:{central.port}/ocpp/BOX%201"
    socket = await Door(settings()).open(upstream(url, password="p:w"), "ocpp1.6")
    await socket.close()
    assert central.credentials == ["BOX 1:p:w"]


async def test_an_edge_knows_a_link_from_a_charge_point(edge: Edge, app: OwnersApp) -> None:
    url = f"ws://127.0.0.1:{edge.port}/ocpp/cp-1"
    socket = await Door(settings()).open(upstream(url), "ocpp1.6")
    await socket.close()
    assert [asked.is_link for asked in app.connects] == [True]
    async with connect(url, subprotocols=[Subprotocol("ocpp1.6")], proxy=None):
        assert [asked.is_link for asked in app.connects] == [True, False]


async def test_without_credentials_none_are_sent(central: Central) -> None:
    socket = await Door(settings()).open(upstream(central.url), "ocpp1.6")
    await socket.close()
    assert central.credentials == [""]
