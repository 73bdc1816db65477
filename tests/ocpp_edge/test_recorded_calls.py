"""Who says what when, as real charge points do: ``tests/recordings/ocpp16/calls.json``.

With ``steps``: what becomes of a command when its answer is late, doubled, or comes by another
socket. With ``restarts_on``: a charge point that restarts when it is asked, the whole app behind.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app import operations as op
from app.edge_messages import Command
from tests.charge_points.world import World
from tests.ocpp_edge.harness import CHARGE_POINT, TENANT, Bay
from tests.ocpp_edge.test_recorded_quirks import Station

RECORDED = Path(__file__).parent.parent / "recordings" / "ocpp16" / "calls.json"
SEEN: list[dict[str, Any]] = json.loads(RECORDED.read_text())
TOLD: dict[str, op.ChargerOperation] = {"start": op.Start(1, "tag"), "reset": op.Reset()}


def named(some: list[dict[str, Any]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("seen", some, ids=[one["quirk"] for one in some])


@named([one for one in SEEN if "steps" in one])
async def test_what_becomes_of_a_command(seen: dict[str, Any]) -> None:
    bay = Bay()
    bay.says("Heartbeat")
    bay.commands.deliver(Command("c", TENANT, CHARGE_POINT, TOLD[seen["told"]]), bay.charger)
    call: list[Any] = []
    for step in seen["steps"]:
        await bay.passes(step.get("after_s", 0))
        if "hears" in step:
            (call,) = bay.calls(step["hears"])
        elif "says" in step:
            message_id = bay.says(step["says"][0], **step["says"][1])
            await bay.settles()
            (answer,) = bay.socket.take()
            assert answer[:2] == [3, message_id]
        elif "reconnects" in step:
            bay.drops()
            bay.connects()
            bay.says("Heartbeat")
        elif "frame" in step:
            bay.sends(step["frame"].replace("{ID}", call[1]))
        else:
            bay.answers(call, **step["answers"])
        await bay.settles()
    assert [outcome for _, _, outcome in bay.app.outcomes] == seen["outcomes"]
    assert set(bay.charger.notes.quality.report().oddities) == set(seen["noticed"])
    await bay.passes(1)
    assert bay.says("Heartbeat") in [frame[1] for frame in bay.socket.take()], "it is still there"


@named([one for one in SEEN if "restarts_on" in one])
async def test_one_that_restarts_when_it_is_asked_comes_to_rest(seen: dict[str, Any]) -> None:
    """It is asked again another day, and not at every boot."""
    station = Station(World())
    await station.world.furnish()
    asked: Counter[str] = Counter()
    for _ in range(seen["boots"]):
        station.world.clock.pass_s(seen["every_s"])
        await station.connects()
        station.bay.says("BootNotification", **seen["boot"])
        await station.settles()
        if await _restarts(station, seen, asked):
            continue
        for command in await station.world.commanded():
            station.bay.commands.deliver(command, station.bay.charger)
        await _restarts(station, seen, asked)
    for action, most in seen["most"].items():
        assert 0 < asked[action] <= most, asked
    before = sum(asked.values())
    await station.connects()
    assert not await _restarts(station, seen, asked), "it has come to rest"
    assert sum(asked.values()) == before


async def _restarts(station: Station, seen: dict[str, Any], asked: Counter[str]) -> bool:
    """Answer what it is asked, up to what makes it restart."""
    while calls := station.bay.calls():
        asked[calls[0][2]] += 1
        restarts = calls[0][2] in seen["restarts_on"]
        if not restarts or seen.get("answers_first"):
            station.bay.answers(calls[0], status="Accepted")
            await station.settles()
        if restarts:
            return True
    return False
