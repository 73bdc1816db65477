"""The host of it all: `python -m tests.support.cloud.host FOLDER`; told by ``FOLDER/cloud.json``.

Its doors: the front (adds what CloudFront adds), the internal Function URL (takes signed requests
alone), AWS's endpoint (ministack, and Lambda's Invoke), DynamoDB for those who reach tenants' rows
with the tenant's keys alone, and the load balancer of charge points. Beside them the event source
of the perform queue, and what Scheduler leaves for the sweep.
"""

from __future__ import annotations

import base64
import contextlib
import json
import socket
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx

from tests.support.cloud.functions import Function, FunctionError
from tests.support.cloud.signatures import is_signed
from tests.support.cloud.tenant_keys import TenantKeys

HOST = "127.0.0.1"
INSTANCES = {"lnurl": 2, "portal": 1, "internal": 2, "perform": 2, "sweep": 1}
HOOKS = "/hooks/wallet/"
LNURL = ("/lnurl/", "/.well-known/lnurlp/", HOOKS)
HOPS = {"connection", "content-length", "transfer-encoding", "content-encoding", "host"}


@dataclass(frozen=True)
class Told:
    """What the test has decided."""

    ministack: str
    front_port: int
    internal_port: int
    aws_port: int
    chargers_port: int
    edge_ports: list[int]
    rows_ports: dict[str, int]
    """DynamoDB's, for each surface that assumes ``tenant_role``."""
    tenant_role: str
    rows_asked: str
    """The file in which it is written who has asked for whose rows."""
    front_key: str
    secret_key: str
    region: str
    perform_queue: str
    sweep_queue: str
    """Where Scheduler leaves its events (`schedules.py`)."""
    environments: dict[str, dict[str, str]]
    folder: str

    @property
    def hooks_lost(self) -> Path:
        """While this file is there, wallets ring in vain."""
        return Path(self.folder) / "hooks-lost"


class Door(BaseHTTPRequestHandler):
    """One request; what a door does with it is its subclass's."""

    protocol_version = "HTTP/1.1"
    # A body that waited until its head had been confirmed would come 40 ms late.
    disable_nagle_algorithm = True
    told: Told
    functions: Mapping[str, Function]
    tenant_keys: TenantKeys
    client = httpx.Client(timeout=40, trust_env=False)

    def do_GET(self) -> None:
        length = int(self.headers.get("content-length") or 0)
        self.body = self.rfile.read(length)
        self.path, _, self.query = self.path.partition("?")
        self.sent = {name.lower(): value for name, value in self.headers.items()}
        try:
            self.serve()
        except FunctionError:
            self.answer(502, b"the function has failed")

    do_POST = do_GET  # noqa: N815  # so http.server calls them
    do_PUT = do_GET  # noqa: N815
    do_PATCH = do_GET  # noqa: N815
    do_DELETE = do_GET  # noqa: N815
    do_HEAD = do_GET  # noqa: N815
    do_OPTIONS = do_GET  # noqa: N815

    def serve(self) -> None:
        raise NotImplementedError

    def answer(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def of_function(self, surface: str, headers: Mapping[str, str]) -> None:
        """Let a function answer, as payload 2.0."""
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": self.path,
            "rawQueryString": self.query,
            "headers": dict(headers),
            "cookies": [each.strip() for each in headers.get("cookie", "").split(";") if each],
            "requestContext": {
                "http": {
                    "method": self.command,
                    "path": self.path,
                    "protocol": "HTTP/1.1",
                    "sourceIp": "192.0.2.1",
                    "userAgent": "",
                },
                "requestId": "1",
                "stage": "$default",
            },
            "body": base64.b64encode(self.body).decode() if self.body else None,
            "isBase64Encoded": True,
        }
        found = self.functions[surface](event)
        body = found.get("body") or ""
        content = base64.b64decode(body) if found.get("isBase64Encoded") else body.encode()
        self.send_response(found["statusCode"])
        for name, value in (found.get("headers") or {}).items():
            if name.lower() not in HOPS:
                self.send_header(name, value)
        for cookie in found.get("cookies") or ():
            self.send_header("set-cookie", cookie)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def of_ministack(self) -> None:
        """Pass it on, and remember the sessions it gives."""
        kept = {name: value for name, value in self.sent.items() if name not in HOPS}
        passed = self.client.request(
            self.command, f"{self.told.ministack}{self.path}", headers=kept, content=self.body
        )
        kept = {name: value for name, value in passed.headers.items() if name not in HOPS}
        if passed.is_success and b"Action=AssumeRole" in self.body:
            self.tenant_keys.given(self.body, passed.content)
        self.answer(passed.status_code, passed.content, kept)

    def log_message(self, *_: object) -> None:
        pass


class FrontDoor(Door):
    """CloudFront and the HTTP API."""

    @property
    def viewer(self) -> str:
        """Whoever comes in comes from elsewhere: from one address only so many may sign up."""
        return f"192.0.2.{self.client_address[1] % 250 + 1}"

    def serve(self) -> None:
        if self.path.startswith(HOOKS) and self.told.hooks_lost.exists():
            self.answer(503, b"")
            return
        surface = "lnurl" if self.path.startswith(LNURL) else "portal"
        shown = {
            **self.sent,
            "host": "origin.invalid",
            "x-strom-front": self.told.front_key,
            "x-strom-host": self.sent["host"],
            "x-strom-viewer": self.viewer,
        }
        self.of_function(surface, shown)


class InternalDoor(Door):
    """The Function URL with AWS_IAM."""

    def serve(self) -> None:
        signed = is_signed(
            self.command, self.path, self.query, self.sent, self.body,
            secret=self.told.secret_key, region=self.told.region, service="lambda",
        )  # fmt: skip
        if signed:
            self.of_function("internal", self.sent)
        else:
            self.answer(403, b'{"Message": "Forbidden"}')


class AwsDoor(Door):
    """All of AWS: what ministack has, and Lambda."""

    def serve(self) -> None:
        if self.path.endswith("/functions/perform:live/invocations"):
            answer = self.functions["perform"](json.loads(self.body))
            self.answer(200, json.dumps(answer).encode())
        else:
            self.of_ministack()


class RowsDoor(Door):
    """DynamoDB, which looks at the session that a tenant's rows are asked for with."""

    surface: str

    def serve(self) -> None:
        if self.tenant_keys.allows(self.surface, self.sent, self.body):
            self.of_ministack()
        else:
            refused = {"__type": "com.amazon.coral.service#AccessDeniedException"}
            self.answer(400, json.dumps(refused).encode())


class Server(ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who has been killed, or has given up waiting, hears no answer."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


def main(folder: Path) -> None:
    told = Told(**json.loads((folder / "cloud.json").read_text()))
    with (folder / "strom.log").open("a") as log:
        functions = {surface: Function(surface) for surface in INSTANCES}
        for surface, function in functions.items():
            function.fork(INSTANCES[surface], told.environments[surface], log)
        Door.told, Door.functions = told, functions
        Door.tenant_keys = TenantKeys(told.region, told.tenant_role, Path(told.rows_asked))
        open_door(told.aws_port, AwsDoor)  # functions read secrets when they start
        for surface, port in told.rows_ports.items():
            open_door(port, type("RowsDoor", (RowsDoor,), {"surface": surface}))
        for function in functions.values():
            function.start()
        for function in functions.values():
            function.wait()
        open_door(told.internal_port, InternalDoor)
        open_door(told.front_port, FrontDoor)
        for work in (take_from_queue, take_from_queue, sweep, balance):
            threading.Thread(target=work, args=(told, functions), daemon=True).start()
        threading.Event().wait()


class Queue:
    """One of ministack's queues, as who takes from it sees it."""

    def __init__(self, told: Told, url: str) -> None:
        self._client = httpx.Client(base_url=told.ministack, timeout=40, trust_env=False)
        self._region, self._url = told.region, url

    def receive(self) -> list[dict[str, Any]]:
        found = self._call("ReceiveMessage", MaxNumberOfMessages=10, WaitTimeSeconds=5)
        return found.get("Messages") or []

    def delete(self, message: Mapping[str, Any]) -> None:
        self._call("DeleteMessage", ReceiptHandle=message["ReceiptHandle"])

    def _call(self, operation: str, **parameters: Any) -> dict[str, Any]:
        answer = self._client.post(
            "/",
            content=json.dumps({"QueueUrl": self._url, **parameters}),
            headers={
                "x-amz-target": f"AmazonSQS.{operation}",
                "content-type": "application/x-amz-json-1.0",
                "authorization": "AWS4-HMAC-SHA256 Credential=t/20260101/"
                f"{self._region}/sqs/aws4_request, SignedHeaders=host, Signature=0",
            },
        )
        return dict(answer.json()) if answer.content else {}


def open_door(port: int, door: type[Door]) -> None:
    threading.Thread(target=Server((HOST, port), door).serve_forever, daemon=True).start()


def take_from_queue(told: Told, functions: Mapping[str, Function]) -> None:
    """Lambda's event source: what a batch says has failed comes again, the rest is deleted."""
    queue = Queue(told, told.perform_queue)
    while True:
        messages = queue.receive()
        if not messages:
            continue
        records = [{"messageId": each["MessageId"], "body": each["Body"]} for each in messages]
        try:
            done = functions["perform"]({"Records": records})
        except FunctionError:
            continue
        failed = {each["itemIdentifier"] for each in done["batchItemFailures"]}
        for each in messages:
            if each["MessageId"] not in failed:
                queue.delete(each)


def sweep(told: Told, functions: Mapping[str, Function]) -> None:
    """Scheduler's invocations: what it leaves in the queue is the event, each comes once."""
    queue = Queue(told, told.sweep_queue)
    while True:
        for each in queue.receive():
            queue.delete(each)
            functions["sweep"](json.loads(each["Body"]))


def balance(told: Told, _: Mapping[str, Function]) -> None:
    """The network load balancer: the next edge that listens."""
    with socket.create_server((HOST, told.chargers_port)) as listening:
        turn = 0
        while True:
            viewer, _address = listening.accept()
            for _try in told.edge_ports:
                turn += 1
                port = told.edge_ports[turn % len(told.edge_ports)]
                try:
                    edge = socket.create_connection((HOST, port), timeout=2)
                except OSError:
                    continue
                edge.settimeout(None)
                for one, other in ((viewer, edge), (edge, viewer)):
                    threading.Thread(target=pass_on, args=(one, other), daemon=True).start()
                break
            else:
                viewer.close()


def pass_on(one: socket.socket, other: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := one.recv(65536):
            other.sendall(data)
    for each in (one, other):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
