"""What waits for a backend: bounded, and transactions last longest."""

from __future__ import annotations

from typing import Any

from app.ocpp_edge.frames import CallError, CallResult
from app.ocpp_edge.upstream.backlog import Backlog, Kind, Message, Room


def message(kind: Kind, number: int = 0, **more: Any) -> Message:
    return Message(kind, "Said", {"number": number}, **more)


def told(backlog: Backlog) -> list[tuple[Kind, bytes]]:
    found = []
    while (first := backlog.first()) is not None:
        found.append((first.kind, first.body))
        backlog.remove(first)
    return found


def numbers(backlog: Backlog) -> list[int]:
    return [int(body[10:-1]) for _, body in told(backlog)]


def test_in_order_and_the_oldest_of_the_least_goes_first() -> None:
    backlog = Backlog(4, 10_000)
    kinds = [Kind.READINGS, Kind.TRANSACTION, Kind.NOTICE, Kind.READINGS, Kind.TRANSACTION]
    for number, kind in enumerate(kinds):
        backlog.put(message(kind, number))
    assert backlog.lost == 1
    backlog.put(message(Kind.TRANSACTION, 5))
    assert backlog.lost == 2
    assert numbers(backlog) == [1, 3, 4, 5]


def test_of_statuses_the_newest_of_each_connector_is_kept_at_its_place() -> None:
    backlog = Backlog(10, 10_000)
    for number, connector in enumerate((1, 2, 1)):
        backlog.put(message(Kind.STATUS, number, connector=connector))
    assert numbers(backlog) == [1, 2]
    assert backlog.lost == 0


def test_its_bytes_are_bounded_too() -> None:
    backlog = Backlog(1000, 100)
    for number in range(50):
        backlog.put(message(Kind.TRANSACTION, number))
    kept = numbers(backlog)
    assert kept[-1] == 49
    assert len(kept) * len(b'{"number":49}') <= 100


def test_where_all_together_have_too_much_transactions_alone_are_kept() -> None:
    room = Room(100)
    full, other = Backlog(1000, 10_000, room), Backlog(1000, 10_000, room)
    for number in range(20):
        full.put(message(Kind.TRANSACTION, number))
    other.put(message(Kind.READINGS, 1))
    other.put(message(Kind.TRANSACTION, 2))
    assert numbers(other) == [2]
    assert len(full) == 20
    full.close()
    assert room.used_bytes == 0
    other.put(message(Kind.READINGS, 3))
    assert numbers(other) == [3]


def test_whoever_waits_is_told_once() -> None:
    heard: list[CallResult | CallError | None] = []
    backlog = Backlog(1, 10_000)
    asked = message(Kind.NOTICE, answered=heard.append)
    backlog.put(asked)
    backlog.put(message(Kind.TRANSACTION, 1))
    asked.settle(CallResult("1", {}))
    assert heard == [None]


def test_a_late_event_takes_its_place_but_not_that_of_one_that_may_be_under_way() -> None:
    backlog = Backlog(10, 10_000)

    def event(number: int, at: str, transaction: int = 7) -> Message:
        order = (number, at)
        return message(Kind.READINGS, number, transaction_id=transaction, order=order)

    for number, at in ((3, "12:03"), (4, "12:04"), (2, "12:02"), (1, "12:01"), (0, "12:09")):
        backlog.put(event(number, at))
    assert numbers(backlog) == [3, 1, 2, 4, 0], "that of the newest moment was counted anew"
    backlog.put(event(5, "12:05"))
    backlog.put(event(6, "12:06"))
    backlog.put(event(1, "12:01", transaction=8))
    assert numbers(backlog) == [5, 6, 1], "of another transaction"


def test_who_waits_is_released_and_what_it_was_about_is_told_later() -> None:
    backlog, answers = Backlog(10, 10_000), list[CallResult | CallError | None]()
    waited_for = message(Kind.TRANSACTION, 1, answered=answers.append)
    backlog.put(waited_for)
    backlog.release()
    assert answers == [None]
    waited_for.settle(CallResult("1", {}))
    assert answers == [None]
    assert numbers(backlog) == [1]
