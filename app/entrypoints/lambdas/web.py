"""HTTP surfaces: Lambda's events (payload 2.0) to Litestar, through Mangum.

Our front (CloudFront) shows a secret with each request; without it nobody is answered, so that
nobody goes around the front's rules. It tells which host was asked for, and by whom.
"""

import asyncio
import hmac
from dataclasses import dataclass
from typing import Any

from litestar import Litestar
from mangum import Mangum

from app.entrypoints.lambdas.starting import Event, Handler, Started
from app.entrypoints.observing import observed

FRONT = "x-strom-front"
HOST = "x-strom-host"
VIEWER = "x-strom-viewer"
REFUSED: Event = {"statusCode": 403, "headers": {"content-type": "text/plain"}, "body": "no\n"}


@dataclass(frozen=True, slots=True)
class Front:
    """What stands before a surface; an empty key: nothing, its requests are taken as they come."""

    key: str

    def admit(self, event: Event) -> Event | None:
        """The event as the viewer sent it; None for one that did not come through the front."""
        headers = dict(event.get("headers") or {})
        shown = headers.pop(FRONT, "")
        host, viewer = headers.pop(HOST, ""), headers.pop(VIEWER, "")
        if not self.key:
            return event
        if not hmac.compare_digest(shown.encode(), self.key.encode()):
            return None
        if host:
            headers["host"] = host
        context = dict(event["requestContext"])
        if viewer:
            context["http"] = context["http"] | {"sourceIp": viewer}
        return event | {"headers": headers, "requestContext": context}


def web_handler(started: Started, app: Litestar, front: Front, surface: str) -> Handler:
    """Answers one request at a time, as Lambda sends them."""
    is_internal = surface == "internal"
    within = observed(app, surface, started.common.base, is_internal=is_internal)
    serve = Mangum(within, lifespan="off")

    def handle(event: Event, context: Any) -> Event:
        admitted = front.admit(event)
        if admitted is None:
            return REFUSED
        answer: Event = serve(admitted, context)
        started.run(asyncio.sleep(0))
        return answer

    return handle
