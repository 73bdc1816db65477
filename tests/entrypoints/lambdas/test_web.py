"""HTTP surfaces behind Lambda's events: who is let through the front, which routes are there."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from litestar import Litestar, Request, get

from app.bootstrap.composition import put_together
from app.bootstrap.internal import internal_alone
from app.bootstrap.lnurl import lnurl_alone
from app.bootstrap.portal import portal_alone
from app.entrypoints.http.internal import internal_app
from app.entrypoints.http.lnurl import lnurl_app
from app.entrypoints.http.portal import pages_app
from app.entrypoints.http.public import public_app
from app.entrypoints.lambdas.starting import Started
from app.entrypoints.lambdas.web import FRONT, HOST, VIEWER, Front, web_handler
from app.settings import Settings, SettingsError
from tests.support.on_aws import FRONT_KEY, Installation, http_event

Begin = Callable[[Settings], Started]


def paths(app: Litestar) -> set[str]:
    return {route.path for route in app.routes}


@pytest.fixture
def started(installation: Installation, begin: Begin) -> Started:
    return begin(installation.settings_with(perform_function="perform:live"))


def test_an_address_is_answered_through_the_front_alone(started: Started) -> None:
    handler = web_handler(
        started, lnurl_app(lnurl_alone(started.common)), Front(FRONT_KEY), "lnurl"
    )
    path = "/.well-known/lnurlp/nobody"

    through = handler(http_event("GET", path, headers={FRONT: FRONT_KEY}), None)
    assert through["statusCode"] == 200
    assert json.loads(through["body"])["status"] == "ERROR"

    for headers in ({}, {FRONT: ""}, {FRONT: FRONT_KEY[:-1]}, {FRONT: "é"}):
        refused = handler(http_event("GET", path, headers=headers), None)
        assert refused["statusCode"] == 403


def test_host_and_visitor_are_those_that_the_front_tells(started: Started) -> None:
    @get("/who")
    async def who(request: Request[Any, Any, Any]) -> dict[str, str]:
        assert request.client is not None
        told = {name: request.headers.get(name, "-") for name in ("host", FRONT, HOST, VIEWER)}
        return {"from": request.client.host, **told}

    handler = web_handler(started, Litestar([who], logging_config=None), Front(FRONT_KEY), "lnurl")
    for viewer in ("198.51.100.7", "2001:db8::7"):
        headers = {FRONT: FRONT_KEY, HOST: "pay.acme.example", VIEWER: viewer}
        seen = json.loads(handler(http_event("GET", "/who", headers=headers), None)["body"])
        assert seen == {
            "from": viewer,
            "host": "pay.acme.example",
            FRONT: "-",
            HOST: "-",
            VIEWER: "-",
        }


def test_no_path_is_logged(started: Started, capfd: pytest.CaptureFixture[str]) -> None:
    """Paths carry tokens of sessions and k1."""
    handler = web_handler(
        started, lnurl_app(lnurl_alone(started.common)), Front(FRONT_KEY), "lnurl"
    )
    for status in (200, 404):
        handler(
            http_event("GET", f"/lnurl/withdraw/secret-{status}", headers={FRONT: FRONT_KEY}), None
        )
    said = capfd.readouterr()
    assert "secret-" not in said.err + said.out


def test_edges_are_answered_without_a_front(started: Started) -> None:
    handler = web_handler(
        started, internal_app(internal_alone(started.common)), Front(""), "internal"
    )
    event = http_event(
        "POST", "/internal/trust", headers={"content-type": "application/json"}, body="{}"
    )
    answer = handler(event, None)
    assert answer["statusCode"] == 200
    assert "roots_pem" in json.loads(answer["body"])


def test_together_the_surfaces_are_the_public_one_and_none_has_anothers_routes(
    started: Started,
) -> None:
    lnurl = paths(lnurl_app(lnurl_alone(started.common)))
    pages = paths(pages_app(portal_alone(started.common)))
    internal = paths(internal_app(internal_alone(started.common)))
    assert lnurl | pages == paths(public_app(put_together(started.common.base)))
    assert not lnurl & pages
    assert not internal & (lnurl | pages)
    assert all(
        path.startswith(("/lnurl", "/.well-known/lnurlp/", "/hooks/wallet/")) for path in lnurl
    )


@pytest.mark.parametrize("name", ["kms_key", "server_key_secret", "perform_queue_url"])
def test_a_missing_setting_stops_the_start_and_is_named(
    installation: Installation, begin: Begin, name: str
) -> None:
    with pytest.raises(SettingsError, match=f"STROM_{name.upper()}"):
        begin(installation.settings_with(**{name: ""}))
