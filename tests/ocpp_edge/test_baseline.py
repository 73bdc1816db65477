"""The baseline configuration is set once per connection and reported."""

from __future__ import annotations

from typing import Any

import pytest

from app import operations as op
from app.edge_messages import Command, ConfigurationReport, Connected, Setting
from tests.ocpp_edge.harness import CHARGE_POINT, TENANT, Bay

SET = "ChangeConfiguration"
BASELINE = (
    Setting("MeterValueSampleInterval", "30"),
    Setting("AuthorizeRemoteTxRequests", "false"),
    Setting("Unheard", "x"),
)


@pytest.fixture
async def bay() -> Bay:
    bay = Bay()
    bay.drops()
    bay.connects(Connected(TENANT, CHARGE_POINT, 2, 300, configuration=BASELINE))
    return bay


def reports(bay: Bay) -> list[Any]:
    return [said.outcomes for said in bay.app.heard(ConfigurationReport)]


async def test_it_is_set_after_the_boot_key_by_key_and_reported(bay: Bay) -> None:
    bay.boots()
    await bay.settles()
    for setting, status in zip(BASELINE, ("Accepted", "RebootRequired", "x"), strict=True):
        (call,) = bay.calls(SET)
        assert call[3] == {"key": setting.key, "value": setting.value}
        if status == "x":
            bay.sends([4, call[1], "NotImplemented", "", {}])
        else:
            bay.answers(call, status=status)
    await bay.settles()
    assert reports(bay) == [
        {
            "MeterValueSampleInterval": "Accepted",
            "AuthorizeRemoteTxRequests": "RebootRequired",
            "Unheard": "failed",
        }
    ]


async def test_another_boot_on_the_same_connection_does_not_repeat_it(bay: Bay) -> None:
    bay.boots()
    await bay.settles()
    while calls := bay.calls(SET):
        bay.answers(calls[0], status="Accepted")
    bay.boots()
    await bay.settles()
    assert bay.calls(SET) == []
    assert len(reports(bay)) == 1


async def test_a_charge_point_that_does_not_answer_is_left_alone(bay: Bay) -> None:
    bay.says("Heartbeat")
    await bay.passes(35)
    assert len(bay.calls(SET)) == 1
    await bay.passes(120)
    assert bay.calls(SET) == []
    assert reports(bay) == [dict.fromkeys((setting.key for setting in BASELINE), "failed")]


async def test_a_start_does_not_wait_behind_the_whole_of_it(bay: Bay) -> None:
    bay.says("Heartbeat")
    (first,) = bay.calls()
    bay.commands.deliver(Command("s", TENANT, CHARGE_POINT, op.Start(1, "t")), bay.charger)
    bay.answers(first, status="Accepted")
    (second,) = bay.calls()
    assert second[2] == "RemoteStartTransaction"


async def test_what_was_told_when_the_connection_drops_is_reported(bay: Bay) -> None:
    """It may have restarted because of it, and would do so again and again."""
    bay.says("Heartbeat")
    (call,) = bay.calls(SET)
    bay.answers(call, status="Accepted")
    bay.drops()
    await bay.settles()
    assert reports(bay) == [
        {"MeterValueSampleInterval": "Accepted", "AuthorizeRemoteTxRequests": "interrupted"}
    ]


async def test_nothing_is_reported_when_nothing_was_told(bay: Bay) -> None:
    bay.drops()
    await bay.settles()
    assert reports(bay) == []
