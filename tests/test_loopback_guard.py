import socket

import httpx
import pytest

from tests.support.loopback_guard import BeyondLoopbackError, is_loopback


@pytest.mark.parametrize("address", [("192.0.2.1", 80), ("10.0.0.1", 443), ("169.254.169.254", 80)])
def test_a_connection_to_another_machine_is_refused(address: tuple[str, int]) -> None:
    with socket.socket() as one, pytest.raises(BeyondLoopbackError, match="stay on this machine"):
        one.connect(address)


def test_a_datagram_to_another_machine_is_refused() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one,
        pytest.raises(BeyondLoopbackError),
    ):
        one.sendto(b"", ("192.0.2.1", 53))


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(BeyondLoopbackError, match=r"strom\.example"):
        socket.getaddrinfo("strom.example", 443)


async def test_libraries_are_refused_too() -> None:
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError, match="stay on this machine"):
            await client.get("http://strom.example/")


def test_this_machine_is_reachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(("localhost", server.getsockname()[1]), timeout=2).close()


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        (b"localhost", True),
        (None, True),
        ("0.0.0.0", True),
        ("::ffff:10.0.0.1", False),
        ("10.0.0.1", False),
        ("2001:db8::1", False),
        ("127.0.0.1.strom.example", False),
        ("localhost.strom.example", False),
    ],
)
def test_what_is_this_machine(host: object, expected: bool) -> None:
    assert is_loopback(host) is expected
