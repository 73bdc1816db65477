"""The border of an HTTP surface: ids, times, traces, and no secret in the story of a defect."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from litestar import Litestar, get
from litestar.params import FromPath

from app.charging.errors import Unavailable
from app.entrypoints.logs import set_up_logging
from app.entrypoints.observing import Observed
from app.telemetry.context import note
from app.telemetry.numbers import Numbers
from tests.support.spans import CAUSE, KeepingTracer

log = logging.getLogger("app.somewhere")
TOKEN = "t1.s1.abcdefghijklmnopqrstuvwx23"


class Chance:
    def token_bytes(self, count: int) -> bytes:
        return secrets.token_bytes(count)

    def below(self, limit: int) -> int:
        return secrets.randbelow(limit)


@get("/s/{token:str}")
async def page(token: FromPath[str]) -> str:
    note(tenant="t1", session="s1")
    log.warning("a page is made")
    return "a page"


@get("/broken/{token:str}")
async def broken(token: FromPath[str]) -> str:
    try:
        raise ValueError(f"nothing at https://strom.example/s/{token}?k1={secrets.token_hex()}")
    except ValueError as error:
        raise Unavailable("not now") from error


def surface(**more: Any) -> tuple[Observed, Numbers, KeepingTracer]:
    app = Litestar([page, broken], openapi_config=None, logging_config=None)
    numbers, tracer = Numbers(), KeepingTracer()
    return Observed(app, "public", Chance(), tracer, numbers, **more), numbers, tracer


async def asks(app: Observed, path: str, **headers: str) -> httpx.Response:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://strom") as client:
        return await client.get(path, headers=headers)


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_each_line_of_a_request_says_whom_it_is_about(
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_up_logging("DEBUG")
    app, _, tracer = surface()
    answer = await asks(app, f"/s/{TOKEN}")
    told = map(json.loads, capsys.readouterr().err.splitlines())
    [line] = [each for each in told if each["message"] == "a page is made"]
    assert line["request"] == answer.headers["x-request-id"]
    assert (line["tenant"], line["session"]) == ("t1", "s1")
    assert line["trace"] == tracer.spans[0].traceparent[3:35]


@pytest.mark.parametrize(
    ("told", "is_taken"),
    [
        ("0f8fad5b-d9cb-469f-a165-70867728950e", True),
        ("short", False),
        ("x" * 65, False),
        ('with"quotes{and}\\n', False),
    ],
)
async def test_an_id_of_the_proxy_is_taken_where_it_is_well_formed(
    told: str, is_taken: bool
) -> None:
    app, *_ = surface()
    answer = await asks(app, "/s/x", **{"x-request-id": told})
    assert (answer.headers["x-request-id"] == told) is is_taken
    assert len(answer.headers.get_list("x-request-id")) == 1


async def test_a_request_begins_a_trace_that_names_no_path() -> None:
    app, numbers, tracer = surface()
    await asks(app, f"/s/{TOKEN}", traceparent=CAUSE)
    await asks(app, "/static/app.css")
    await asks(app, f"/elsewhere/{TOKEN}")
    first, second = tracer.spans
    assert (first.name, first.parent, first.kind) == ("GET /s/{token}", "", "server")
    assert first.attributes["strom.session"] == "s1"
    assert first.attributes["http.response.status_code"] == 200
    assert (second.name, second.attributes["http.response.status_code"]) == ("GET", 404)
    assert TOKEN not in str(tracer.spans)
    assert 'status="4xx"} 2' in numbers.report()


async def test_only_our_own_edge_has_its_traces_go_on() -> None:
    app, _, tracer = surface(is_internal=True)
    await asks(app, "/s/x")
    await asks(app, "/s/x", traceparent="nonsense")
    assert tracer.spans == []
    await asks(app, "/s/x", traceparent=CAUSE)
    assert [span.parent for span in tracer.spans] == [CAUSE]


async def test_the_story_of_a_defect_has_no_secret_in_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What uvicorn and Mangum do with an error that nobody has caught."""
    set_up_logging("DEBUG")
    app, _, tracer = surface()

    async def lets_it_through(scope: Any, receive: Any, send: Any) -> None:
        raise ValueError(f"nothing at https://strom.example/s/{TOKEN}?k1={'0f' * 32}")

    defect = Observed(lets_it_through, "public", app.chance, tracer, app.numbers)
    for logger in ("uvicorn.error", "mangum.http"):
        try:
            await defect({"type": "http", "headers": [], "path": f"/s/{TOKEN}", "method": "GET",
                          "scheme": "https"}, None, None)  # fmt: skip
        except ValueError:
            logging.getLogger(logger).exception("Exception in ASGI application")
    answer = await asks(app, f"/broken/{TOKEN}")
    assert answer.status_code == 500
    told = capsys.readouterr().err
    assert told.count("ValueError") >= 2
    assert TOKEN.rpartition(".")[2] not in told
    assert "0f" * 32 not in told
    assert tracer.spans[-1].failed == "500"
    assert TOKEN not in str(tracer.spans)
