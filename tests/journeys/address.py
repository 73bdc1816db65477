"""A driver's lightning address: its invoices are made by the driver's own wallet on LNbits."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from tests.support.lnbits import LnbitsNode, LnbitsWalletKeys
from tests.support.servers import HOST

MSAT = 1000


@dataclass
class Address:
    """The server behind ``driver@127.0.0.1:<port>`` (LUD-16, LUD-06)."""

    node: LnbitsNode
    wallet: LnbitsWalletKeys
    port: int = 0
    invoices: int = 0
    """So many were made; whoever asks twice gets two."""

    @property
    def text(self) -> str:
        return f"driver@{HOST}:{self.port}"

    @property
    def payer_data(self) -> str:
        """How it comes along with a payment (LUD-18)."""
        return json.dumps({"identifier": self.text})

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request for each connection."""
        with contextlib.suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            head = await reader.readuntil(b"\r\n\r\n")
            asked = urlsplit(head.split(b" ")[1].decode())
            body = json.dumps(await self._answer(asked.path, parse_qs(asked.query))).encode()
            writer.write(
                b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n"
                + f"content-length: {len(body)}\r\n\r\n".encode()
                + body
            )
            await writer.drain()
        writer.close()

    async def _answer(self, path: str, query: dict[str, list[str]]) -> dict[str, object]:
        metadata = json.dumps([["text/plain", "To the driver"], ["text/identifier", self.text]])
        if path == "/.well-known/lnurlp/driver":
            return {
                "tag": "payRequest",
                "callback": f"http://{HOST}:{self.port}/invoice?of=driver",
                "minSendable": MSAT,
                "maxSendable": 100_000_000 * MSAT,
                "metadata": metadata,
            }
        if path != "/invoice" or query["of"] != ["driver"]:
            return {"status": "ERROR", "reason": "There is nobody of this name."}
        sats, rest = divmod(int(query["amount"][0]), MSAT)
        if rest:
            return {"status": "ERROR", "reason": "Whole sats, please."}
        self.invoices += 1
        made = await self.node.create_invoice(self.wallet, sats, described=metadata)
        return {"pr": made, "routes": []}


@contextlib.asynccontextmanager
async def address_of(node: LnbitsNode, wallet: LnbitsWalletKeys) -> AsyncIterator[Address]:
    """Served while somebody may want to pay it."""
    address = Address(node, wallet)
    tasks: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(address.take(reader, writer))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    server = await asyncio.start_server(accept, HOST, 0)
    address.port = server.sockets[0].getsockname()[1]
    try:
        yield address
    finally:
        server.close()
        for task in tuple(tasks):
            task.cancel()
