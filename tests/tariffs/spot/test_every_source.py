"""What every price source is held to, whatever it is answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import pairwise

import httpx
import pytest

from app.charging.errors import Unavailable
from app.tariffs.asking import MOST_BYTES
from app.tariffs.spot.port import Days
from tests.support.tenancy import SetClock
from tests.tariffs.spot.support import (
    EVERY,
    MIDNIGHT,
    NEXT_MIDNIGHT,
    Recorded,
    answering,
    recording,
)

NONSENSE = [
    (503, "{}"),
    (401, '{"errors":[{"message":"invalid token"}]}'),
    (302, ""),
    (200, ""),
    (200, "<html>"),
    (200, "<html><body>down for maintenance</body></html>"),
    (200, "[]"),
    (200, "null"),
    (200, "7"),
    (200, "{}"),
    (200, '{"data":null}'),
    (200, '{"data":[]}'),
    (200, '{"results":[]}'),
    (200, '{"unix_seconds":[],"price":[],"unit":"EUR / MWh"}'),
    (200, "[" * 100_000),
    (200, "<a>" * 10_000),
]


@pytest.mark.parametrize("source", EVERY, ids=str)
async def test_a_series_is_in_order_and_says_where_it_is_from(source: Recorded) -> None:
    http, _ = answering(*map(recording, source.bodies))
    made = source.make(http, SetClock())
    series = await made.fetch(MIDNIGHT, NEXT_MIDNIGHT)
    assert (series.source, series.currency) == (made.name, made.currency)
    assert series.fetched_at == SetClock().now()
    assert len(series.slots) == source.slots
    assert {slot.ends - slot.begins for slot in series.slots} == {source.length}
    assert {slot.begins.tzinfo for slot in series.slots} == {UTC}
    assert all(before.ends == after.begins for before, after in pairwise(series.slots))
    assert series.notes == ()
    if isinstance(made.rhythm, Days):
        local = series.slots[0].begins.astimezone(made.rhythm.zone)
        assert local.replace(tzinfo=None) == datetime(2026, 3, 1)


@pytest.mark.parametrize("source", EVERY, ids=str)
@pytest.mark.parametrize(("status", "body"), NONSENSE)
async def test_nonsense_is_unavailable(source: Recorded, status: int, body: str) -> None:
    http, _ = answering(body, status=status)
    with pytest.raises(Unavailable) as refusal:
        await source.make(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)
    assert "s3cret" not in refusal.value.message


@pytest.mark.parametrize("source", EVERY, ids=str)
async def test_a_price_that_cannot_be_is_refused(source: Recorded) -> None:
    wrong = {
        "entsoe": (">84.91<", [">849100<", ">NaN<", "><"]),
        "awattar": ('"marketprice": 84.12', ['"marketprice": 84120', '"marketprice": NaN']),
        "energy_charts": ('"price": [80.97', ['"price": ["n/a"', '"price": [true']),
        "tibber": ('"total": 0.2749', ['"total": 274.9', '"total": [0.2]']),
        "octopus": (
            '"value_inc_vat": 18.942',
            ['"value_inc_vat": -Infinity', '"value_inc_vat": {}'],
        ),
        "json_list": ('"ct": 28.412', ['"ct": "28,412"', '"ct": "1E+99999999"']),
        "json_now": ('"price": 0.2871', ['"price": "dear"', '"price": 28.71', '"price": null']),
    }
    bodies = [recording(name) for name in source.bodies]
    found, replacements = wrong[str(source)]
    assert any(found in body for body in bodies)
    for replacement in replacements:
        http, _ = answering(*(body.replace(found, replacement) for body in bodies))
        with pytest.raises(Unavailable):
            await source.make(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)


@pytest.mark.parametrize("source", EVERY, ids=str)
async def test_a_dead_network_is_unavailable(source: Recorded) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route", request=request)

    http = httpx.AsyncClient(transport=httpx.MockTransport(refuse))
    with pytest.raises(Unavailable, match="could not be asked"):
        await source.make(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)


@pytest.mark.parametrize("source", EVERY, ids=str)
async def test_an_endless_answer_is_cut_off(source: Recorded) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 65_536
            yield b" " * 65_536

    http = httpx.AsyncClient(
        transport=httpx.MockTransport(lambda _: httpx.Response(200, content=endless()))
    )
    with pytest.raises(Unavailable, match="far too much"):
        await source.make(http, SetClock()).fetch(MIDNIGHT, NEXT_MIDNIGHT)
    assert read < 2 * MOST_BYTES


@pytest.mark.parametrize("source", EVERY, ids=str)
def test_a_source_shows_no_secret(source: Recorded) -> None:
    assert "s3cret" not in repr(source.make(answering("")[0], SetClock()))
