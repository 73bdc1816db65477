"""A new version comes: one process ends on SIGTERM, another takes its charge points over."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.journeys.chargers import BY_HAND, Charger
from tests.journeys.owners import Owner
from tests.journeys.serving import ServedStrom, assert_log_is_clean
from tests.journeys.waiting import until
from tests.support.servers import HOST, free_port

CHARGERS = 6


@dataclass
class Door:
    """What stands before the processes: new connections go to the one that is named."""

    port: int = field(default_factory=free_port)
    leads_to: int = 0

    async def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there = await asyncio.open_connection(HOST, self.leads_to)
        except OSError:
            writer.close()
            return
        await asyncio.gather(_pass_on(reader, there[1]), _pass_on(there[0], writer))


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
    writer.close()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    door = Door()
    async with await asyncio.start_server(door.take, HOST, door.port):
        yield door


@pytest.fixture
def strom(
    tmp_path_factory: pytest.TempPathFactory, tables: str, door: Door
) -> Iterator[ServedStrom]:
    folder = tmp_path_factory.mktemp(f"restart-{secrets.token_hex(4)}-")
    with running(folder, tables, door) as strom:
        door.leads_to = strom.edge_port
        yield strom
    assert_log_is_clean(strom)


@contextlib.contextmanager
def running(folder: Path, tables: str, door: Door) -> Iterator[ServedStrom]:
    """A process over this folder's keys and table."""
    settings = {"CHARGER_BASE_URL": f"ws://{HOST}:{door.port}", "DRAIN_S": "20"}
    strom = ServedStrom(folder, tables, settings)
    strom.start()
    try:
        yield strom
    finally:
        strom.stop()


async def test_a_charge_goes_on_while_one_process_ends_and_another_takes_over(
    strom: ServedStrom, door: Door, tables: str, owner: Owner
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        chargers = [
            await stack.enter_async_context(await owner.adds_charger(settings=BY_HAND))
            for _ in range(CHARGERS)
        ]
        charging = chargers[0]
        await starts_for_nothing(owner, charging)
        charging.delivers(1_000)
        successor = await asyncio.to_thread(
            stack.enter_context, running(strom.folder, tables, door)
        )
        door.leads_to = successor.edge_port

        assert strom.server is not None
        await asyncio.to_thread(strom.server.stop, 60)
        strom.server = None
        charging.delivers(500)
        owner.http.base_url = httpx.URL(f"{successor.url}/api/v1")

        assert "the edge has stopped" in strom.log
        for charger in chargers:
            await charger.is_seen_as("Charging" if charger is charging else "Available")
        charging.unplugs()
        await charging.has_stopped()
        session = await until(
            lambda: the_session(owner), lambda found: not found["is_open"], "the charge to end"
        )
        assert session["energy_wh"] == 1_500
        assert charging.starts == 1


async def starts_for_nothing(owner: Owner, charger: Charger) -> None:
    """The owner's own use."""
    known = await owner.lists("/charge-points")
    ids = [each["charge_point"]["id"] for each in known]
    [charge_point] = [i for i, each in zip(ids, known, strict=True) if _is(each, charger)]
    path = f"/charge-points/{charge_point}/commands"
    given = await owner.post(path, action="start", connector=1)
    charger.plugs_in()
    await charger.charges()
    outcome = await owner.get(f"{path}/{given['id']}")
    assert (given["kind"], outcome["state"]) == ("start", "accepted")
    assert outcome["session_id"] == (await the_session(owner))["id"]


def _is(known: dict[str, object], charger: Charger) -> bool:
    return charger.identity in str(known["charge_point"])


async def the_session(owner: Owner) -> dict[str, object]:
    [session] = (await owner.get("/sessions"))["sessions"]
    return dict(session)
