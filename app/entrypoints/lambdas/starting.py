"""What every function does once, before its first event."""

import asyncio
import gc
import os
from collections.abc import Callable, Coroutine
from contextlib import AbstractContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import Any, TypeVar

from app.bootstrap.common import Common, common_parts
from app.bootstrap.on_aws import aws_foundation
from app.bootstrap.telemetry import watched_over
from app.entrypoints.logs import set_up_logging
from app.notifications.background import BackgroundMailer
from app.settings import Settings
from app.telemetry.context import NOTHING, about

T = TypeVar("T")
Event = dict[str, Any]
"""What Lambda hands over, JSON."""
Handler = Callable[[Event, Any], Event]


@dataclass(frozen=True, slots=True)
class Started:
    """What every function stands on, and the loop that all of its events run on."""

    common: Common
    loop: asyncio.AbstractEventLoop
    parts: AsyncExitStack
    """What was opened; held here, or it would be closed as soon as nobody names it."""

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do it, and what it has left to do beside: a function stands still after its answer."""
        return self.loop.run_until_complete(self._whole(work))

    async def _whole(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return await work
        finally:
            mailer = self.common.mailer
            if isinstance(mailer, BackgroundMailer):
                await mailer.drain()
            await self.common.base.tracer.flush()


def start(settings: Settings) -> Started:
    """Make what a function's own parts stand on; raises ``SettingsError``.

    It ends with the process.
    """
    set_up_logging(settings.log_level)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)  # where Mangum looks for it
    parts = AsyncExitStack()
    foundation = loop.run_until_complete(parts.enter_async_context(aws_foundation(settings)))
    name = os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "strom")
    return Started(common_parts(watched_over(foundation, name, is_snapped=True)), loop, parts)


def made(handler: Handler) -> Handler:
    """The handler, once all of it is made: what is there now stays, and is not looked through when
    garbage is looked for from here on."""
    gc.freeze()
    gc.enable()
    return handler


def of(context: Any) -> AbstractContextManager[None]:
    """Whatever is logged inside names this event, as Lambda's own lines do."""
    return about(NOTHING, request=str(getattr(context, "aws_request_id", "")))
