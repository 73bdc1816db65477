"""What is reachable from where."""

import secrets
import warnings
from decimal import Decimal
from pathlib import Path
from typing import get_args

import httpx
import pytest
from litestar import Litestar
from litestar.exceptions import LitestarDeprecationWarning

from app.bootstrap.composition import Strom, put_together
from app.bootstrap.foundation import Foundation, SystemChance, SystemClock
from app.charging.effects import Effect
from app.command_bus.in_process import InProcessBus
from app.entrypoints.http.internal import internal_app
from app.entrypoints.http.public import public_app
from app.entrypoints.loops import LocalQueue
from app.envelope import KeyFileEnvelope
from app.settings import read_settings
from app.storage.memory import MemoryTables


@pytest.fixture
async def strom(tmp_path: Path) -> Strom:
    settings = read_settings(
        data_dir=tmp_path, fixed_rates={"EUR": Decimal(1_000_000)}, allow_private_hosts=True
    )
    return put_together(
        Foundation(
            settings=settings,
            tables=MemoryTables(),
            clock=SystemClock(),
            chance=SystemChance(),
            bus=InProcessBus(),
            queue=LocalQueue(),
            http=httpx.AsyncClient(),
            server_key=secrets.token_bytes(32),
            envelope=KeyFileEnvelope(tmp_path / "master.key"),
        )
    )


def paths(app: Litestar) -> set[str]:
    return {route.path for route in app.routes}


async def test_the_public_surface_has_no_internal_route(strom: Strom) -> None:
    public, internal = paths(public_app(strom)), paths(internal_app(strom.internal))
    assert internal
    assert all(path.startswith("/internal/") for path in internal)
    assert not [path for path in public if "internal" in path]


async def test_an_internal_route_asked_for_in_public_is_not_there(strom: Strom) -> None:
    transport = httpx.ASGITransport(app=public_app(strom))  # type: ignore[arg-type]  # ASGI
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        for path in paths(internal_app(strom.internal)):
            assert (await client.post(path, json={})).status_code == 404


async def test_the_surface_of_wallets_and_drivers_is_whole(strom: Strom) -> None:
    public = paths(public_app(strom))
    wanted = ("/.well-known/lnurlp/", "/lnurl/pay/", "/lnurl/withdraw/", "/hooks/wallet/")
    for start in (*wanted, "/c/", "/s/", "/sign-in", "/api/v1/", "/sandbox/"):
        assert any(path.startswith(start) for path in public), start


async def test_whatever_a_session_may_owe_has_somebody_to_do_it(strom: Strom) -> None:
    assert set(get_args(Effect)) == set(strom.flow.performers)


async def test_no_surface_is_built_in_a_way_that_litestar_gives_up(strom: Strom) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error", LitestarDeprecationWarning)
        public_app(strom)
        internal_app(strom.internal)
