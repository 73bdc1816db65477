"""Getting, renewing and not getting a certificate, from Let's Encrypt's own test server."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
import uvicorn
from cryptography import x509

from app.acme_client.door import Door
from app.acme_client.keeper import AcmeKeeper, prepare, standing
from app.acme_client.kept import Kept
from app.acme_client.settings import AcmeSettings
from app.acme_client.timing import FIRST_PAUSE
from app.entrypoints.web_server import serving
from tests.support.pebble import Pebble, pebble
from tests.support.servers import HOST, free_port

NAMES = ("strom.example", "charge.strom.example")
LIFE = timedelta(days=90)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pebble]:
    folder = tmp_path_factory.mktemp("pebble")
    lasting = int(LIFE.total_seconds())
    with pebble(folder, certificates_last_s=lasting, reused_percent=0) as made:
        yield made


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library waits a second before it looks whether a certificate is there."""
    quickly = SimpleNamespace(sleep=lambda seconds: time.sleep(min(seconds, 0.05)))
    monkeypatch.setattr("acme.client.time", quickly)


@dataclass
class Ahead:
    """A clock that runs so much before this machine's; nothing is waited for."""

    by: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.by

    async def sleep(self, seconds: float) -> None:
        raise AssertionError(f"would sleep {seconds} s")


class Even:
    def token_bytes(self, count: int) -> bytes:
        return b"0" * count

    def below(self, limit: int) -> int:
        return 0


@dataclass
class World:
    """A Strom that wants a certificate; its door opens and closes."""

    settings: AcmeSettings
    door_port: int
    door: Door = field(default_factory=lambda: Door("https://strom.example"))
    clock: Ahead = field(default_factory=Ahead)
    shown: list[int] = field(default_factory=list)
    """The serial number, each time that somebody was to look."""

    def starts(self) -> AcmeKeeper:
        return AcmeKeeper(self.settings, self.door.answers, self.clock, Even(), [self._look])

    def serial(self) -> int:
        pem = Kept(self.settings.folder).file.read_bytes()
        return x509.load_pem_x509_certificate(pem).serial_number

    def wrong(self) -> str:
        return standing(self.settings).wrong(self.clock.now())

    @contextlib.asynccontextmanager
    async def reachable(self) -> AsyncIterator[None]:
        config = uvicorn.Config(
            self.door, host=HOST, port=self.door_port, log_config=None, lifespan="off"
        )
        async with serving(config):
            yield

    def _look(self) -> None:
        self.shown.append(self.serial())


@pytest.fixture
def world(authority: Pebble, tmp_path: Path) -> World:
    settings = AcmeSettings(
        names=NAMES,
        folder=tmp_path / "acme",
        directory_url=authority.directory_url,
        email="you@strom.example",
        roots_file=authority.roots_file,
    )
    return World(settings, authority.http_port)


async def test_the_first_comes_at_once_and_the_next_at_two_thirds_of_its_life(
    world: World,
) -> None:
    keeper = world.starts()
    prepare(world.settings, world.clock.now())
    async with world.reachable():
        assert await keeper.step() == 0
        first = world.serial()
        assert world.shown == [first]
        assert standing(world.settings).names == NAMES
        assert world.wrong() == ""
        assert world.door.answers == {}

        assert LIFE * 2 / 3 - timedelta(hours=1) < timedelta(seconds=await keeper.step())
        restarted = world.starts()
        assert await restarted.step() > 0, "what is kept is taken into use again"
        world.clock.by = LIFE * 2 / 3 - timedelta(hours=1)
        assert 0 < await restarted.step() < 7200
        assert world.serial() == first

        account = (world.settings.folder / "account.pem").read_bytes()
        world.clock.by = LIFE * 2 / 3 + timedelta(hours=1)
        assert await restarted.step() == 0
        assert world.shown == [first, world.serial()]
        assert world.serial() != first
        assert (world.settings.folder / "account.pem").read_bytes() == account


async def test_nobody_gets_through_and_then_somebody_mends_it(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = world.starts()
    prepare(world.settings, world.clock.now())
    with caplog.at_level(logging.WARNING):
        pause = timedelta(seconds=await keeper.step())
    assert FIRST_PAUSE <= pause <= FIRST_PAUSE * 1.1
    [line] = [record.getMessage() for record in caplog.records]
    assert "has not come yet: charge.strom.example: " in line
    assert "refused (pass port 80 of your router on to STROM_ACME_HTTP_PORT" in line
    assert "\n" not in line
    assert world.wrong() in line
    assert standing(world.settings).failures == 1
    assert Kept(world.settings.folder).shown() is not None, "something is shown all the while"

    assert await keeper.step() > 800, "not before the pause is over"
    async with world.reachable():
        assert await world.starts().step() == 0, "whoever starts it again has mended something"
    assert world.wrong() == ""
    assert standing(world.settings).failures == 0


async def test_renewing_in_vain_leaves_the_one_that_is_shown(world: World) -> None:
    async with world.reachable():
        await world.starts().step()
    first = world.serial()
    world.clock.by = LIFE * 3 / 4
    keeper = world.starts()
    assert await keeper.step() > 800
    assert world.serial() == first
    assert "could not be renewed: " in world.wrong()
    world.clock.by = LIFE + timedelta(days=1)
    assert "has ended on " in world.wrong()
    async with world.reachable():
        assert await keeper.step() == 0
    assert world.serial() != first


async def test_other_names_and_another_authority_want_another_certificate(world: World) -> None:
    async with world.reachable():
        await world.starts().step()
        first = world.serial()
        world.settings = replace(world.settings, names=("strom.example",))
        assert await world.starts().step() == 0
        second = world.serial()
        assert second != first
    world.settings = replace(world.settings, directory_url=f"https://{HOST}:{free_port()}/dir")
    assert await world.starts().step() > 800
    problem = standing(world.settings).problem
    assert problem.startswith(f"{world.settings.directory_url} cannot be reached (")
    assert problem.endswith("Connection refused)")
    assert world.serial() == second


async def test_an_authority_that_nobody_vouches_for_is_not_asked(world: World) -> None:
    world.settings = replace(world.settings, roots_file="")
    assert await world.starts().step() > 800
    assert "certificate verify failed" in standing(world.settings).problem


async def test_a_full_disk_is_told_before_anything_is_ordered(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "/data/acme/attempts.json")

    keeper = world.starts()
    monkeypatch.setattr(Kept, "remember", full)
    with caplog.at_level(logging.WARNING):
        assert await keeper.step() > 800
    assert "/data/acme/attempts.json: no space left on device" in caplog.text
    assert not (world.settings.folder / "account.pem").exists(), "nobody was asked"


async def test_who_stops_does_not_wait_for_an_answer(world: World, tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, HOST, 0)
    port = server.sockets[0].getsockname()[1]
    world.settings = replace(world.settings, directory_url=f"https://{HOST}:{port}/dir")
    task = asyncio.create_task(world.starts().run())
    async with server, asyncio.timeout(10):
        await asked.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert standing(world.settings).problem == "it was cut off"
