"""Logs are one line an event and hold no secret."""

import json
import logging
from collections.abc import Iterator

import httpx
import pytest

from app.entrypoints.logs import JsonLines, set_up_logging


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


async def test_urls_that_we_call_are_not_logged(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logging("DEBUG")
    transport = httpx.MockTransport(lambda _request: httpx.Response(200))
    async with httpx.AsyncClient(transport=transport) as client:
        await client.get("https://wallet.example/hooks/secret-in-the-path?k1=secret-too")
    assert "secret" not in capsys.readouterr().err


def test_a_record_is_one_json_line_with_its_extras() -> None:
    record = logging.makeLogRecord(
        {"name": "app", "levelname": "INFO", "msg": "paid %s", "args": (5,), "tenant": "t1"}
    )
    line = JsonLines().format(record)
    assert "\n" not in line
    fields = json.loads(line)
    assert (fields["message"], fields["level"], fields["tenant"]) == ("paid 5", "info", "t1")
