"""What real charge points do, frame by frame, through the edge and the app to the session.

``tests/recordings/ocpp16/quirks.json``, and ``ocpp201``: each habit with the frames that show it,
the answers it must get, and what must become of the session that was paid for. Handshakes, sockets
and times are in `test_recorded_handshakes`, `test_recorded_calls` and `test_times`.
"""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from app.charging.errors import Unavailable
from app.charging.session import Session
from app.ocpp_edge.app_client import HttpAppClient
from app.ocpp_edge.fleet.metrics import Metrics
from tests.charge_points.world import World
from tests.flow.system import SESSION, TENANT
from tests.ocpp_edge.harness import Bay

RECORDINGS = Path(__file__).parent.parent / "recordings"


def recorded(folder: str) -> list[dict[str, Any]]:
    quirks: list[dict[str, Any]] = json.loads((RECORDINGS / folder / "quirks.json").read_text())
    return quirks


QUIRKS = recorded("ocpp16")
PROTOCOLS = [("ocpp1.6", quirk) for quirk in QUIRKS]
PROTOCOLS += [("ocpp2.0.1", quirk) for quirk in recorded("ocpp201")]


class Station:
    """A charge point at a paid connector, its edge, and the whole app behind it."""

    def __init__(self, world: World, protocol: str = "ocpp1.6") -> None:
        self.world = world
        self.protocol = protocol
        client = HttpAppClient(world.http, timeout_s=30, metrics=Metrics(Counter()))
        self.bay = Bay(client, protocol)  # type: ignore[arg-type]  # the real one in the fake's place
        self.transaction = 0
        self.remote_start = 0

    async def comes(self) -> Station:
        """It has connected, a driver has paid, and it has accepted the start."""
        await self.world.furnish()
        await self.connects()
        await self.world.pay()
        [command] = await self.world.commanded()
        self.bay.commands.deliver(command, self.bay.charger)
        while calls := self.bay.calls():  # its configuration, then the start
            self.remote_start = calls[0][3].get("remoteStartId", self.remote_start)
            self.bay.answers(calls[0], status="Accepted")
            await self.settles()
        return self

    async def connects(self) -> None:
        """Once more, where it was connected before."""
        grant = await self.world.connect(protocol=self.protocol)
        self.bay.clock.at = self.world.clock.now()
        self.bay.drops()
        self.bay.connects(grant)
        self.bay.says("Heartbeat")

    async def says(self, action: str, payload: dict[str, Any], after_s: float) -> dict[str, Any]:
        """Send a call and return its answer; fails when it gets an error, or none."""
        self.world.clock.pass_s(after_s)
        self.bay.clock.at = self.world.clock.now()
        message_id = self.bay.says(action, **self._filled(payload))
        await self.settles()
        answers = [frame for frame in self.bay.socket.take() if frame[0] != 2]
        mine = [frame for frame in answers if frame[1] == message_id]
        assert [frame[0] for frame in mine] == [3], answers
        found: dict[str, Any] = mine[0][2]
        if action == "StartTransaction":
            self.transaction = found["transactionId"]
        return found

    async def settles(self) -> None:
        """Until the app has been asked all there is to ask."""
        for _ in range(300):
            await asyncio.sleep(0)
        self.bay.alarms.ring()
        for _ in range(300):
            await asyncio.sleep(0)

    async def session(self) -> Session:
        return await self.world.stored()

    def _filled(self, payload: dict[str, Any]) -> dict[str, Any]:
        text = json.dumps(payload).replace('"{TX}"', str(self.transaction))
        text = text.replace('"{REMOTE}"', str(self.remote_start))
        text = text.replace("{TAG}", SESSION.upper()).replace("{tag}", SESSION.lower())
        filled: dict[str, Any] = json.loads(text)
        return filled


def holds(answer: dict[str, Any], wanted: dict[str, Any]) -> bool:
    """Whether an answer has all that is wanted of it."""
    return all(
        holds(answer.get(key, {}), value) if isinstance(value, dict) else answer.get(key) == value
        for key, value in wanted.items()
    )


@pytest.mark.parametrize(
    ("protocol", "quirk"), PROTOCOLS, ids=[f"{protocol} {q['quirk']}" for protocol, q in PROTOCOLS]
)
async def test_a_habit_of_real_charge_points_is_taken_as_it_is_meant(
    protocol: str, quirk: dict[str, Any]
) -> None:
    station = await Station(World(), protocol).comes()
    for frame in quirk["frames"]:
        if frame.get("reconnects"):
            await station.connects()
        if "and" in frame:
            station.bay.says(*frame["and"][:1], **frame["and"][1])
        action, payload = frame["says"]
        answer = await station.says(action, payload, frame.get("after_s", 60))
        assert holds(answer, frame.get("answer", {})), answer
    session, wanted = await station.session(), quirk["session"]
    assert session.phase.value == wanted["phase"]
    if "energy_wh" in wanted:
        assert session.energy_wh == wanted["energy_wh"]
    await station.world.require_books()
    opened = {str(row["pk"]) for row in station.world.tables.rows() if row["sk"] == "SESSION"}
    assert len(opened) == wanted["sessions"]
    counted = station.bay.charger.notes.quality.report().oddities
    assert set(quirk["noticed"]) <= set(counted)


async def test_a_stop_is_answered_only_once_it_is_saved_and_never_with_an_error() -> None:
    """An app that is down: silence, and the charge point sends it again (ocpp-go PR 331)."""
    station = await Station(World()).comes()
    action, payload = QUIRKS[0]["frames"][0]["says"]
    await station.says(action, payload, 0)
    app, station.bay.dispatcher._app = station.bay.dispatcher._app, Down()  # type: ignore[assignment]  # all it is asked
    message_id = station.bay.stops(station.transaction, 3000)
    await station.settles()
    assert [frame for frame in station.bay.socket.take() if frame[1] == message_id] == []
    station.bay.dispatcher._app = app
    again = station.bay.stops(station.transaction, 3000)
    await station.settles()
    assert [frame[:2] for frame in station.bay.socket.take()] == [[3, again]]
    assert (await station.session()).energy_wh == 2000
    assert await station.world.flow.sessions.find(TENANT, SESSION) is not None


class Down:
    """An app that cannot be reached."""

    async def messages(self, _batch: object) -> object:
        raise Unavailable("down")
