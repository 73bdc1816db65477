"""The line between Strom and its table, which a test can cut, or keep whatever writes from."""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Literal
from urllib.parse import urlsplit

from tests.support.servers import HOST

WRITES = ("PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems", "BatchWriteItem")
State = Literal["up", "read-only", "full", "skewed", "down"]
_REFUSALS = {
    "read-only": (
        400,
        "com.amazon.coral.service#AccessDeniedException",
        "User: strom is not authorized to perform: dynamodb:PutItem",
    ),
    "full": (
        500,
        "com.amazonaws.dynamodb.v20120810#InternalFailure",
        "The request processing has failed because of an unknown error, exception or failure.",
    ),
    "skewed": (
        400,
        "com.amazon.coral.service#InvalidSignatureException",
        "Signature expired: 20260101T000000Z is now earlier than 20260101T000500Z",
    ),
}
"""As AWS says it; a full disk as DynamoDB Local does."""


class TableLine(ThreadingHTTPServer):
    """Passes requests on to a table, unless it is told otherwise."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, table_url: str) -> None:
        super().__init__((HOST, 0), _Passing)
        self.table = urlsplit(table_url).netloc
        self.state: State = "up"

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server_port}"

    def refusal(self, target: str) -> tuple[int, str, str] | None:
        if self.state == "skewed":
            return _REFUSALS["skewed"]
        is_write = target.rpartition(".")[2] in WRITES
        return _REFUSALS.get(self.state) if is_write else None

    def handle_error(self, request: object, client_address: object) -> None:
        """Who hangs up in the middle is no trouble here."""


class _Passing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: TableLine
    way: http.client.HTTPConnection | None = None

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.server.state == "down":
            self.close_connection = True
            return
        refused = self.server.refusal(self.headers.get("x-amz-target", ""))
        if refused is None:
            self._pass_on(body)
        else:
            status, code, words = refused
            self._answer(status, json.dumps({"__type": code, "message": words}).encode())

    def do_GET(self) -> None:
        """What asks for the time alone."""
        self._answer(400, b"{}")

    def _pass_on(self, body: bytes) -> None:
        if self.way is None:
            self.way = http.client.HTTPConnection(self.server.table, timeout=30)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
        self.way.request("POST", self.path, body, headers)
        got = self.way.getresponse()
        self._answer(got.status, got.read())

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/x-amz-json-1.0")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def finish(self) -> None:
        super().finish()
        if self.way is not None:
            self.way.close()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
        """Nobody reads it."""


@contextlib.contextmanager
def table_line(table_url: str) -> Iterator[TableLine]:
    """A line that is up."""
    with TableLine(table_url) as line:
        Thread(target=line.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield line
        finally:
            line.shutdown()
