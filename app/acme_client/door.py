"""The port 80 of a Strom that gets certificates itself: two answers, and nothing else.

``/.well-known/acme-challenge/TOKEN`` gets what was promised for it (RFC 8555 §8.3); everything else
is sent to the same place by ``https://``, at our own address whatever name was asked for.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

CHALLENGE = b"/.well-known/acme-challenge/"
Messages = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class Door:
    """An ASGI application."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.encode("ascii")
        self.answers: dict[str, str] = {}
        """Token → what is promised for it; set by who orders."""

    async def __call__(
        self, scope: MutableMapping[str, Any], receive: Messages, send: Send
    ) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        path: bytes = scope.get("raw_path") or scope["path"].encode()
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405)
        elif not path.startswith(b"/"):  # a proxy was looked for
            await _answer(send, 404)
        elif not path.startswith(CHALLENGE):
            query = b"?" + scope["query_string"] if scope["query_string"] else b""
            target = self._base_url + path + query
            await _answer(send, 308, (b"location", target))
        elif (promised := self.answers.get(path[len(CHALLENGE) :].decode("latin-1"))) is None:
            await _answer(send, 404)
        else:
            kind = (b"content-type", b"application/octet-stream")
            await _answer(send, 200, kind, body=promised.encode())


async def _answer(
    send: Send, status: int, *headers: tuple[bytes, bytes], body: bytes = b""
) -> None:
    length = (b"content-length", str(len(body)).encode())
    start = {"type": "http.response.start", "status": status, "headers": [*headers, length]}
    await send(start)
    await send({"type": "http.response.body", "body": body})
