"""Somebody's dynamic contract: an address that answers JSON with prices."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

HOUR = timedelta(hours=1)


@contextmanager
def two_hours(boundary: datetime, before: str, after: str) -> Iterator[str]:
    """Serves one price up to the boundary, another from then on; gives the URL."""
    slots = [(boundary - HOUR, boundary, before), (boundary, boundary + HOUR, after)]
    body = json.dumps(
        [{"from": b.isoformat(), "to": e.isoformat(), "price": price} for b, e, price in slots]
    ).encode()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/prices"
    finally:
        server.shutdown()
        server.server_close()
