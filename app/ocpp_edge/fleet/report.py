"""An edge instance's numbers, in words for a dashboard. No label names a tenant or a charger."""

from collections.abc import Mapping
from typing import NamedTuple

from app.ocpp_edge.fleet.metrics import Metrics
from app.ocpp_edge.upstream import Links
from app.telemetry.exposition import Labels, Text

PREFIX = "strom_edge_"


class Present(NamedTuple):
    """What is so at this moment."""

    connected: Mapping[str, int]
    """Charge points by protocol."""
    frames: int
    """So far, of those that are here and those that were."""
    sockets: int
    live_pages: int
    outboxes: int
    waiting_messages: int
    is_draining: bool
    links: Links
    """To owners' own backends."""


def report(metrics: Metrics, present: Present) -> str:
    """Everything as text."""
    text = Text(PREFIX)
    _present(text, present)
    _charge_points(text, metrics, present.frames)
    _app(text, metrics)
    _links(text, present.links)
    others = metrics.counters
    text.counter(
        "events",
        "What else happened, by name.",
        [({"event": name}, others[name]) for name in sorted(others) if name != "frames"],
    )
    return str(text)


def _present(text: Text, present: Present) -> None:
    connected = present.connected
    text.gauge("connected", "Charge points on a socket here.", _by("protocol", connected))
    text.gauge("sockets", "Open sockets, whoever is at the other end.", _one(present.sockets))
    text.gauge("live_pages", "Browsers that follow a charge.", _one(present.live_pages))
    text.gauge("outboxes", "Charge points the app is owed messages of.", _one(present.outboxes))
    text.gauge("waiting_messages", "Messages for the app.", _one(present.waiting_messages))
    text.gauge("draining", "1 while it stops.", _one(int(present.is_draining)))


def _charge_points(text: Text, metrics: Metrics, frames: int) -> None:
    text.counter("frames", "Frames of charge points.", _one(frames))
    text.counter("calls", "Calls of charge points that were taken.", _by("action", metrics.calls))
    text.counter("calls_refused", "Calls answered with an error.", _by("code", metrics.refused))
    text.histogram(
        "answer_seconds",
        "Until a charge point had its answer, where the app was asked first.",
        [({}, metrics.answers)],
    )
    text.counter(
        "commands",
        "What came of commands to charge points.",
        [
            ({"origin": origin, "outcome": outcome}, count)
            for (origin, outcome), count in sorted(metrics.commands.items())
        ],
    )
    text.counter("connects", "Charge points let in.", _by("protocol", metrics.connects))
    text.counter("turned_away", "Not let in, by HTTP status.", _by("status", metrics.turned_away))
    text.counter("drops", "Connections that ended.", _by("reason", metrics.drops))
    text.histogram("loop_lag_seconds", "How late the event loop was.", [({}, metrics.lag)])


def _app(text: Text, metrics: Metrics) -> None:
    requests = sorted(metrics.app_requests.items())
    text.histogram(
        "app_request_seconds",
        "Until the app answered.",
        [({"route": route}, histogram) for route, histogram in requests],
    )
    failures = metrics.app_failures
    text.counter("app_failures", "Requests without a usable answer.", _by("route", failures))


def _links(text: Text, links: Links) -> None:
    states = {"up": links.up, "down": links.down}
    text.gauge("upstream_links", "Links to owners' own backends.", _by("state", states))
    text.gauge("upstream_waiting_messages", "Messages for them.", _one(links.waiting))
    text.gauge("upstream_waiting_bytes", "What these take.", _one(links.waiting_bytes))
    text.counter("upstream_lost_messages", "Messages for them that were let go.", _one(links.lost))


def _by(label: str, counts: Mapping[str, int] | Mapping[int, int]) -> list[tuple[Labels, float]]:
    return [({label: name}, count) for name, count in sorted(counts.items())]


def _one(value: float) -> list[tuple[Labels, float]]:
    return [({}, value)]
