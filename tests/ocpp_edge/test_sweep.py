"""Who is pinged, who is dead."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import cast

import pytest

from app.ocpp_edge.connection import EdgeConnection
from app.ocpp_edge.settings import EdgeSettings
from app.ocpp_edge.sweep import sweep

SETTINGS = EdgeSettings(ping_after_s=55, idle_at_least_s=180)


@dataclass
class Peer:
    """A connection as the sweep sees it."""

    answers: bool = False
    dead_after_s: float = 900.0
    answers_pings: bool = False
    is_heard: bool = True
    heard_at: float = 0.0
    pinged_at: float = 0.0
    pings: list[float] = field(default_factory=list)
    closed_at: float | None = None
    now: float = 1000.0

    def ping_frame(self) -> None:
        self.pings.append(self.now)
        if self.answers:
            self.is_heard = self.answers_pings = True

    def close_soon(self, code: int, reason: str) -> None:
        if self.closed_at is None:
            self.closed_at = self.now

    def waits(self, seconds: int, every_s: int = 10) -> None:
        end = self.now + seconds
        while self.now < end and self.closed_at is None:
            self.now += every_s
            sweep([cast(EdgeConnection, self)], self.now, SETTINGS)


def test_one_that_answers_pings_lives_for_ever() -> None:
    peer = Peer(answers=True)
    peer.waits(7200)
    assert peer.closed_at is None
    assert 100 <= len(peer.pings) <= 140


def test_one_that_never_answers_has_its_heartbeat_intervals() -> None:
    peer = Peer()
    peer.waits(7200)
    assert peer.closed_at == pytest.approx(1000 + 900, abs=20)


def test_one_that_used_to_answer_is_dead_sooner() -> None:
    peer = Peer(answers=True)
    peer.waits(120)
    peer.answers = False
    silent_since = peer.now
    peer.waits(7200)
    assert peer.closed_at is not None
    assert peer.closed_at - silent_since <= 4 * 55 + 20


def test_any_frame_is_life() -> None:
    peer = Peer()
    for _ in range(20):
        peer.waits(600)
        peer.is_heard = True
    assert peer.closed_at is None


@pytest.mark.parametrize("every_s", [1, 10, 60, 600])
def test_nobody_is_closed_before_a_ping_however_rare_the_sweeps(every_s: int) -> None:
    peer = Peer(dead_after_s=0)
    peer.waits(7200, every_s)
    assert peer.pings
    assert peer.closed_at is not None
    assert peer.pings[0] < peer.closed_at
