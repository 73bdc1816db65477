"""Quirks that are deeds of their own rather than twisted messages."""

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from app.simulator.core.pace import timestamp
from app.simulator.manners.quirks import Manners
from app.simulator.sockets import Offline
from app.simulator.wire.dialling import Target, dial
from app.simulator.wire.messages import Reply
from app.simulator.wire.outbox import Letter

if TYPE_CHECKING:
    from app.simulator.device import Device

PROBE_S = 3.0
LEAVES_AFTER_S = 2.0
"""How long after its registration a charger opens a second line."""

READS_CONFIGURATION = frozenset({"GetConfiguration", "GetBaseReport", "GetVariables", "GetReport"})
UNKNOWN_TRANSACTION = 4_711


async def probe(target: Target) -> None:
    """Open the other version's connection for a moment, as some chargers do at first."""
    other = "ocpp2.0.1" if target.subprotocol == "ocpp1.6" else "ocpp1.6"
    with contextlib.suppress(Offline):
        socket = await dial(replace(target, subprotocol=other, manners=Manners()))
        await asyncio.sleep(PROBE_S)
        await socket.close()


def after_boot(device: "Device") -> None:
    """What such a charger does as soon as it was let in."""
    manners = device.parts.manners
    if manners.does("stop-unknown"):
        moment = timestamp(device.parts.now())
        message = device.dialect.stop_unknown(UNKNOWN_TRANSACTION, moment)
        device.outbox.post(Letter(lambda: message))
    if manners.names & {"two-sockets", "half-open"}:
        device.parts.tasks.spawn(_leave(device))


def misbehaves_online(device: "Device", action: str, reply: Reply) -> Reply:
    """What becomes of an answer that was well made."""
    if action in READS_CONFIGURATION and device.parts.manners.does("boot-loop"):

        def then() -> None:
            if reply.deed:
                reply.deed()
            device.reset(hard=True, reason="Watchdog")

        return Reply(reply.payload, then)
    return reply


async def _leave(device: "Device") -> None:
    await asyncio.sleep(device.parts.pace.timer_s(LEAVES_AFTER_S))
    device.uplink.leave(frozen=device.parts.manners.does("half-open"))
