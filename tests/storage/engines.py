"""The engines that the table's tests run on, each as the ``Tables`` port."""

from __future__ import annotations

import asyncio
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock, Thread
from typing import TYPE_CHECKING, Self

from moto.server import ThreadedMotoServer

from app.storage.connection import Credentials, Endpoint
from app.storage.dynamo import DynamoTables

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

REGION = "eu-central-1"


def endpoint(url: str, *, read_timeout_s: float = 30, threads: int = 16) -> Endpoint:
    """With more patience than in service: an emulator on a busy machine is slow."""
    return Endpoint(
        REGION,
        url,
        Credentials("testing", "testing"),
        connect_timeout_s=5,
        read_timeout_s=read_timeout_s,
        threads=threads,
    )


@contextmanager
def dynamo(url: str) -> Iterator[DynamoTables]:
    """A fresh table at the endpoint."""
    tables = DynamoTables(endpoint(url), f"strom-{uuid.uuid4().hex}")
    try:
        asyncio.run(tables.ensure_table())
        yield tables
    finally:
        tables.close()


class OneAtATime:
    """A WSGI application without concurrency: moto reads and writes its table without a lock, and
    loses one of two additions at once, which DynamoDB never does."""

    def __init__(self, app: WSGIApplication) -> None:
        self._app = app
        self._lock = Lock()

    def __call__(self, environ: WSGIEnvironment, respond: StartResponse) -> list[bytes]:
        with self._lock:
            return [b"".join(self._app(environ, respond))]


@contextmanager
def moto_server() -> Iterator[str]:
    """moto in a thread of this process, on a port of its own."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    assert server._server is not None
    server._server.app = OneAtATime(server._server.app)
    try:
        host, port = server.get_host_and_port()
        yield f"http://{host}:{port}"
    finally:
        server.stop()


class Silent:
    """Takes a request, counts it, and hangs up without an answer."""

    def __init__(self) -> None:
        self.requests = 0
        self._listening = socket.create_server(("127.0.0.1", 0))
        self._thread = Thread(target=self._serve, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listening.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(5)

    def _serve(self) -> None:
        while True:
            try:
                connected, _ = self._listening.accept()
            except OSError:
                return
            with connected:
                self.requests += bool(connected.recv(65536))
