"""Brings what charge points say to the app: few requests, a batch each, one message per charger.

What somebody waits for goes out at once while requests are free, and takes readings along; readings
alone look for company for a moment. Under load batches form by themselves.
"""

import asyncio
import contextvars
import logging
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext

from app.charging.errors import BadInput, NotFound, Refused, TooMany, Unavailable
from app.charging.ports import Chance, Clock
from app.edge_messages import (
    ChargerMessage,
    Connected,
    MessageBatch,
    MessageResult,
    SessionNotice,
)
from app.ocpp_edge.alarms import Alarm, Alarms
from app.ocpp_edge.app_client import AppClient
from app.ocpp_edge.outbox import Listener, Outbox
from app.ocpp_edge.settings import EdgeSettings
from app.telemetry.tracing import NO_TRACES, Tracer, part

log = logging.getLogger(__name__)

Batch = Sequence[tuple[Outbox, ChargerMessage]]


class Dispatcher:
    """The outboxes of an edge and the way from them to the app.

    ``show`` is given what comes back for live pages; ``settled`` is called when the app has
    answered for a charge point that is gone.
    """

    def __init__(
        self,
        app: AppClient,
        alarms: Alarms,
        chance: Chance,
        settings: EdgeSettings,
        counters: Counter[str],
        show: Callable[[SessionNotice], None],
        tracer: Tracer = NO_TRACES,
    ) -> None:
        self._tracer = tracer
        self._app = app
        self._show = show
        self._alarms = alarms
        self._chance = chance
        self._settings = settings
        self._counters = counters
        self._outboxes: dict[tuple[str, str], Outbox] = {}
        self._ready: deque[Outbox] = deque()
        self._lingering: dict[Outbox, None] = {}
        self._departure: Alarm | None = None
        self._requests: set[asyncio.Task[None]] = set()
        self._pump_is_due = False
        self._apart = contextvars.copy_context()
        self.settled: Callable[[], None] = _nobody_waits

    def attach(self, grant: Connected, listener: Listener) -> Outbox:
        """The charge point's outbox, with what an earlier connection left in it."""
        key = (grant.tenant, grant.charge_point)
        outbox = self._outboxes.get(key)
        if outbox is None:
            outbox = self._outboxes[key] = Outbox(
                *key, self._offer, self._alarms, self._chance, self._settings, self._counters
            )
        outbox.attach(grant.epoch, listener)
        return outbox

    def detach(self, outbox: Outbox, listener: Listener) -> None:
        """The connection is gone; the outbox goes when it is empty."""
        outbox.detach(listener)
        self._forget_if_done(outbox)

    def has_told(self, tenant: str, charge_point: str) -> bool:
        """Whether the app knows what a charge point has said, as far as it takes it."""
        outbox = self._outboxes.get((tenant, charge_point))
        return outbox is None or outbox.is_idle or outbox.is_stuck

    @property
    def outboxes(self) -> int:
        """How many are kept: of charge points that are here, or owe something."""
        return len(self._outboxes)

    @property
    def waiting(self) -> int:
        """How many messages the app does not know of."""
        return sum(outbox.waiting for outbox in self._outboxes.values())

    async def drain(self, clock: Clock, within_s: float) -> bool:
        """Wait until the app knows everything; False when the time did not suffice."""
        end = self._alarms.steady() + within_s
        while any(not outbox.is_idle for outbox in self._outboxes.values()):
            if self._alarms.steady() >= end:
                return False
            await clock.sleep(0.05)
        return True

    async def close(self) -> None:
        """Stop; requests under way are given up."""
        requests = tuple(self._requests)
        for request in requests:
            request.cancel()
        await asyncio.gather(*requests, return_exceptions=True)

    def _offer(self, outbox: Outbox) -> None:
        outbox.is_queued = True
        if outbox.can_linger and self._settings.readings_linger_s > 0:
            self._linger(outbox)
            return
        self._lingering.pop(outbox, None)
        outbox.is_hurried = True
        self._ready.append(outbox)
        self._wake()

    def _linger(self, outbox: Outbox) -> None:
        self._lingering[outbox] = None
        if len(self._lingering) >= self._settings.max_batch:
            self._depart()
        elif self._departure is None:
            self._departure = self._alarms.after(self._settings.readings_linger_s, self._depart)

    def _depart(self) -> None:
        """No more lingering."""
        if self._departure is not None:
            self._departure.cancel()
            self._departure = None
        for outbox in self._lingering:
            outbox.is_hurried = True
        self._ready.extend(self._lingering)
        self._lingering.clear()
        self._wake()

    def _wake(self) -> None:
        if not self._pump_is_due and len(self._requests) < self._settings.max_app_requests:
            self._pump_is_due = True
            asyncio.get_running_loop().call_soon(self._pump)

    def _pump(self) -> None:
        self._pump_is_due = False
        while self._ready and len(self._requests) < self._settings.max_app_requests:
            batch = self._take_batch()
            if batch:
                # Not in the context of whoever happened to wake us: its ids are one charger's.
                request = asyncio.get_running_loop().create_task(
                    self._send(batch), context=self._apart.copy()
                )
                self._requests.add(request)
                request.add_done_callback(self._done)

    def _take_batch(self) -> Batch:
        batch: list[tuple[Outbox, ChargerMessage]] = []
        while len(batch) < self._settings.max_batch:
            outbox = self._next()
            if outbox is None:
                break
            outbox.is_queued = outbox.is_hurried = False
            message = outbox.take()
            if message is not None:
                batch.append((outbox, message))
        return batch

    def _next(self) -> Outbox | None:
        """Those in a hurry first, then who lingers: there is room."""
        if self._ready:
            return self._ready.popleft()
        if self._lingering:
            outbox = next(iter(self._lingering))
            del self._lingering[outbox]
            return outbox
        return None

    def _done(self, request: asyncio.Task[None]) -> None:
        self._requests.discard(request)
        if self._ready:
            self._wake()

    async def _send(self, batch: Batch) -> None:
        try:
            results = await self._ask(batch)
        except BadInput as refusal:
            if len(batch) > 1:  # one of them is bad: find it
                for one in batch:
                    await self._send([one])
                return
            log.error("the app refuses a message: %s", refusal.message)  # noqa: TRY400 # no defect here
            self._settle(batch, [None], refused=True)
            return
        except Unavailable:
            self._counters["app_unavailable"] += 1
            results = [None] * len(batch)
        except Exception:
            log.exception("the request to the app failed")
            results = [None] * len(batch)
        self._settle(batch, results)

    async def _ask(self, batch: Batch) -> Sequence[MessageResult | None]:
        messages = tuple(message for _, message in batch)
        try:
            with self._traced(messages):
                answer = await self._app.messages(MessageBatch(self._settings.instance, messages))
        except (TooMany, NotFound, Refused) as error:  # of us, not of what was said
            raise Unavailable(error.message) from error
        if len(answer.results) != len(batch):
            raise Unavailable("the app answered for another number of messages")
        for notice in answer.notices:
            self._show(notice)
        return answer.results

    def _traced(self, messages: Sequence[ChargerMessage]) -> AbstractContextManager[object]:
        """A span of the request where it carries something traced; each goes on by itself."""
        if not self._tracer.is_on:
            return nullcontext()
        traced = list(dict.fromkeys(m.traceparent for m in messages if m.traceparent))
        if not traced:
            return nullcontext()
        about: dict[str, str | int] = {
            "http.request.method": "POST",
            "url.template": "/internal/messages",
            "messaging.batch.message_count": len(messages),
        }
        name = "POST /internal/messages"
        return part(
            self._tracer, name, "client", parent=traced[0], links=traced[1:], attributes=about
        )

    def _settle(
        self, batch: Batch, results: Sequence[MessageResult | None], *, refused: bool = False
    ) -> None:
        for (outbox, _), result in zip(batch, results, strict=True):
            try:
                outbox.settle(result, refused=refused)
            except Exception:
                log.exception("the app's answer could not be used")
            if outbox.listener is None:
                self._forget_if_done(outbox)
                self.settled()

    def _forget_if_done(self, outbox: Outbox) -> None:
        key = (outbox.tenant, outbox.charge_point)
        if outbox.listener is None and outbox.is_idle and self._outboxes.get(key) is outbox:
            del self._outboxes[key]


def _nobody_waits() -> None:
    """Nobody is to be told."""
