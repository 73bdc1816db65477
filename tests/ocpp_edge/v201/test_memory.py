"""What is remembered of a charge point is bounded, whatever it says."""

from __future__ import annotations

import tracemalloc

from app import operations as op
from app.edge_messages import Command
from app.ocpp_edge.v201.memory import LARGEST_REPORT, MAX_TRANSACTIONS, request_id
from tests.ocpp_edge.v201.harness import Station, at, event
from tests.ocpp_edge.v201.test_commands import part, variable

LONG = "x" * 100_000


def test_a_charge_point_that_makes_things_up_fills_no_memory() -> None:
    station = Station()
    station.says("TransactionEvent", **event("Updated", name="first", wh=1))
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(500):
        name = f"{number}{LONG}"
        told = event("Started", name=name, evse=number + 1, token=LONG, chargingState=LONG)
        station.says("TransactionEvent", **told)
        station.says(
            "StatusNotification",
            timestamp=at(),
            connectorStatus=f"{number}{LONG}",
            evseId=number,
            connectorId=1,
        )
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 2_000_000


def test_the_newest_transactions_are_remembered() -> None:
    station = Station()
    for number in range(MAX_TRANSACTIONS + 1):
        station.event("Updated", name=f"tx-{number}", wh=1)
    assert len(station.dialect._memory._transactions) == MAX_TRANSACTIONS
    assert "tx-0" not in station.dialect._memory._transactions


def test_a_report_without_an_end_is_cut() -> None:
    station = Station()
    station.dialect.request(Command("owner.1", "t", "cp", op.GetConfiguration()))
    number = request_id("owner.1")
    for count in range(1000):
        told = variable(f"A.B[{count}]", "x" * 1000)
        station.tells("NotifyReport", **part(number, told, more=True))
    _, [said] = station.tells("NotifyReport", **part(number, more=False))
    kept = sum(len(name) + len(value) for name, value in said.result.items())
    assert LARGEST_REPORT * 0.9 < kept <= LARGEST_REPORT
