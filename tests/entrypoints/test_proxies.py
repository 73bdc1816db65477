"""Who asks is who the connection comes from, unless a proxy of ours says for whom it asks."""

from __future__ import annotations

from typing import Any

import pytest

from app.bootstrap.composition import Strom
from app.entrypoints.web_server import _config
from tests.entrypoints.test_surfaces import strom as strom  # the fixture

CLAIMED = "203.0.113.9"


async def seen(strom: Strom, monkeypatch: pytest.MonkeyPatch, proxies: str, peer: str) -> str:
    """The address that the app is told, of a request that claims another."""
    told: list[str] = []

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        told.append(scope["client"][0])

    monkeypatch.setattr("app.entrypoints.web_server.public_app", lambda _: app)
    settings = strom.foundation.settings.changed(trusted_proxies=proxies)
    object.__setattr__(strom.foundation, "settings", settings)
    served: Any = _config(strom).loaded_app
    scope = {
        "type": "http",
        "scheme": "http",
        "client": (peer, 1),
        "headers": [(b"x-forwarded-for", CLAIMED.encode()), (b"x-forwarded-proto", b"https")],
    }
    await served(scope, None, None)
    return told[0]


@pytest.mark.parametrize(
    ("proxies", "peer", "wanted"),
    [
        ("", "172.31.87.2", "172.31.87.2"),
        ("", "127.0.0.1", "127.0.0.1"),
        ("172.31.87.0/24", "172.31.87.2", CLAIMED),
        ("172.31.87.0/24", "198.51.100.7", "198.51.100.7"),
        ("127.0.0.1,10.21.0.0/16", "10.21.0.4", CLAIMED),
    ],
)
async def test_only_our_proxies_are_believed(
    strom: Strom, monkeypatch: pytest.MonkeyPatch, proxies: str, peer: str, wanted: str
) -> None:
    assert await seen(strom, monkeypatch, proxies, peer) == wanted
