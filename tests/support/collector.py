"""A collector of OpenTelemetry's as a test needs one: takes OTLP over HTTP, keeps the spans."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

HOST = "127.0.0.1"
PATIENCE_S = 20.0


@dataclass(frozen=True)
class Seen:
    """One span."""

    name: str
    trace: str
    span: str
    parent: str
    links: tuple[str, ...]
    attributes: dict[str, Any]
    service: str
    is_error: bool

    @property
    def traceparent(self) -> str:
        return f"00-{self.trace}-{self.span}-01"


@dataclass
class Collector:
    """What it has got so far."""

    url: str = ""
    raw: list[bytes] = field(default_factory=list)
    spans: list[Seen] = field(default_factory=list)
    answers: int = 200

    def named(self, name: str) -> list[Seen]:
        return [span for span in self.spans if span.name == name]

    def waits_for(self, wanted: Callable[[], object]) -> None:
        give_up_at = time.monotonic() + PATIENCE_S
        while not wanted():
            assert time.monotonic() < give_up_at, sorted(span.name for span in self.spans)
            time.sleep(0.05)

    def child(self, parent: Seen, name: str) -> Seen:
        """The one span of this name right below another."""
        found = [s for s in self.named(name) if (s.trace, s.parent) == (parent.trace, parent.span)]
        below = sorted(s.name for s in self.spans if s.parent == parent.span)
        assert found, f"{parent.name} has no {name}, but {below}"
        return found[0]

    def take(self, body: bytes) -> None:
        self.raw.append(body)
        for batch in ExportTraceServiceRequest.FromString(body).resource_spans:
            about = _attributes(batch.resource.attributes)
            for scope in batch.scope_spans:
                self.spans += [_seen(span, about["service.name"]) for span in scope.spans]


def _seen(span: Any, service: str) -> Seen:
    return Seen(
        name=span.name,
        trace=span.trace_id.hex(),
        span=span.span_id.hex(),
        parent=span.parent_span_id.hex(),
        links=tuple(f"00-{link.trace_id.hex()}-{link.span_id.hex()}-01" for link in span.links),
        attributes=_attributes(span.attributes),
        service=service,
        is_error=span.status.code == span.status.STATUS_CODE_ERROR,
    )


def _attributes(pairs: Any) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in pairs}


@contextlib.contextmanager
def collecting() -> Iterator[Collector]:
    """A collector on loopback while the block runs."""
    collector = Collector()

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.path == "/v1/traces" and collector.answers == 200:
                collector.take(body)
            self.send_response(collector.answers)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer((HOST, 0), Takes)
    server.daemon_threads = True
    collector.url = f"http://{HOST}:{server.server_port}"
    serving = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    serving.start()
    try:
        yield collector
    finally:
        server.shutdown()
        server.server_close()
        serving.join()
