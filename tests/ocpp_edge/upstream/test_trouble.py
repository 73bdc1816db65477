"""A backend that is down, slow, flapping or hostile: the charge point goes on, nothing is lost."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.server import ServerConnection, serve

from app.edge_messages import UpstreamState, UpstreamTold
from app.ocpp_edge import Edge
from tests.ocpp_edge.conftest import until
from tests.ocpp_edge.upstream.central import (
    ACCEPTED,
    INVALID,
    PASSWORD,
    THEIRS,
    Central,
    OwnersApp,
    granted,
)
from tests.ocpp_edge.upstream.conftest import Plug

LIFE_OF_A_CHARGE = ["StartTransaction", "MeterValues", "MeterValues", "StopTransaction"]
REJECTED = {"status": "Rejected"}


async def test_while_it_is_down_charges_go_on_and_are_told_in_order(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    await central.stops()
    app.grant = granted(central, when_down="accept")
    async with plug() as box:
        await box.boots()
        assert await box.says("Authorize", idTag=THEIRS) == ACCEPTED
        numbers = []
        for charge in range(3):
            answer = await box.starts(THEIRS, timestamp=f"2026-03-01T12:0{charge}:00Z")
            assert answer["idTagInfo"] == {"status": "Accepted"}
            number = answer["transactionId"]
            numbers.append(number)
            await box.meters(number, 1500)
            await box.meters(number, 1600)
            await box.stops(number, idTag=THEIRS)
        await central.starts()
        await central.hears("StopTransaction", times=3)
        assert central.actions(*LIFE_OF_A_CHARGE) == LIFE_OF_A_CHARGE * 3
        theirs = [said["transactionId"] for said in central.payloads("StopTransaction")]
        assert theirs == [central.first_number - 2, central.first_number - 1, central.first_number]
        stamps = [said["timestamp"] for said in central.payloads("StartTransaction")]
        assert stamps == sorted(stamps)
        ends = [UpstreamTold(number, is_end=True) for number in numbers]
        await until(lambda: [t for t in app.heard(UpstreamTold) if t.is_end] == ends)


async def test_while_it_is_down_the_owner_may_want_its_cards_refused(
    app: OwnersApp, central: Central, plug: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ocpp_edge.upstream.transactions.GRACE_S", 0)
    await central.stops()
    app.grant = granted(central, when_down="refuse")
    async with plug() as box:
        await box.boots()
        assert await box.says("Authorize", idTag=THEIRS) == INVALID
        answer = await box.starts(THEIRS)
        assert answer["idTagInfo"] == {"status": "Invalid"}
        await until(lambda: box.was_asked("RemoteStopTransaction"))
        await box.stops(answer["transactionId"])
        await central.starts()
        await central.hears("StopTransaction")


async def test_a_card_let_charge_meanwhile_is_stopped_when_the_backend_refuses_it(
    app: OwnersApp, central: Central, plug: Plug, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.ocpp_edge.upstream.transactions.GRACE_S", 0)
    await central.stops()
    central.answers["StartTransaction"] = {**INVALID, "transactionId": 9}
    app.grant = granted(central, when_down="accept")
    async with plug() as box:
        await box.boots()
        answer = await box.starts(THEIRS)
        assert answer["idTagInfo"] == {"status": "Accepted"}
        await central.starts()
        await until(lambda: box.was_asked("RemoteStopTransaction"))
        assert (await box.starts(THEIRS))["idTagInfo"] == {"status": "Invalid"}


async def test_a_backend_that_never_answers_keeps_nobody_waiting(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    central.answers |= {"Authorize": None, "StartTransaction": None}
    app.grant = granted(central, when_down="accept")
    async with plug() as box:
        await box.boots()
        await central.hears("BootNotification")
        assert await box.says("Authorize", seconds=2, idTag=THEIRS) == ACCEPTED
        answer = await box.starts(THEIRS)
        assert answer["idTagInfo"] == {"status": "Accepted"}
        assert await box.says("Heartbeat", seconds=0.5)


async def test_a_slow_backend_is_asked_again_and_its_late_answer_counts(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    app.grant = granted(central, when_down="accept")
    async with plug() as box:
        await box.boots()
        await central.hears("BootNotification")
        central.delay_s = 1.3
        number = (await box.starts(THEIRS))["transactionId"]
        await until(lambda: app.heard(UpstreamTold), seconds=8)
        central.delay_s = 0
        await box.stops(number)
        await central.hears("StopTransaction", seconds=8)
        assert app.heard(UpstreamTold)[0].transaction_id == number


async def test_a_flapping_backend_loses_nothing(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    app.grant = granted(central, when_down="accept")
    async with plug() as box:
        await box.boots()
        for charge in range(6):
            answer = await box.starts(THEIRS, timestamp=f"2026-03-01T12:0{charge}:00Z")
            await central.drops()
            await box.stops(answer["transactionId"])
            await asyncio.sleep(0.02)
        await until(lambda: len([t for t in app.heard(UpstreamTold) if t.is_end]) == 6)
        starts = [said["timestamp"] for said in central.payloads("StartTransaction")]
        assert list(dict.fromkeys(starts)) == [f"2026-03-01T12:0{n}:00Z" for n in range(6)]


async def test_a_charge_point_that_reconnects_finds_its_backlog(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    await central.stops()
    app.grant = granted(central, when_down="accept")
    async with plug() as box:
        await box.boots()
        number = (await box.starts(THEIRS))["transactionId"]
    async with plug() as box:
        await box.stops(number)
        await central.starts()
        await central.hears("StartTransaction", "StopTransaction")
        assert central.payloads("StopTransaction")[0]["transactionId"] == central.first_number


async def test_at_most_so_much_waits_and_transactions_last_longest(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    await central.stops()
    app.grant = granted(central, when_down="accept")
    async with plug() as box:
        await box.boots()
        number = (await box.starts(THEIRS))["transactionId"]
        for wh in range(150):
            await box.meters(number, wh)
        await box.stops(number)
        await central.starts()
        await central.hears("StopTransaction")
        assert len(central.payloads("StartTransaction")) == 1
        readings = central.payloads("MeterValues")
        assert len(readings) == 98
        assert readings[-1]["meterValue"][0]["sampledValue"][0]["value"] == "149"
        await until(lambda: app.heard(UpstreamState)[-1].lost > 0)


async def test_links_are_counted_for_prometheus(
    app: OwnersApp, central: Central, plug: Plug, edge: Edge
) -> None:
    await central.stops()
    app.grant = granted(central, when_down="accept")
    async with plug() as box:
        await box.boots()
        number = (await box.starts(THEIRS))["transactionId"]
        for wh in range(110):
            await box.meters(number, wh)
        numbers = edge.numbers()
        assert 'strom_edge_upstream_links{state="down"} 1\n' in numbers
        assert "strom_edge_upstream_waiting_messages 100\n" in numbers
        assert "strom_edge_upstream_lost_messages_total 11\n" in numbers
        await central.starts()
        await central.hears("MeterValues", times=99)
        await until(lambda: "strom_edge_upstream_waiting_bytes 0\n" in edge.numbers())
        assert 'strom_edge_upstream_links{state="up"} 1\n' in edge.numbers()


async def test_what_it_answers_may_be_nonsense(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    app.grant = granted(central, when_down="accept")
    nonsense = [
        {"transactionId": "x", "idTagInfo": 7},
        {"transactionId": 2**70, "idTagInfo": {"status": ["Accepted"]}},
        {},
    ]
    central.answers["StartTransaction"] = lambda _: nonsense.pop() if nonsense else {}
    central.answers["Authorize"] = {"idTagInfo": {"status": None, "parentIdTag": {}}}
    async with plug() as box:
        await box.boots()
        await central.hears("BootNotification")
        assert (await box.says("Authorize", idTag=THEIRS))["idTagInfo"]["status"] == "Accepted"
        for charge in range(3):
            answer = await box.starts(THEIRS, timestamp=f"2026-03-01T12:0{charge}:00Z")
            assert answer["idTagInfo"]["status"] == "Accepted"
            await box.stops(answer["transactionId"])
        for frame in ("", "[", "[2]", '[2,"7"]', "[3]", '[3,"x",{}]', '[4,"x"]', "7", "[[[["):
            await central.sends(frame)
        assert (await central.asks("Nonsense", {}))[2] == "NotImplemented"
        bad = await central.asks("RemoteStartTransaction", {"connectorId": "one"})
        assert bad[0] == 4
        assert not box.asked
        await box.reports(1, "Available")
        await central.hears("StatusNotification")


async def test_a_flood_of_wishes_reaches_the_charge_point_a_few_at_a_time(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    app.grant = granted(central)
    async with plug() as box:
        box.answers["Reset"] = None
        await box.boots()
        await central.hears("BootNotification")
        for number in range(300):
            await central.sends(json.dumps([2, f"f{number}", "Reset", {"type": "Soft"}]))
        for _ in range(5):
            assert await box.says("Heartbeat", seconds=0.5)
        await until(lambda: "f8" in central.told)
        assert len(box.was_asked("Reset")) <= 4
        assert central.told["f8"][2] == "GenericError"


async def test_a_frame_too_long_costs_the_backend_its_connection(
    app: OwnersApp, central: Central, plug: Plug
) -> None:
    app.grant = granted(central)
    async with plug() as box:
        await box.boots()
        await central.hears("BootNotification")
        await central.sends("[" + "1," * 100_000 + "1]")
        await central.hears("BootNotification", times=2)
        assert await box.says("Heartbeat", seconds=0.5)


async def test_the_wrong_password_is_told_to_the_owner_and_written_nowhere(
    app: OwnersApp, central: Central, plug: Plug, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with _refusing() as port:
        central.port = port
        app.grant = granted(central)
        async with plug() as box:
            await box.boots()
            await until(lambda: app.heard(UpstreamState))
            error = app.heard(UpstreamState)[-1].error
            assert error == "it refuses the user name or password (401)"
    encoded = "Qk9YOm"  # how `BOX:h…` begins in Base64
    ours = " ".join(str(r.__dict__) for r in caplog.records if r.name.startswith("app."))
    assert "a charge point has connected" in ours
    for text in (ours, repr(app.batches), repr(app.grant)):
        assert PASSWORD not in text
        assert encoded not in text


async def test_another_protocol_is_no_backend(app: OwnersApp, central: Central, plug: Plug) -> None:
    await central.stops()
    central.subprotocol = "ocpp2.0.1"
    await central.starts()
    app.grant = granted(central)
    async with plug() as box:
        await box.boots()
        await until(lambda: app.heard(UpstreamState))
        assert not app.heard(UpstreamState)[-1].connected
        assert not central.heard


async def test_no_redirect_is_followed(app: OwnersApp, central: Central, plug: Plug) -> None:
    async with _refusing(302, {"Location": central.url}) as port:
        grant = granted(central)
        assert grant.upstream is not None
        app.grant = granted(central, url=f"ws://127.0.0.1:{port}/ocpp/BOX")
        async with plug() as box:
            await box.boots()
            await until(lambda: app.heard(UpstreamState))
            assert "302" in app.heard(UpstreamState)[-1].error
        assert not central.paths


@contextlib.asynccontextmanager
async def _refusing(status: int = 401, more: dict[str, str] | None = None) -> AsyncIterator[int]:
    """A backend that lets nobody in."""

    def refuse(socket: ServerConnection, _: object) -> object:
        response = socket.respond(status, "no\n")
        for name, value in (more or {}).items():
            response.headers[name] = value
        return response

    async def nobody(_: ServerConnection) -> None:
        return

    async with serve(nobody, "127.0.0.1", 0, process_request=refuse) as server:  # type: ignore[arg-type]  # typed more narrowly
        yield server.sockets[0].getsockname()[1]
