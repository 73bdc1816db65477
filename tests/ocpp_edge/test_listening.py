"""A crowd at the door: how many are taken in before the others have their turn."""

import asyncio
import contextlib
import socket
from functools import partial
from typing import cast

import pytest
import uvloop
from websockets.asyncio.server import ServerConnection, serve

from app.ocpp_edge.listening import ACCEPTED_AT_ONCE, Listening, listen

HOST = "127.0.0.1"
CROWD = 3 * ACCEPTED_AT_ONCE


class Door:
    """Counts who came in, by the round of the loop they came in."""

    def __init__(self) -> None:
        self.rounds = 0
        self.came: list[int] = []

    def make_connection(self, *arguments: object, **more: object) -> ServerConnection:
        """One more."""
        self.came.append(self.rounds)
        return ServerConnection(*arguments, **more)  # type: ignore[arg-type]  # handed on

    async def until_all_came(self) -> None:
        """Round after round."""
        while len(self.came) < CROWD:
            self.rounds += 1
            await asyncio.sleep(0)


async def _nothing(_: ServerConnection) -> None:
    """No handshake is made here."""


async def _open(door: Door) -> Listening:
    make = cast(type[ServerConnection], door.make_connection)
    return await listen(partial(serve, _nothing, create_connection=make), HOST, 0)


def _crowd(port: int, stack: contextlib.ExitStack) -> None:
    for _ in range(CROWD):
        stack.enter_context(socket.create_connection((HOST, port)))


@pytest.mark.parametrize("make_loop", [uvloop.new_event_loop, asyncio.new_event_loop])
def test_a_crowd_is_taken_in_within_few_rounds(make_loop: object) -> None:
    async def play() -> None:
        door = Door()
        port = await _open(door)
        with contextlib.ExitStack() as stack:
            _crowd(port.port, stack)
            async with asyncio.timeout(10):
                await door.until_all_came()
        port.close()
        await port.wait_closed()
        fullest = max(door.came.count(number) for number in set(door.came))
        assert fullest >= ACCEPTED_AT_ONCE
        assert len(set(door.came)) <= CROWD // ACCEPTED_AT_ONCE + 1

    with asyncio.Runner(loop_factory=make_loop) as runner:  # type: ignore[arg-type]  # one of two
        runner.run(play())


async def test_a_closed_port_takes_nobody() -> None:
    port = await _open(Door())
    number = port.port
    socket.create_connection((HOST, number)).close()
    port.close()
    await port.wait_closed()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((HOST, number))
