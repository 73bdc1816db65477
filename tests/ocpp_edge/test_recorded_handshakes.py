"""How charge points open their sockets, byte by byte: ``tests/recordings/ocpp16/handshakes.json``.

Each is let in, is known by the right name and protocol, and is answered in it. Of several on one id
the newest stays, and the end of an older one means nothing.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from websockets.frames import Frame, Opcode

from app.edge_messages import Connected
from app.ocpp_edge import Edge
from tests.ocpp_edge.conftest import until
from tests.ocpp_edge.harness import TENANT, FakeApp

RECORDED = Path(__file__).parent.parent / "recordings" / "ocpp16" / "handshakes.json"


class Wire:
    """A socket as a charge point has it: what it writes is what was recorded."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def to(cls, edge: Edge) -> Wire:
        return cls(*await asyncio.open_connection("127.0.0.1", edge.port))

    async def asks(self, head: list[str]) -> tuple[int, dict[str, str]]:
        """Send a request; the status and the headers of the answer."""
        self._writer.write("".join(f"{line}\r\n" for line in [*head, ""]).encode())
        async with asyncio.timeout(5):
            answer = (await self._reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        headers = (line.partition(":") for line in answer[1:] if line)
        return int(answer[0].split()[1]), {name.lower(): v.strip() for name, _, v in headers}

    async def says(self, call: list[Any]) -> Any:
        """Send a call; its answer."""
        text = json.dumps([2, "1", *call]).encode()
        self._writer.write(bytes(Frame(Opcode.TEXT, text).serialize(mask=True)))
        opcode, body = await self._frame()
        assert opcode is Opcode.TEXT, body
        return json.loads(body)

    async def is_closed(self) -> bytes:
        """By the other side, and what it says about it."""
        opcode, body = await self._frame()
        assert opcode is Opcode.CLOSE
        return body

    async def leaves(self) -> None:
        self._writer.transport.abort()

    async def _frame(self) -> tuple[Opcode, bytes]:
        async with asyncio.timeout(5):
            first, length = await self._reader.readexactly(2)
            if length == 126:
                length = int.from_bytes(await self._reader.readexactly(2))
            return Opcode(first & 0x0F), await self._reader.readexactly(length)


@pytest.mark.parametrize(
    "seen", json.loads(RECORDED.read_text()), ids=lambda seen: seen["quirk"].replace(" ", "_")
)
async def test_a_handshake_of_real_charge_points_leads_to_a_conversation(
    edge: Edge, app: FakeApp, seen: dict[str, Any]
) -> None:
    wires: list[tuple[dict[str, Any], Wire]] = []
    for request in seen["requests"]:
        app.grant = Connected(TENANT, request["asked"]["path"], len(wires) + 1, 300)
        wire = await Wire.to(edge)
        status, headers = await wire.asks(request["head"])
        assert status == 101
        assert headers.get("sec-websocket-protocol") == request["agreed"]
        assert (await wire.says(request["says"]))[:2] == [3, "1"]
        asked = app.connects[-1]
        assert {"path": asked.path, "protocol": asked.protocol} == request["asked"]
        wires.append((request, wire))
        if "leaves_after_s" in request:
            await wire.leaves()
            await until(lambda: app.disconnects)
    for request, wire in wires:
        if request.get("is_replaced"):
            await wire.is_closed()
            await wire.leaves()
    last, wire = wires[-1]
    assert (await wire.says(last["says"]))[:2] == [3, "1"]
    assert edge.connected == 1
    assert [gone.epoch for gone in app.disconnects] == [
        number + 1 for number, (request, _) in enumerate(wires) if "leaves_after_s" in request
    ]
    await wire.leaves()
