"""What somebody's roof has left: an address that answers JSON with one number, or with an error."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Roof:
    """``surplus_w`` is told to whoever asks; None: it answers nothing useful."""

    surplus_w: int | None
    url: str = ""
    asked: int = 0


@contextmanager
def roof(surplus_w: int | None) -> Iterator[Roof]:
    """Serves what the roof has left."""
    told = Roof(surplus_w)

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            told.asked += 1
            self.send_response(200 if told.surplus_w is not None else 503)
            self.send_header("content-type", "application/json")
            self.end_headers()
            self.wfile.write(json.dumps({"site": {"surplus_w": told.surplus_w}}).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its own name
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_address[1]}/status"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
