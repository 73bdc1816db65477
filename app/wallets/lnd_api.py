"""LND over REST: one request, one answer, a hard deadline, no secret anywhere but here.

LND's REST is a gateway in front of its gRPC. An error carries gRPC's code and LND's words; most
of LND's own errors are plain and come as code 2 with HTTP 500. A streaming call answers with one
JSON object a line, ``{"result": …}`` or ``{"error": …}``; mostly the first line is all that is
wanted of it. The macaroon travels in a header only: never in a URL, a log or an error.
"""

import asyncio
import json
import logging
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from app.charging.errors import Unavailable
from app.wallets.never_sent import NeverSent, unsent

if TYPE_CHECKING:
    import httpx

_log = logging.getLogger(__name__)

NOT_FOUND = 5
"""gRPC's code; so answers also a path that LND does not know, hence its words count as well."""

OTHER_CERTIFICATE = "the server shows another certificate than the one that was entered"

_CONNECT_S = 5.0
_MOST_BYTES = 8_000_000
"""The list of a routing node's channels has about 1.5 KB for each."""
_MOST_LINE_BYTES = 1_000_000
_UNREADY = ("wallet locked", "wallet not created", "waiting to start", "starting up")
"""Of ``rpcperms/interceptor.go``: said before any call is looked at."""
_BAD_MACAROON = ("macaroon", "verification failed", "encoding/hex")
_REFUSALS = (2, 3, 7, 9, 12, 16)
"""Codes LND itself gives. The others may also come from its gateway, of a call under way."""


class WrongCertificate(NeverSent):
    """Somebody answered, but cannot show that it is this LND."""


class Denied(Unavailable):
    """The macaroon is good, but not for this call."""


class Http(Protocol):
    """Where the HTTP client comes from: shared, or the wallet's own with its certificate."""

    def client(self) -> "AbstractAsyncContextManager[httpx.AsyncClient]":
        """A client that stays open inside the context."""
        ...

    async def close(self) -> None:
        """Let go of what is its own, once nobody uses it."""
        ...


class SharedHttp:
    """A client that others use as well: closed by whoever made it."""

    def __init__(self, http: "httpx.AsyncClient") -> None:
        self._http = http

    def client(self) -> "AbstractAsyncContextManager[httpx.AsyncClient]":
        """The client."""
        return nullcontext(self._http)

    async def close(self) -> None:
        """Nothing of its own is open."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A complete answer, or the first line of a stream. ``body`` is None where it was not JSON."""

    status: int
    body: Any

    @property
    def result(self) -> dict[str, Any]:
        """What a successful call says, taken out of a stream's envelope; empty without one."""
        body = self.body if self.status == 200 and isinstance(self.body, dict) else {}
        found = body.get("result", {} if "error" in body else body)
        return found if isinstance(found, dict) else {}

    @property
    def code(self) -> int | None:
        """gRPC's code of LND's error; None when this is no error of LND's."""
        code = self._error.get("code")
        return code if type(code) is int else None

    @property
    def words(self) -> str:
        """What LND says went wrong, for logs and the owner; bounded."""
        words = self._error.get("message")
        return str(words)[:200] if words else f"HTTP {self.status}"

    @property
    def is_refusal(self) -> bool:
        """Whether LND itself said no, rather than something on the way to it."""
        return self.code in _REFUSALS

    @property
    def is_unready(self) -> bool:
        """Whether LND is locked or starting: it has not even looked at the call."""
        return self.code is not None and _has(self.words, _UNREADY)

    @property
    def is_bad_macaroon(self) -> bool:
        """Whether the macaroon is none of this node's, or has expired."""
        return self.code is not None and _has(self.words, _BAD_MACAROON)

    @property
    def is_denied(self) -> bool:
        """Whether the macaroon is good, but not for this call."""
        return self.code is not None and "permission denied" in self.words.lower()

    @property
    def _error(self) -> Mapping[str, Any]:
        body = self.body if isinstance(self.body, dict) else {}
        inner = body.get("error")
        if isinstance(inner, dict):
            return inner
        return body if self.status != 200 else {}


class LndApi:
    """Requests to one LND with one macaroon (hex)."""

    def __init__(self, http: Http, base_url: str, macaroon: str) -> None:
        self._http = http
        self._base_url = base_url.rstrip("/")
        self._headers = {"Grpc-Metadata-macaroon": macaroon}

    def __repr__(self) -> str:
        return f"LndApi({self._base_url})"

    async def get(
        self,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        deadline_s: float,
        is_stream: bool = False,
    ) -> Answer:
        """GET; raises ``Unavailable`` when no answer comes in time."""
        return await self._send("GET", path, params, None, deadline_s, is_stream)

    async def post(
        self, path: str, body: Mapping[str, object], *, deadline_s: float, is_stream: bool = False
    ) -> Answer:
        """POST; raises ``NeverSent`` or, when it may have been seen, ``Unavailable``."""
        return await self._send("POST", path, None, body, deadline_s, is_stream)

    async def lines(self, path: str, *, silence_s: float) -> AsyncGenerator[Answer, None]:
        """What a stream says until it ends; ``Unavailable`` when it breaks or is silent for long.

        Each is a connection of its own as long as it lasts.
        """
        async with (
            self._response("GET", path, None, None, silence_s) as response,
            aclosing(_lines(response)) as lines,
        ):
            async for line in lines:
                yield Answer(response.status_code, _json(line))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.close()

    async def _send(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        body: Mapping[str, object] | None,
        deadline_s: float,
        is_stream: bool,
    ) -> Answer:
        try:
            async with (
                asyncio.timeout(deadline_s),
                self._response(method, path, params, body, deadline_s) as response,
            ):
                return Answer(response.status_code, await _read_json(response, is_stream))
        except TimeoutError as error:
            raise Unavailable("The wallet did not answer in time.") from error

    @asynccontextmanager
    async def _response(
        self,
        method: str,
        path: str,
        params: Mapping[str, str] | None,
        body: Mapping[str, object] | None,
        silence_s: float,
    ) -> "AsyncIterator[httpx.Response]":
        """An answer while it comes in; what goes wrong is told in the port's words."""
        import httpx  # on first use: a surface that only answers pay requests needs none of it

        try:
            async with (
                self._http.client() as http,
                http.stream(
                    method,
                    self._base_url + path,
                    params=params,
                    json=body,
                    headers=self._headers,
                    timeout=httpx.Timeout(silence_s, connect=min(_CONNECT_S, silence_s)),
                    follow_redirects=False,
                ) as response,
            ):
                yield response
        except unsent() as error:
            raise _never_sent(error) from error
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise Unavailable("The wallet did not answer in time.") from error


def unavailable(what: str, answer: Answer) -> Unavailable:
    """For whoever waits; LND's own words are for the log."""
    _log.warning("%s: %s", what, answer.words)
    if answer.is_unready:
        return Unavailable(f"{what}: the node is locked or starting.")
    if answer.is_denied:
        return Denied(f"{what}: the macaroon does not permit it.")
    return Unavailable(f"{what}.")


async def _read_json(response: "httpx.Response", is_stream: bool) -> Any:
    content = bytearray()
    async for chunk in response.aiter_bytes():
        content += chunk
        if len(content) > _MOST_BYTES:
            raise Unavailable("The wallet's answer is too long.")
        if is_stream and b"\n" in chunk:
            break
    return _json(content.partition(b"\n")[0] if is_stream else content)


async def _lines(response: "httpx.Response") -> AsyncGenerator[bytes, None]:
    """Whole lines, bounded; what is left when the answer ends is the last one."""
    begun = b""
    async for chunk in response.aiter_bytes():
        *whole, begun = (begun + chunk).split(b"\n")
        for line in filter(None, whole):
            yield line
        if len(begun) > _MOST_LINE_BYTES:
            raise Unavailable("The wallet's answer is too long.")
    if begun:
        yield begun


def _json(content: bytes | bytearray) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _never_sent(error: BaseException) -> NeverSent:
    """Tells a certificate that cannot be trusted from a server that is not there."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, ssl.SSLCertVerificationError) or OTHER_CERTIFICATE in str(found):
            return WrongCertificate("The wallet cannot prove that it is the one connected.")
        found = found.__cause__ or found.__context__
    return NeverSent("The wallet cannot be reached.")


def _has(words: str, marks: tuple[str, ...]) -> bool:
    lowered = words.lower()
    return any(mark in lowered for mark in marks)
