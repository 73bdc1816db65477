"""Messages that must arrive wait for the line without holding up everything else."""

import asyncio
from types import SimpleNamespace
from typing import Any, cast

from app.simulator.manners.quirks import Manners
from app.simulator.sockets import Offline
from app.simulator.wire.messages import Message
from app.simulator.wire.outbox import Letter, Outbox


class DeadLine:
    """Still called registered, although its socket has just died."""

    def __init__(self) -> None:
        self.tries = 0

    async def until_registered(self) -> None: ...

    async def ask(self, message: object) -> object:
        self.tries += 1
        raise Offline("the connection has ended")


async def test_a_line_that_just_died_does_not_stop_the_process() -> None:
    line = DeadLine()
    outbox = Outbox(cast(Any, SimpleNamespace(manners=Manners())), cast(Any, line))
    letter = Letter(lambda: Message("Heartbeat", {}))
    outbox.post(letter)
    delivering = asyncio.create_task(outbox.deliver_letters())
    await asyncio.sleep(0.2)
    delivering.cancel()
    assert 1 <= line.tries < 10
    assert letter.tries == 0, "it was never an attempt"
