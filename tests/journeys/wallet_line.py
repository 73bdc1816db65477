"""The line between Strom and the owner's LNbits, which a test can cut, or hold a payout on."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Literal

import httpx

from tests.support.servers import HOST

State = Literal[
    "up", "down", "holds requests", "holds answers", "fails", "loses answers", "fails after", "slow"
]
"""The last four befall every request: a 5xx instead of it, silence or a 5xx after its effect."""
DROPPED = {b"host", b"connection", b"content-length", b"transfer-encoding", b"content-encoding"}


@dataclass
class WalletLine:
    """Passes requests on to LNbits, unless it is told otherwise."""

    lnbits_url: str
    url: str = ""
    state: State = "up"
    """Held is only what pays out: before LNbits has seen it, or after it has paid."""
    mood: Callable[[], State] | None = None
    """Instead of ``state``, another for each request."""
    fails_only_payouts: bool = False
    fails_from_payout: int | None = None
    """From the answer to this payout on nothing but failures is heard."""
    failure: tuple[int, bytes] = (502, b"<html>Bad gateway</html>")
    slow_s: float = 2.0
    payout_is_held: asyncio.Event = field(default_factory=asyncio.Event)
    payouts_passed: int = 0

    def goes_down(self) -> None:
        self.state = "down"

    def comes_up(self) -> None:
        self.state = "up"

    def holds_requests_to_pay(self) -> None:
        self.state = "holds requests"

    def holds_answers_to_payouts(self) -> None:
        self.state = "holds answers"

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request for each connection."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            state = self.mood() if self.mood else self.state
            if state != "down":
                answer = await self._pass_on(await reader.readuntil(b"\r\n\r\n"), reader, state)
                writer.write(answer)
                await writer.drain()
        writer.close()

    async def _pass_on(self, head: bytes, reader: asyncio.StreamReader, state: State) -> bytes:
        first, *lines = head.rstrip(b"\r\n").split(b"\r\n")
        headers = [(n.lower(), v.strip()) for n, _, v in (line.partition(b":") for line in lines)]
        length = int(dict(headers).get(b"content-length", b"0"))
        body = await reader.readexactly(length)
        method, path, _ = first.decode().split(" ")
        pays_out = method == "POST" and b'"out":true' in body.replace(b" ", b"")
        if pays_out and state == "holds requests":
            await self._hold()
        if self.fails_only_payouts and not pays_out:
            state = "up"
        if state == "slow":
            await asyncio.sleep(self.slow_s)
        if state == "fails" or self._fails_by_now():
            return _failed(*self.failure)
        kept = [(name, value) for name, value in headers if name not in DROPPED]
        async with httpx.AsyncClient(trust_env=False, timeout=30) as lnbits:
            got = await lnbits.request(method, self.lnbits_url + path, headers=kept, content=body)
        if pays_out:
            self.payouts_passed += 1
            if state == "holds answers":
                await self._hold()
        if state == "fails after" or self._fails_by_now():
            return _failed(*self.failure)
        return b"" if state == "loses answers" else _written(got)

    def _fails_by_now(self) -> bool:
        last = self.fails_from_payout
        return last is not None and self.payouts_passed >= last

    async def _hold(self) -> None:
        """Whoever asked will hear nothing any more."""
        self.payout_is_held.set()
        await asyncio.Event().wait()


def _failed(status: int, body: bytes) -> bytes:
    kind = "application/json" if body.startswith(b"{") else "text/html"
    head = (
        f"HTTP/1.1 {status} Failed\r\ncontent-type: {kind}\r\n"
        f"content-length: {len(body)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + body


def _written(response: httpx.Response) -> bytes:
    kind = response.headers.get("content-type", "application/json")
    head = (
        f"HTTP/1.1 {response.status_code} Passed on\r\ncontent-type: {kind}\r\n"
        f"content-length: {len(response.content)}\r\nconnection: close\r\n\r\n"
    )
    return head.encode() + response.content


@contextlib.asynccontextmanager
async def wallet_line(lnbits_url: str) -> AsyncIterator[WalletLine]:
    """A line that is up."""
    line = WalletLine(lnbits_url)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(line.take(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, HOST, 0)
    line.url = f"http://{HOST}:{server.sockets[0].getsockname()[1]}"
    try:
        yield line
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
