"""The border of an HTTP surface: each request has an id, a time, and may begin a trace."""

import re
import time
from collections.abc import MutableMapping
from dataclasses import dataclass
from typing import Any

from app.bootstrap.foundation import Foundation
from app.charging.ports import Chance
from app.telemetry.context import NOTHING, about, now_about
from app.telemetry.numbers import Numbers
from app.telemetry.tracing import NO_SPAN, Span, Tracer, sampled

Scope = MutableMapping[str, Any]
_WELL_FORMED = re.compile(rb"[A-Za-z0-9._-]{8,64}")
REQUEST_ID = b"x-request-id"
TRACEPARENT = b"traceparent"
UNTRACED = ("/static/", "/favicon")


@dataclass(frozen=True, slots=True)
class Observed:
    """An ASGI app with its border around it.

    ``is_internal``: our own edge calls, and its traces go on here; a stranger's are not taken up,
    nor may one have us keep more of them than our share.
    """

    app: Any
    surface: str
    chance: Chance
    tracer: Tracer
    numbers: Numbers
    is_internal: bool = False

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """ASGI."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        request_id = self._request_id(scope, headers)
        span = self._begin(scope, headers)
        status = 500
        began = time.perf_counter()

        async def sending(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                named = (REQUEST_ID, request_id.encode())
                message["headers"] = [*message.get("headers", ()), named]
            await send(message)

        with about(NOTHING, request=request_id, traceparent=span.traceparent):
            try:
                await self.app(scope, receive, sending)
            finally:
                self.numbers.answered(self.surface, status, time.perf_counter() - began)
                if span is not NO_SPAN:
                    self._end(span, scope, status)

    def _request_id(self, scope: Scope, headers: dict[bytes, bytes]) -> str:
        """Lambda's own, so that its log lines and ours meet; else the proxy's; else a new one."""
        of_lambda = getattr(scope.get("aws.context"), "aws_request_id", None)
        if of_lambda:
            return str(of_lambda)
        told = headers.get(REQUEST_ID, b"")
        if _WELL_FORMED.fullmatch(told):
            return told.decode()
        return self.chance.token_bytes(8).hex()

    def _begin(self, scope: Scope, headers: dict[bytes, bytes]) -> Span:
        if not self.tracer.is_on:
            return NO_SPAN
        parent = ""
        if self.is_internal:
            parent = sampled(headers.get(TRACEPARENT, b"").decode("latin-1"))
            if not parent:
                return NO_SPAN
        elif scope["path"].startswith(UNTRACED):
            return NO_SPAN
        about_it = {
            "http.request.method": scope["method"],
            "url.scheme": scope["scheme"],
            "strom.surface": self.surface,
        }
        return self.tracer.begin(scope["method"], "server", parent=parent, attributes=about_it)

    def _end(self, span: Span, scope: Scope, status: int) -> None:
        """Never the path itself: it may carry a token."""
        route = scope.get("path_template", "")
        if route:
            span.rename(f"{scope['method']} {route}")
            span.tell({"http.route": route})
        known = now_about()
        ids = {
            "strom.request": known.request,
            "strom.tenant": known.tenant,
            "strom.charge_point": known.charge_point,
            "strom.session": known.session,
        }
        span.tell({name: value for name, value in ids.items() if value})
        span.tell({"http.response.status_code": status})
        if status >= 500:
            span.fail(str(status))
        span.end()


def observed(app: Any, surface: str, base: Foundation, *, is_internal: bool = False) -> Observed:
    """An HTTP surface of this process behind its border."""
    return Observed(app, surface, base.chance, base.tracer, base.numbers, is_internal)
