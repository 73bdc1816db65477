"""Addresses that users gave lead nowhere inside."""

import asyncio
import socket
from collections.abc import AsyncIterator
from ipaddress import ip_address

import httpx
import pytest

from app.charging.errors import BadInput, Unavailable
from app.outbound import OutboundPolicy, Resolve, is_public, resolve_host
from app.outbound.client import guarded_client

HOSTED = OutboundPolicy()
AT_HOME = OutboundPolicy(allow_private_hosts=True)
LAX = OutboundPolicy(allow_private_hosts=True, allow_plain_http=True)


def names(*addresses: str) -> Resolve:
    async def resolve(host: str, port: int) -> list[str]:
        if not addresses:
            raise OSError("no such host")
        return list(addresses)

    return resolve


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "100.64.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:c0a8:101::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "2001:db8::1",
    ],
)
def test_what_is_inside_is_not_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["1.1.1.1", "2606:4700:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101"]
)
def test_what_everyone_reaches_is_public(address: str) -> None:
    assert is_public(ip_address(address))


@pytest.mark.parametrize(
    "url",
    [
        "",
        "lnbits.example",
        "ftp://lnbits.example",
        "file:///etc/passwd",
        "https://",
        "https://user:pass@lnbits.example",
        "https://user@lnbits.example",
        "https://lnbits.example:99999",
        "https://lnbits example",
        "https://lnbits.example\\@evil.example",
        "https://lnbits.example/\r\nX: y",
        "https://[::1",
        "https://wallet.onion",
        "https://" + "a" * 3000,
    ],
)
async def test_what_is_no_address_we_use_is_refused(url: str) -> None:
    with pytest.raises(BadInput) as caught:
        await LAX.check_url(url, resolve=names("1.1.1.1"))

    assert caught.value.field == "url"


async def test_a_public_https_address_is_good_everywhere() -> None:
    for policy in (HOSTED, AT_HOME, LAX):
        checked = await policy.check_url(" https://lnbits.example/ ", resolve=names("1.1.1.1"))
        assert checked == "https://lnbits.example"


@pytest.mark.parametrize("found", [("10.0.0.1",), ("1.1.1.1", "10.0.0.1"), ("::1",)])
async def test_a_hosted_provider_refuses_a_name_that_leads_inside(found: tuple[str, ...]) -> None:
    with pytest.raises(BadInput, match="not reachable from the internet"):
        await HOSTED.check_url("https://lnbits.example", resolve=names(*found))

    await AT_HOME.check_url("https://lnbits.example", resolve=names(*found))


@pytest.mark.parametrize(
    "url", ["https://127.0.0.1", "https://[::1]", "https://[::ffff:10.0.0.1]:8443/x"]
)
async def test_a_hosted_provider_refuses_inside_addresses(url: str) -> None:
    with pytest.raises(BadInput):
        await HOSTED.check_url(url)


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "localhost"])
async def test_odd_spellings_of_loopback_are_resolved_before_they_are_judged(host: str) -> None:
    with pytest.raises((BadInput, Unavailable)):
        await HOSTED.check_url(f"https://{host}")


async def test_plain_http_stays_at_home_unless_the_provider_says_otherwise() -> None:
    assert await AT_HOME.check_url("http://127.0.0.1:5000") == "http://127.0.0.1:5000"
    await AT_HOME.check_url("http://192.168.1.7")
    for where in (["1.1.1.1"], ["172.31.87.4", "1.1.1.1"]):  # one on the internet is enough
        with pytest.raises(BadInput, match="https://"):
            await AT_HOME.check_url("http://wallet.example", resolve=names(*where))
        await LAX.check_url("http://wallet.example", resolve=names(*where))
    with pytest.raises(BadInput, match="not reachable"):
        await HOSTED.check_url("http://192.168.1.7")


@pytest.mark.parametrize("url", ["http://lnbits:5000", "http://lnbits_web_1:3007"])
async def test_the_wallet_beside_it_is_reached_by_its_name(url: str) -> None:
    """As compose and Umbrel name it."""
    assert await AT_HOME.check_url(url, resolve=names("172.31.87.4")) == url


async def test_a_name_that_does_not_exist_is_unavailable() -> None:
    with pytest.raises(Unavailable, match="could not be found"):
        await HOSTED.check_url("https://nowhere.example", resolve=names())


async def test_the_systems_resolver_finds_this_machine() -> None:
    assert set(await resolve_host("localhost", 80)) <= {"127.0.0.1", "::1"}


# --- the client: the address that is connected to is the one that was judged ---


@pytest.fixture
async def port() -> AsyncIterator[int]:
    """A server on loopback that says hello, and sends whoever asks for /away to itself."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode()
        status = "302 Found\r\nLocation: /" if "/away" in request else "200 OK"
        host = request.lower().partition("host: ")[2].partition("\r\n")[0]
        text = (
            f"HTTP/1.1 {status}\r\nContent-Length: {len(host)}\r\nConnection: close\r\n\r\n{host}"
        )
        writer.write(text.encode())
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_the_client_connects_where_the_resolver_says_and_keeps_the_name(port: int) -> None:
    async with guarded_client(AT_HOME, resolve=names("127.0.0.1")) as http:
        answer = await http.get(f"http://lnbits.example:{port}/")

    assert answer.text == f"lnbits.example:{port}"


async def test_the_client_of_a_hosted_provider_reaches_nothing_inside(port: int) -> None:
    async with guarded_client(HOSTED, resolve=names("127.0.0.1")) as http:
        with pytest.raises(httpx.ConnectError, match="not reachable from the internet"):
            await http.get(f"http://lnbits.example:{port}/")
        with pytest.raises(httpx.ConnectError):
            await http.get(f"http://127.0.0.1:{port}/")


async def test_a_name_that_changes_after_the_check_gains_nothing(port: int) -> None:
    """DNS rebinding: public when it is saved, loopback when it is used."""
    answers = [["1.1.1.1"], ["127.0.0.1"]]

    async def rebinding(host: str, port: int) -> list[str]:
        return answers.pop(0)

    await OutboundPolicy(allow_plain_http=True).check_url("http://x.example", resolve=rebinding)
    async with guarded_client(HOSTED, resolve=rebinding) as http:
        with pytest.raises(httpx.ConnectError):
            await http.get(f"http://x.example:{port}/")


async def test_the_next_address_is_tried_when_one_does_not_answer(port: int) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.2", 0))
        async with guarded_client(AT_HOME, resolve=names("127.0.0.2", "127.0.0.1")) as http:
            assert (await http.get(f"http://x.example:{port}/")).status_code == 200


async def test_a_redirect_is_an_answer_and_not_followed(port: int) -> None:
    async with guarded_client(AT_HOME, resolve=names("127.0.0.1")) as http:
        assert (await http.get(f"http://x.example:{port}/away")).status_code == 302


async def test_a_host_without_address_cannot_be_reached() -> None:
    async with guarded_client(AT_HOME, resolve=names()) as http:
        with pytest.raises(httpx.ConnectError, match="could not be found"):
            await http.get("https://nowhere.example/")


async def test_a_proxy_of_the_environment_is_not_used(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with guarded_client(AT_HOME, resolve=names("127.0.0.1")) as http:
        assert (await http.get(f"http://x.example:{port}/")).status_code == 200
