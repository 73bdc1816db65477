"""What a snapshot may not hold: chance that all copies would share, connections long gone."""

from __future__ import annotations

import gc
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from app.bootstrap.common import Common, common_parts
from app.bootstrap.foundation import Foundation, SystemClock
from app.bootstrap.internal import internal_alone
from app.bootstrap.lnurl import lnurl_alone
from app.bootstrap.perform import perform_alone
from app.bootstrap.portal import portal_alone
from app.command_bus.in_process import InProcessBus
from app.entrypoints.http.internal import internal_app
from app.entrypoints.http.lnurl import lnurl_app
from app.entrypoints.http.portal import pages_app
from app.entrypoints.lambdas.starting import Started
from app.entrypoints.loops import LocalQueue
from app.envelope import KeyFileEnvelope
from app.records.directory import ADDRESS
from app.settings import Settings, read_settings
from app.storage.memory import MemoryTables
from tests.support.on_aws import Installation


class NoChance:
    """Any use of it is one too many."""

    def token_bytes(self, count: int) -> bytes:
        raise AssertionError("chance was made before the snapshot")

    def below(self, limit: int) -> int:
        raise AssertionError("chance was made before the snapshot")


async def asks_nobody(_: bytes) -> bytes:
    raise AssertionError("a wallet was asked before the snapshot")


@pytest.mark.parametrize(
    "made",
    [
        lambda common: lnurl_app(lnurl_alone(common)),
        lambda common: pages_app(portal_alone(common)),
        lambda common: internal_app(internal_alone(common)),
        perform_alone,
    ],
)
async def test_no_chance_is_made_before_the_snapshot(
    tmp_path: Path, made: Callable[[Common], object]
) -> None:
    base = Foundation(
        settings=read_settings(data_dir=tmp_path, fixed_rates={"EUR": 1_000_000}),
        tables=MemoryTables(),
        clock=SystemClock(),
        chance=NoChance(),
        bus=InProcessBus(),
        queue=LocalQueue(),
        http=httpx.AsyncClient(),
        server_key=secrets.token_bytes(32),
        envelope=KeyFileEnvelope(tmp_path / "master.key"),
        asks_wallets=asks_nobody,
    )
    assert made(common_parts(base))


def test_no_connection_is_open_in_the_snapshot(
    installation: Installation, begin: Callable[[Settings], Started]
) -> None:
    before = connections()
    started = begin(installation.settings)
    assert connections() <= before

    started.run(started.common.directory.find(ADDRESS, "nobody@strom.example"))
    # and it is not that none is ever seen
    assert connections() - before


def connections() -> set[int]:
    """Sockets of this process that are connected to somebody far away."""
    gc.collect()
    found = set()
    for each in gc.get_objects():
        if isinstance(each, socket.socket) and each.fileno() >= 0:
            try:
                each.getpeername()
            except OSError:
                continue
            if each.family in (socket.AF_INET, socket.AF_INET6):
                found.add(id(each))
    return found
