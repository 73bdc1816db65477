"""A charge point looked at closely: connection, messages, configuration; pages and API."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from app.edge_messages import LoggedFrame, Observed
from app.records.charge_points import ChargePoint, Connection
from app.records.frame_chunks import FrameChunks
from app.records.observations import Observations
from app.records.views import Actor
from tests.portal.conftest import Browser
from tests.support.portal import Fixture


@pytest.fixture
async def charger(portal: Fixture, ada: Actor) -> ChargePoint:
    """Ada's, connected, odd, and recorded."""
    charger = (await portal.charger(ada.tenant.id)).charge_point
    tenant, clock = ada.tenant.id, portal.house.clock
    made = Connection(instance="e", queue="e", connection="1", protocol="ocpp1.6")
    await portal.live.connect(tenant, charger.id, made)
    gone = Connection(connected=False, changed_at=clock.now(), drop="silent")
    await portal.live.change(tenant, charger.id, 1, gone, "connected", "changed_at", "drop")
    clock.at += timedelta(minutes=5)
    await portal.live.connect(tenant, charger.id, made)
    said = Observed(
        clock.now() - timedelta(minutes=10),
        25,
        timeouts=1,
        answers=3,
        answer_p50_ms=250,
        answer_max_ms=1200,
        oddities={"meter:no_measurand": 7},
    )
    tables = portal.house.tables
    await Observations(tables).keep(tenant, charger.id, 2, said, clock.now())
    frames = [
        LoggedFrame(clock.now(), False, '[2,"1","Authorize",{"idTag":"<b>04A1</b>"}]'),
        LoggedFrame(clock.now(), True, '[3,"1",{"idTagInfo":{"status":"Invalid"}}]'),
        LoggedFrame(clock.now(), False, '[2,"2","Heartbeat",{}]'),
    ]
    await FrameChunks(tables).add(tenant, charger.id, frames, 4, clock.now())
    return charger


async def test_the_connection_in_plain_words(
    browser: Browser, ada: Actor, charger: ChargePoint
) -> None:
    browser.signs_in()
    browser.opens(f"/chargers/{charger.id}/connection")
    assert "leaves out the measurand" in browser.text
    assert "nothing was heard of it for too long" in browser.text
    assert "0.25\u202fs" in browser.text
    assert "2.5" in browser.text


async def test_messages_are_shown_filtered_and_escaped(
    browser: Browser, charger: ChargePoint
) -> None:
    browser.signs_in()
    browser.opens(f"/chargers/{charger.id}/messages")
    assert browser.page.count("<details><summary>") == 3
    assert "<b>04A1" not in browser.page
    assert "<b>04A1</b>" in browser.text
    assert "4 messages were too many" in browser.text
    browser.opens(f"/chargers/{charger.id}/messages?action=Authorize&sent=to")
    assert browser.page.count("<details><summary>") == 1
    assert "Invalid" in browser.text


async def test_recording_is_switched_on_and_off(
    portal: Fixture, browser: Browser, ada: Actor, charger: ChargePoint
) -> None:
    path = f"/chargers/{charger.id}/messages"
    browser.signs_in()
    browser.opens(path)
    assert "not recorded" in browser.text
    browser.sends(f"{path}/recording", hours="24")
    assert "Recorded until" in browser.text
    until = await portal.services.frame_logs.recorded_until(ada.tenant.id, charger.id)
    assert until == portal.house.clock.now() + timedelta(hours=24)
    browser.sends(f"{path}/recording", hours="0")
    assert "not recorded" in browser.text
    browser.sends(f"{path}/recording", hours="999")
    assert "0 to 24 hours" in browser.text


async def test_following_keeps_the_frames_coming_while_the_page_is_open(
    portal: Fixture, browser: Browser, ada: Actor, charger: ChargePoint
) -> None:
    browser.signs_in()
    browser.opens(f"/chargers/{charger.id}/messages?follow=1")
    assert f'src="/chargers/{charger.id}/messages/live?action=&amp;sent="' in browser.page
    portal.house.clock.at += timedelta(seconds=80)
    browser.opens(f"/chargers/{charger.id}/messages/live")
    assert "<html" not in browser.page
    until = await portal.services.frame_logs.recorded_until(ada.tenant.id, charger.id)
    assert until is not None
    assert until > portal.house.clock.now() + timedelta(seconds=60)


async def test_all_of_it_can_be_downloaded(browser: Browser, charger: ChargePoint) -> None:
    browser.signs_in()
    answer = browser.opens(f"/chargers/{charger.id}/messages.jsonl")
    lines = [json.loads(line) for line in answer.text.splitlines()]
    assert [line["action"] for line in lines] == ["Authorize", "Authorize", "Heartbeat"]
    assert answer.headers["content-type"].startswith("application/x-ndjson")
    assert "attachment" in answer.headers["content-disposition"]


async def test_a_setting_that_changed_by_itself_is_set_again_or_left(
    portal: Fixture, browser: Browser, charger: ChargePoint
) -> None:
    path = f"/chargers/{charger.id}/configuration"
    browser.signs_in()
    browser.opens(path)
    browser.sends(path, do="read")
    assert "offline" in browser.text
    portal.chargers.online.add(charger.id)
    browser.sends(path, do="set", key="HeartbeatInterval", value="60")
    browser.sends(path, do="read")
    assert "Changed by itself" in browser.text
    browser.sends(path, do="set_again", key="HeartbeatInterval")
    assert "Changed by itself" not in browser.text
    browser.sends(path, do="read")
    browser.sends(path, do="accept", key="HeartbeatInterval")
    assert "stays as the charger has it" in browser.text
    assert "Changed by itself" not in browser.text
    browser.opens(f"{path}?key=HeartbeatInterval")
    assert 'value="900"' in browser.page


async def test_nobody_else_looks_at_it(
    portal: Fixture, browser: Browser, bob: Actor, charger: ChargePoint
) -> None:
    browser.signs_in("bob@example.org")
    for page in ("connection", "messages", "messages/live", "messages.jsonl", "configuration"):
        assert browser.opens(f"/chargers/{charger.id}/{page}").status_code == 404, page


# --- the API --------------------------------------------------------------------------------------


async def test_programs_see_the_same(
    portal: Fixture, client: TestClient[Litestar], ada: Actor, charger: ChargePoint
) -> None:
    secret = (await portal.services.api_keys.issue(ada, "test")).secret
    portal.chargers.online.add(charger.id)

    def asks(method: str, path: str, body: object = None, status: int = 200) -> Any:
        response = client.request(
            method,
            f"/api/v1/charge-points/{charger.id}{path}",
            headers={"authorization": f"Bearer {secret}"},
            **({} if body is None else {"json": body}),  # type: ignore[arg-type]  # as it is
        )
        assert response.status_code == status, response.text
        return response.json()

    quality = asks("GET", "/connection")
    assert [drop["reason"] for drop in quality["drops"]] == ["silent"]
    assert [(o["kind"], o["count"]) for o in quality["oddities"]] == [("meter:no_measurand", 7)]
    frames = asks("GET", "/messages?direction=from")["frames"]
    assert [frame["frame"][2] for frame in frames] == ["Heartbeat", "Authorize"]
    assert asks("PUT", "/messages/recording", {"hours": 1})["until"] is not None
    asks("PUT", "/messages/recording", {"hours": 25}, 400)
    asks("PUT", "/configuration/HeartbeatInterval", {"value": "60"}, 202)
    assert asks("POST", "/configuration/read", status=202)["kind"] == "get_configuration"
    settings = {s["key"]: s for s in asks("GET", "/configuration")["settings"]}
    assert settings["HeartbeatInterval"]["has_drifted"] is True
    assert settings["NumberOfConnectors"]["is_read_only"] is True
    left = asks("POST", "/configuration/HeartbeatInterval/accept")
    [setting] = [s for s in left["settings"] if s["key"] == "HeartbeatInterval"]
    assert (setting["wanted"], setting["has_drifted"]) == ("900", False)


async def test_another_owners_program_leaves_nothing_as_it_is(
    portal: Fixture, client: TestClient[Litestar], bob: Actor, charger: ChargePoint
) -> None:
    secret = (await portal.services.api_keys.issue(bob, "test")).secret
    path = f"/api/v1/charge-points/{charger.id}/configuration/HeartbeatInterval/accept"
    answer = client.post(path, headers={"authorization": f"Bearer {secret}"})
    assert answer.status_code == 404
    assert portal.configuration.wanted == {}
