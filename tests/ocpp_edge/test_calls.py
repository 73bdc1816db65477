"""One call at a time, others wait; late, wrong and missing answers do no harm."""

from __future__ import annotations

import json

import pytest

from app.ocpp_edge.calls import Answer, Calls, NoAnswer, OutgoingCall
from app.ocpp_edge.frames import CallError, CallResult


class Line:
    """Calls with a notebook of their answers."""

    def __init__(self, limit: int = 4) -> None:
        self.calls = Calls("c", timeout_s=30, limit=limit)
        self.calls.is_open = True
        self.answers: list[tuple[str, Answer]] = []

    def add(self, name: str, *, urgent: bool = False, not_after: float | None = None) -> None:
        self.calls.add(
            OutgoingCall(
                name,
                {},
                lambda answer: self.answers.append((name, answer)),
                urgent=urgent,
                not_after=not_after,
            )
        )

    def sent(self, now: float = 0) -> tuple[str, str] | None:
        """Id and action of the call that may go out."""
        frame = self.calls.start(now)
        if frame is None:
            return None
        _, message_id, action, _ = json.loads(frame)
        return message_id, action


@pytest.fixture
def line() -> Line:
    return Line()


def test_a_second_call_waits_for_the_first_answer(line: Line) -> None:
    line.add("A")
    line.add("B")
    first = line.sent()
    assert first is not None
    assert line.sent() is None
    assert line.calls.answered(CallResult(first[0], {}))
    second = line.sent()
    assert second is not None
    assert second[1] == "B"
    assert second[0] != first[0]


def test_urgent_calls_go_ahead_but_keep_their_order(line: Line) -> None:
    line.add("Configure")
    line.add("Start", urgent=True)
    line.add("Stop", urgent=True)
    order = []
    while (sent := line.sent()) is not None:
        order.append(sent[1])
        line.calls.answered(CallResult(sent[0], {}))
    assert order == ["Start", "Stop", "Configure"]


def test_nothing_goes_out_before_the_charge_point_has_shown_itself(line: Line) -> None:
    line.calls.is_open = False
    line.add("A")
    assert line.sent() is None
    line.calls.is_open = True
    assert line.sent() is not None


def test_an_answer_nobody_waits_for_changes_nothing(line: Line) -> None:
    line.add("A")
    line.sent()
    assert not line.calls.answered(CallResult("other", {}))
    assert not line.calls.answered(CallError("other", "GenericError"))
    assert line.answers == []


def test_ten_thousand_unsolicited_answers_and_then_a_call_that_works(line: Line) -> None:
    for number in range(10_000):
        line.calls.answered(CallResult(f"u{number}", {}))
    line.add("A")
    sent = line.sent()
    assert sent is not None
    assert line.calls.answered(CallResult(sent[0], {}))


def test_a_call_without_answer_is_given_up_and_a_late_answer_still_counts(line: Line) -> None:
    line.add("A")
    line.add("B")
    sent = line.sent(now=0)
    assert sent is not None
    assert not line.calls.time_out(29)
    assert line.calls.time_out(30)
    assert line.answers == [("A", NoAnswer("timed out", was_sent=True))]
    assert line.sent(30) is not None, "the next may go"
    late = CallResult(sent[0], {"status": "Accepted"})
    assert line.calls.answered(late)
    assert line.answers[-1] == ("A", late)
    assert not line.calls.answered(late), "but once only"


def test_an_expired_call_is_never_sent(line: Line) -> None:
    line.add("A", not_after=10)
    line.add("B")
    sent = line.sent(now=11)
    assert sent is not None
    assert sent[1] == "B"
    assert line.answers == [("A", NoAnswer("expired"))]


def test_a_full_queue_says_so(line: Line) -> None:
    for _ in range(4):
        line.add("A")
    line.add("E")
    assert line.answers == [("E", NoAnswer("queue full"))]


def test_when_the_connection_is_gone_everyone_is_told(line: Line) -> None:
    line.add("A")
    line.add("B")
    line.sent()
    line.calls.close()
    line.add("C")
    gone = NoAnswer("disconnected")
    assert line.answers == [
        ("A", NoAnswer("disconnected", was_sent=True)),
        ("B", gone),
        ("C", gone),
    ]
