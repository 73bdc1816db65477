"""Commands reach a charge point once, and the app always learns what came of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app import operations as op
from app.edge_messages import Command, CommandOutcome, Connected
from tests.ocpp_edge.harness import CHARGE_POINT, NOON, TENANT, Bay

START = "RemoteStartTransaction"


@pytest.fixture
async def bay() -> Bay:
    bay = Bay()
    bay.says("Heartbeat")
    bay.socket.take()
    return bay


def start(**changes: Any) -> Command:
    values: dict[str, Any] = {"id": "start.1", "operation": op.Start(1, "tag")}
    return Command(tenant=TENANT, charge_point=CHARGE_POINT, **values | changes)


def ring(bay: Bay, command: Command) -> list[Any]:
    bay.commands.deliver(command, bay.charger)
    return bay.calls()


async def test_a_start_is_delivered_and_its_outcome_told(bay: Bay) -> None:
    (call,) = ring(bay, start())
    assert call[2:] == [START, {"connectorId": 1, "idTag": "tag"}]
    bay.answers(call, status="Accepted")
    await bay.settles()
    assert bay.app.outcomes == [("start.1", 1, "accepted")]


async def test_a_repeated_doorbell_rings_once(bay: Bay) -> None:
    (call,) = ring(bay, start())
    assert ring(bay, start()) == []
    bay.answers(call, status="Accepted")
    assert ring(bay, start()) == []
    await bay.settles()
    assert len(bay.app.outcomes) == 1


async def test_an_accepted_start_is_not_made_again_but_its_outcome_is_told_again(
    bay: Bay,
) -> None:
    (call,) = ring(bay, start())
    bay.answers(call, status="Accepted")
    assert ring(bay, start(attempt=2)) == []
    await bay.settles()
    assert bay.app.outcomes == [("start.1", 1, "accepted"), ("start.1", 2, "accepted")]


async def test_a_start_without_an_answer_is_made_again_and_then_a_rejection_is_no_proof(
    bay: Bay,
) -> None:
    ring(bay, start())
    await bay.passes(31)
    (again,) = ring(bay, start(attempt=2))
    bay.answers(again, status="Rejected")
    await bay.settles()
    assert bay.app.outcomes == [("start.1", 1, "unknown"), ("start.1", 2, "unknown")]


async def test_the_first_rejection_is_one(bay: Bay) -> None:
    (call,) = ring(bay, start())
    bay.answers(call, status="Rejected")
    await bay.settles()
    assert bay.app.outcomes == [("start.1", 1, "rejected")]


async def test_a_late_acceptance_is_told(bay: Bay) -> None:
    (call,) = ring(bay, start())
    await bay.passes(31)
    bay.answers(call, status="Accepted")
    await bay.settles()
    assert bay.app.outcomes == [("start.1", 1, "unknown"), ("start.1", 1, "accepted")]


async def test_an_error_says_nothing_of_what_happened(bay: Bay) -> None:
    (call,) = ring(bay, start())
    bay.sends([4, call[1], "InternalError", ""])
    await bay.settles()
    (outcome,) = bay.app.heard(CommandOutcome)
    assert (outcome.outcome, outcome.detail) == ("unknown", "InternalError")


async def test_an_error_in_answer_to_what_an_owner_wants_is_a_refusal(bay: Bay) -> None:
    (call,) = ring(bay, start(id="owner.1", operation=op.ClearCache()))
    bay.sends([4, call[1], "NotImplemented", "no cache here", {}])
    await bay.settles()
    (outcome,) = bay.app.heard(CommandOutcome)
    assert (outcome.outcome, outcome.detail) == ("rejected", "NotImplemented: no cache here")


async def test_an_expired_start_is_not_delivered(bay: Bay) -> None:
    assert ring(bay, start(expires_at=NOON - timedelta(seconds=1))) == []
    await bay.settles()
    (outcome,) = bay.app.heard(CommandOutcome)
    assert (outcome.outcome, outcome.detail) == ("unknown", "expired")


async def test_a_stop_is_repeated_even_after_it_was_accepted(bay: Bay) -> None:
    stop = start(id="stop.1", operation=op.Stop(7))
    (call,) = ring(bay, stop)
    bay.answers(call, status="Accepted")
    again = start(id="stop.1", operation=op.Stop(7), attempt=2)
    assert len(ring(bay, again)) == 1


async def test_an_outcome_is_told_until_it_is_saved(bay: Bay) -> None:
    (call,) = ring(bay, start())
    bay.app.goes_down()
    bay.answers(call, status="Accepted")
    await bay.passes(20)
    bay.app.comes_back()
    bay.app.batches.clear()
    await bay.passes(60)
    assert bay.app.outcomes == [("start.1", 1, "accepted")]


async def test_a_start_under_way_when_the_socket_drops_is_unknown(bay: Bay) -> None:
    ring(bay, start())
    bay.drops()
    await bay.settles()
    assert bay.app.outcomes == [("start.1", 1, "unknown")]
    bay.connects()
    bay.says("Heartbeat")
    assert ring(bay, start()) == [], "that attempt was made"
    assert len(ring(bay, start(attempt=2))) == 1


async def test_a_start_that_was_still_waiting_may_come_again_as_the_same_attempt(
    bay: Bay,
) -> None:
    ring(bay, start(id="other"))
    assert ring(bay, start()) == [], "one call at a time"
    bay.drops()
    bay.connects()
    bay.says("Heartbeat")
    assert len(bay.calls(START)) == 0
    assert len(ring(bay, start())) == 1


async def test_commands_owed_at_connect_go_out_when_the_charge_point_listens(bay: Bay) -> None:
    bay.drops()
    bay.connects(Connected(TENANT, CHARGE_POINT, 2, 300, commands=(start(),)))
    assert bay.calls() == []
    bay.boots()
    assert bay.calls() == [], "not before the boot is answered"
    await bay.settles()
    assert len(bay.calls(START)) == 1


async def test_they_do_not_wait_for_a_silent_one_for_ever(bay: Bay) -> None:
    bay.drops()
    bay.connects(Connected(TENANT, CHARGE_POINT, 2, 300, commands=(start(),)))
    await bay.passes(4)
    assert len(bay.calls(START)) == 1


async def test_what_cannot_be_said_is_rejected_without_asking(bay: Bay) -> None:
    assert ring(bay, start(operation=op.Start(1, "x" * 21))) == []
    assert ring(bay, start(id="r", operation=op.GetTransactionStatus())) == []
    await bay.settles()
    assert [outcome for _, _, outcome in bay.app.outcomes] == ["rejected", "rejected"]
