"""An owner's sources, over real connections: kept, tried, asked, and led nowhere inside."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal

import pytest

from app.charging.errors import BadInput, Conflict, NotFound, Unavailable
from app.charging.ports import Put
from app.charging.pricing.spot import SpotRule
from app.envelope import DataKeyEnvelope
from app.outbound import OutboundPolicy
from app.outbound.client import guarded_client
from app.records.drafts import TariffDraft
from app.records.spot_sources import JsonPaths, SpotSourceDraft, SpotSourceSettings
from app.storage.memory import MemoryTables
from app.tariffs.owned import OwnedTariffs
from app.tariffs.spot.prices import SpotPrices
from app.tariffs.spot.sources import MOST_SOURCES, SpotSources
from tests.support.envelopes import PlainWrapping
from tests.support.tenancy import SeededChance, SetClock
from tests.tariffs.spot.support import HOUR, recording

A, B = "aaaaaaaaaaaa", "bbbbbbbbbbbb"
AT_HOME = OutboundPolicy(allow_private_hosts=True)
HOSTED = OutboundPolicy()
PATHS = JsonPaths("ct", "contract.prices", "when", factor=Decimal("0.01"))


@dataclass
class Web:
    """A web server on loopback that answers everyone alike and keeps what it was asked."""

    port: int = 0
    body: str = ""
    status: str = "200 OK"
    more: str = ""
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/prices"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        head = f"HTTP/1.1 {self.status}\r\nContent-Length: {len(self.body)}\r\n{self.more}"
        writer.write(f"{head}Connection: close\r\n\r\n{self.body}".encode())
        await writer.drain()
        writer.close()


@pytest.fixture
async def web() -> AsyncIterator[Web]:
    made = Web(body=recording("json_list.json"))
    async with await asyncio.start_server(made.answer, "127.0.0.1", 0) as server:
        made.port = server.sockets[0].getsockname()[1]
        yield made


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def tables() -> MemoryTables:
    return MemoryTables()


@asynccontextmanager
async def opened(
    tables: MemoryTables, clock: SetClock, policy: OutboundPolicy
) -> AsyncIterator[SpotSources]:
    http = guarded_client(policy)
    envelope = DataKeyEnvelope(PlainWrapping())
    prices = SpotPrices(tables, clock)
    yield SpotSources(tables, clock, SeededChance(), envelope, http, policy, prices)
    await http.aclose()


@pytest.fixture
async def desk(tables: MemoryTables, clock: SetClock) -> AsyncIterator[SpotSources]:
    async with opened(tables, clock, AT_HOME) as desk:
        yield desk


def draft(url: str, **secrets: str) -> SpotSourceDraft:
    settings = SpotSourceSettings("json", "Europe/Berlin", "EUR", url=url, paths=PATHS)
    named = {name.replace("header_", "header:"): value for name, value in secrets.items()}
    return SpotSourceDraft(" My  contract ", settings, named)


async def test_kept_and_asked(desk: SpotSources, web: Web, clock: SetClock) -> None:
    kept = await desk.add(A, draft(web.url, header_Key="s3cret", query="k=s4cret"))
    assert (kept.name, kept.version) == ("My contract", 1)
    assert kept.secret_names == ("header:Key", "query")
    assert await desk.all(A) == [kept]
    now = clock.now()
    series = await desk.series(A, kept.id, now, now + 2 * HOUR)
    assert series.source == "127.0.0.1"
    assert series.price_at(now) == Decimal("0.19503")  # 13:00 in Berlin
    assert "GET /prices?k=s4cret " in web.asked[0]
    assert "key: s3cret" in web.asked[0].lower()
    await desk.series(A, kept.id, now, now + 2 * HOUR)
    assert len(web.asked) == 1


async def test_secrets_lie_sealed(desk: SpotSources, web: Web, tables: MemoryTables) -> None:
    secret = draft(web.url, header_Key="s3cret", query="k=s4cret")
    assert "s3cret" not in repr(secret)
    kept = await desk.add(A, secret)
    rows = (await tables.tenant(A).query(f"T#{A}#")).items
    stored = repr(rows)
    assert "s3cret" not in stored
    assert "s4cret" not in stored
    # Another tenant cannot open what is copied to it.
    (row,) = rows
    await tables.tenant(B).write([Put({**row, "pk": f"T#{B}#"})])
    with pytest.raises(Unavailable, match="not this tenant's"):
        await desk.series(B, kept.id, SetClock().now(), SetClock().now() + HOUR)


async def test_a_secret_left_out_stays_and_an_empty_one_goes(
    desk: SpotSources, web: Web, clock: SetClock
) -> None:
    kept = await desk.add(A, draft(web.url, header_Key="s3cret", query="k=1"))
    changed = await desk.change(A, kept.id, draft(web.url + "/new", query=""))
    assert (changed.version, changed.secret_names) == (2, ("header:Key",))
    await desk.series(A, kept.id, clock.now(), clock.now() + HOUR)
    assert "GET /prices/new " in web.asked[0]
    assert "key: s3cret" in web.asked[0].lower()


async def test_another_place_is_not_sent_the_old_secrets(
    desk: SpotSources, web: Web, clock: SetClock
) -> None:
    kept = await desk.add(A, draft("http://127.0.0.1:9/prices", header_Key="s3cret"))
    changed = await desk.change(A, kept.id, draft(web.url))
    assert changed.secret_names == ()
    await desk.try_out(A, draft(web.url), kept.id)
    assert "s3cret" not in web.asked[0]


async def test_another_kind_is_not_sent_the_old_token(desk: SpotSources) -> None:
    tibber = SpotSourceSettings("tibber", "Europe/Berlin", "EUR")
    kept = await desk.add(A, SpotSourceDraft("Tibber", tibber, {"token": "s3cret"}))
    entsoe = SpotSourceSettings("entsoe", "Europe/Berlin", area="10Y1001A1001A82H")
    with pytest.raises(BadInput) as refusal:
        await desk.change(A, kept.id, SpotSourceDraft("ENTSO-E", entsoe))
    assert refusal.value.field == "token"
    again = await desk.change(A, kept.id, SpotSourceDraft("My Tibber", tibber))
    assert again.secret_names == ("token",)


async def test_changed_settings_are_asked_anew(
    desk: SpotSources, web: Web, clock: SetClock
) -> None:
    now = clock.now()
    kept = await desk.add(A, draft(web.url))
    before = await desk.series(A, kept.id, now, now + HOUR)
    dearer = draft(web.url)
    paths = replace(PATHS, factor=Decimal("0.02"))
    dearer = replace(dearer, settings=replace(dearer.settings, paths=paths))
    await desk.change(A, kept.id, dearer)
    after = await desk.series(A, kept.id, now, now + HOUR)
    assert after.price_at(now) == 2 * (before.price_at(now) or 0)


async def test_tried_out_before_it_is_kept(desk: SpotSources, web: Web) -> None:
    series = await desk.try_out(A, draft(web.url))
    assert series.slots[0].price_per_kwh == Decimal("0.19503")
    assert await desk.all(A) == []
    web.body = json.dumps({"contract": {"prices": []}})
    with pytest.raises(Unavailable, match="no prices"):
        await desk.try_out(A, draft(web.url))


async def test_how_a_source_does(desk: SpotSources, web: Web, clock: SetClock) -> None:
    kept = await desk.add(A, draft(web.url))
    assert (await desk.known(A, kept.id)).asked_at is None
    web.status = "503 Service Unavailable"
    with pytest.raises(Unavailable):
        await desk.series(A, kept.id, clock.now(), clock.now() + HOUR)
    known = await desk.known(A, kept.id)
    assert (known.asked_at, known.problem) == (clock.now(), "127.0.0.1 answered 503")
    assert len(web.asked) == 1


async def test_removed(desk: SpotSources, web: Web, clock: SetClock) -> None:
    kept = await desk.add(A, draft(web.url))
    with pytest.raises(NotFound):
        await desk.remove(B, kept.id)
    await desk.remove(A, kept.id)
    with pytest.raises(NotFound):
        await desk.series(A, kept.id, clock.now(), clock.now() + HOUR)


async def test_prices_are_there_before_a_driver_asks(
    desk: SpotSources, web: Web, clock: SetClock, tables: MemoryTables
) -> None:
    """Only those that a tariff follows are asked; that one does not answer hurts nobody."""
    kept, unused = await desk.add(A, draft(web.url)), await desk.add(A, draft(web.url))
    owned = OwnedTariffs(tables, clock, SeededChance())
    await owned.add(A, TariffDraft("By the hour", "EUR", spot=SpotRule(kept.id, Decimal(1))))
    await desk.refresh(A)
    await desk.refresh(B)
    assert len(web.asked) == 1
    assert not (await desk.known(A, unused.id)).days
    web.status = "503 Service Unavailable"
    now = clock.now()
    async with opened(tables, clock, AT_HOME) as another:
        series = await another.series(A, kept.id, now, now + 2 * HOUR)
    assert series.price_at(now) == Decimal("0.19503")
    clock.at += timedelta(days=3)
    await desk.refresh(A)
    assert (await desk.known(A, kept.id)).problem


async def test_one_without_a_name(desk: SpotSources, web: Web) -> None:
    with pytest.raises(BadInput) as refusal:
        await desk.add(A, replace(draft(web.url), name=" "))
    assert refusal.value.field == "name"


async def test_there_is_an_end_of_sources(desk: SpotSources) -> None:
    awattar = SpotSourceDraft("A", SpotSourceSettings("awattar", "Europe/Vienna", area="AT"))
    for _ in range(MOST_SOURCES):
        await desk.add(A, awattar)
    with pytest.raises(Conflict):
        await desk.add(A, awattar)
    await desk.add(B, awattar)


# --- nowhere inside --------------------------------------------------------------------------


async def test_an_address_inside_is_refused_before_it_is_kept(
    tables: MemoryTables, clock: SetClock, web: Web
) -> None:
    async with opened(tables, clock, HOSTED) as desk:
        for url in (
            web.url,
            "https://169.254.169.254/latest",
            "https://[::1]/",
            "https://10.0.0.1",
        ):
            for act in (desk.add, desk.try_out):
                with pytest.raises(BadInput, match="not reachable from the internet") as refusal:
                    await act(A, draft(url))
                assert refusal.value.field == "url"
    assert web.asked == []


async def test_an_address_kept_at_home_leads_nowhere_when_hosted(
    tables: MemoryTables, clock: SetClock, web: Web
) -> None:
    """The check that counts is made at each connection, as with a name that resolves anew."""
    async with opened(tables, clock, AT_HOME) as desk:
        kept = await desk.add(A, draft(web.url))
    async with opened(tables, clock, HOSTED) as desk:
        with pytest.raises(Unavailable, match="could not be asked"):
            await desk.series(A, kept.id, clock.now(), clock.now() + HOUR)
    assert web.asked == []


async def test_no_one_is_sent_on(desk: SpotSources, web: Web, clock: SetClock) -> None:
    kept = await desk.add(A, draft(web.url))
    web.status, web.more = "302 Found", f"Location: {web.url}/inside\r\n"
    with pytest.raises(Unavailable, match="answered 302"):
        await desk.series(A, kept.id, clock.now(), clock.now() + HOUR)
    assert len(web.asked) == 1


async def test_yesterdays_answer_is_refused(desk: SpotSources, web: Web, clock: SetClock) -> None:
    kept = await desk.add(A, draft(web.url))
    clock.at += timedelta(days=2)
    with pytest.raises(Unavailable, match="another day"):
        await desk.series(A, kept.id, clock.now(), clock.now() + HOUR)
