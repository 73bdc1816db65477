"""The end of a transaction is never refused, however it is written, nor answered unsaved.

``tests/recordings/*/frames.json``, those with ``said``: what the app is told of it; None where
nobody can know of what it is the end. ``answer``: of events that may be no end.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from app.edge_messages import FramesLogged, Readings, TransactionStopped
from app.ocpp_edge.fleet.notebook import MOST_KEPT
from tests.ocpp_edge.harness import Bay, FakeApp

RECORDINGS = Path(__file__).parent.parent / "recordings"
RECORDED = [
    (protocol, seen)
    for folder, protocol in (
        ("ocpp16", "ocpp1.6"),
        ("ocpp201", "ocpp2.0.1"),
        ("ocpp201", "ocpp2.1"),
    )
    for seen in json.loads((RECORDINGS / folder / "frames.json").read_text())
]
ENDS = [one for one in RECORDED if "said" in one[1]]
DOUBTFUL = [one for one in RECORDED if "answer" in one[1]]


def named(some: list[tuple[str, dict[str, Any]]]) -> pytest.MarkDecorator:
    ids = [f"{protocol}: {seen['seen']}" for protocol, seen in some]
    return pytest.mark.parametrize(("protocol", "seen"), some, ids=ids)


def oddities(bay: Bay) -> set[str]:
    """Those of frames; what the schemas notice besides is theirs."""
    counted = bay.charger.notes.quality.report().oddities
    return {kind for kind in counted if kind.startswith(("frame:", "stop:"))}


@named(ENDS)
async def test_an_end_is_acknowledged_and_told_as_far_as_it_goes(
    protocol: str, seen: dict[str, Any]
) -> None:
    bay = Bay(protocol=protocol)
    bay.sends(seen["frame"])
    await bay.settles()
    assert [frame[:2] for frame in bay.socket.take()] == [[3, seen["id"]]]
    told = bay.app.heard(TransactionStopped)
    if seen["said"] is None:
        assert told == []
    else:
        (said,) = told
        for name, value in seen["said"].items():
            assert getattr(said, name) == (tuple(value) if type(value) is list else value), name
    assert oddities(bay) == set(seen["noticed"])
    assert bay.counters["defects"] == 0


@named([(protocol, seen) for protocol, seen in ENDS if seen["said"] is not None])
async def test_it_is_not_answered_before_it_is_saved(protocol: str, seen: dict[str, Any]) -> None:
    bay = Bay(FakeApp(saves=False), protocol)
    bay.sends(seen["frame"])
    await bay.settles()
    assert bay.socket.take() == []


@named(DOUBTFUL)
async def test_what_may_be_an_end_is_not_refused_and_a_beginning_is(
    protocol: str, seen: dict[str, Any]
) -> None:
    bay = Bay(protocol=protocol)
    bay.sends(seen["frame"])
    await bay.settles()
    refusals = [frame[:3] for frame in bay.socket.take()]
    assert refusals == ([[4, seen["id"], seen["answer"]]] if seen["answer"] else [])
    assert oddities(bay) == set(seen["noticed"])


async def test_what_is_lost_of_an_end_is_in_the_frame_log_and_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING)
    bay = Bay()
    cut = '[2,"a","StopTransaction",{"meterStop":1500,"transac'
    for _ in range(MOST_KEPT + 3):
        bay.sends(cut)
        await bay.settles()
    logged = [frame.text for said in bay.app.heard(FramesLogged) for frame in said.frames]
    assert logged == [cut] * MOST_KEPT
    warned = [record for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warned) == MOST_KEPT
    assert vars(warned[0])["charge_point"] == "cp-1"
    assert "1500" not in caplog.text
    assert bay.charger.notes.quality.report().oddities["stop:no_transaction"] == MOST_KEPT + 3


async def test_an_end_that_lost_its_register_ends_at_the_last_that_was_read() -> None:
    bay = Bay()
    bay.app.result = bay.app.result.__class__(saved=True, transaction_id=7)
    bay.starts()
    await bay.settles()
    bay.meters(4200)
    bay.sends('[2,"a","StopTransaction",{"transactionId":7,"meterStop":42')
    await bay.settles()
    (said,) = bay.app.heard(TransactionStopped)
    assert (said.transaction_id, said.meter_wh) == (7, 4200)


@pytest.mark.parametrize("action", ["meterValues", "METERVALUES", " MeterValues"])
async def test_other_actions_are_known_by_any_capitals_too(action: str) -> None:
    bay = Bay()
    value = {"timestamp": "2026-03-01T12:00:00Z", "sampledValue": [{"value": "5"}]}
    bay.sends([2, "a", action, {"connectorId": 1, "meterValue": [value]}])
    await bay.passes(1)
    assert bay.socket.take()[0] == [3, "a", {}]
    assert bay.app.heard(Readings)
    assert oddities(bay) == {"frame:action_spelling"}
    assert set(bay.parts.metrics.calls) == {"MeterValues"}


async def test_calls_wait_for_a_boot_by_any_capitals() -> None:
    bay = Bay()
    bay.app.goes_down()
    bay.sends([2, "a", "bootNotification", {"chargePointVendor": "V", "chargePointModel": "M"}])
    await bay.settles()
    assert not bay.charger.line.calls.is_open
