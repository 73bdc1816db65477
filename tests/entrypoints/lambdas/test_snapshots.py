"""What a snapshot may not hold: chance that all copies would share, connections long gone."""

from __future__ import annotations

import gc
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from app.bootstrap import Foundation, put_together
from app.bootstrap.foundation import SystemClock
from app.command_bus.in_process import InProcessBus
from app.entrypoints.http import internal_app, lnurl_app, pages_app
from app.entrypoints.lambdas.starting import Started
from app.entrypoints.loops import LocalQueue
from app.envelope import KeyFileEnvelope
from app.settings import Settings, read_settings
from app.storage.memory import MemoryTables
from tests.support.on_aws import Installation


class NoChance:
    """Any use of it is one too many."""

    def token_bytes(self, count: int) -> bytes:
        raise AssertionError("chance was made before the snapshot")

    def below(self, limit: int) -> int:
        raise AssertionError("chance was made before the snapshot")


@pytest.mark.parametrize("app", [lnurl_app, pages_app, internal_app])
async def test_no_chance_is_made_before_the_snapshot(
    tmp_path: Path, app: Callable[..., object]
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
    )
    assert app(put_together(base))


def test_no_connection_is_open_in_the_snapshot(
    installation: Installation, begin: Callable[[Settings], Started]
) -> None:
    before = connections()
    started = begin(installation.settings)
    assert connections() <= before

    started.run(started.strom.tenancy.provider.tenants())  # and it is not that none is ever seen
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
