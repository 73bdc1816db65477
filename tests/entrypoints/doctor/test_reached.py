"""How the world finds us: a proxy that stands wrongly is told from a Strom that does not run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from app.entrypoints.doctor import reached
from app.entrypoints.doctor.findings import Finding
from tests.entrypoints.doctor.conftest import Stands
from tests.support.servers import HOST, free_port


class Front(ThreadingHTTPServer):
    """Whatever stands in front answers this to everything."""

    def __init__(self) -> None:
        super().__init__((HOST, 0), _Answer)
        self.status, self.body = 200, b""
        self.headers: dict[str, str] = {}
        self.asked: list[tuple[str, str]] = []


class _Answer(BaseHTTPRequestHandler):
    server: Front

    def do_GET(self) -> None:
        self.server.asked.append((self.path, self.headers.get("upgrade", "")))
        self.send_response(self.server.status)
        for name, value in self.server.headers.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(self.server.body)))
        self.end_headers()
        self.wfile.write(self.server.body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        """Nobody reads it."""


@pytest.fixture
def front() -> Iterator[Front]:
    with Front() as server:
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        yield server
        server.shutdown()


OURS = {"www-authenticate": 'Basic realm="Strom", charset="UTF-8"'}


@pytest.mark.parametrize(
    ("status", "headers", "state", "words"),
    [
        (401, OURS, "ok", "answered by Strom's edge"),
        (401, {"www-authenticate": 'Basic realm="Members"'}, "problem", "not Strom's edge"),
        (426, {}, "problem", "made a plain request of it"),
        (502, {}, "problem", "not Strom's edge"),
        (404, {}, "problem", "not Strom's edge"),
        (503, {"retry-after": "10"}, "problem", "come again later"),
    ],
)
async def test_where_charge_points_connect(
    stands: Stands, front: Front, status: int, headers: dict[str, str], state: str, words: str
) -> None:
    front.status, front.headers = status, headers
    url = f"ws://{HOST}:{front.server_port}/ocpp"
    async with stands(charger_base_url=url) as ground:
        [found] = await reached.look_at_edge(ground)
    assert found.state == state
    assert words in found.seen
    [(path, upgrade)] = front.asked
    assert path.startswith("/ocpp/doctor-")
    assert upgrade == "websocket"


async def test_where_nobody_listens(stands: Stands) -> None:
    async with stands(charger_base_url=f"ws://{HOST}:{free_port()}") as ground:
        [found] = await reached.look_at_edge(ground)
    assert found.state == "problem"
    assert "cannot be reached" in found.seen


async def test_pages_of_somebody_else(stands: Stands, front: Front) -> None:
    front.body = b"<h1>Welcome to nginx!</h1>"
    found = await _web(stands, front)
    assert found.state == "problem"
    assert "not with Strom's pages" in found.seen


async def _web(stands: Stands, front: Front) -> Finding:
    """This machine counts as public here: there is no other to be reached by."""
    url = f"http://{HOST}:{front.server_port}"
    async with stands(public_base_url=url) as ground:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(type(ground.settings), "is_public", True)
            [found] = await reached.look_at_web(ground)
    return found


async def test_our_own_pages(stands: Stands, front: Front) -> None:
    front.body = b"<title>Sign in - Strom</title>"
    assert (await _web(stands, front)).state == "ok"


async def test_a_name_that_nobody_knows(stands: Stands) -> None:
    async with stands(public_base_url="https://strom.invalid") as ground:
        [found] = await reached.look_at_web(ground)
    assert found.state == "problem"
    assert "strom.invalid" in found.seen


async def test_this_machine_alone(stands: Stands) -> None:
    async with stands() as ground:
        [found] = await reached.look_at_web(ground)
    assert found.state == "warning"


async def test_an_onion_service_is_left_to_its_browser(stands: Stands) -> None:
    async with stands(public_base_url="http://abc.onion") as ground:
        [found] = await reached.look_at_web(ground)
    assert found.state == "ok"


@pytest.mark.parametrize(
    ("body", "state", "words"),
    [
        (b"<html>", "problem", "nothing that a wallet understands"),
        (json.dumps({"status": "ERROR", "reason": "It is offline."}).encode(), "ok", "offline"),
        (json.dumps({"tag": "payRequest", "callback": "https://other.example/x"}).encode(),
         "problem", "another Strom"),
    ],
)  # fmt: skip
async def test_what_a_wallet_is_told(
    stands: Stands,
    front: Front,
    monkeypatch: pytest.MonkeyPatch,
    body: bytes,
    state: str,
    words: str,
) -> None:
    front.body = body
    monkeypatch.setattr(reached, "a_name", _garage)
    async with stands(public_base_url=f"http://{HOST}:{front.server_port}") as ground:
        [found] = await reached.look_at_lnurl(ground)
    assert found.state == state
    assert words in found.seen
    assert front.asked[0][0] == "/.well-known/lnurlp/garage"


async def _garage(_ground: object) -> str:
    return "garage"
