"""One connected charge point: frames in, answers out, everything else to whom it concerns.

No IO and no task of its own: the socket calls `receive`, alarms and the dispatcher call back.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from app.edge_messages import (
    Booted,
    CommandOutcome,
    Connected,
    Deadline,
    LastSeen,
    MessageResult,
    Readings,
    Said,
    TransactionStarted,
    TransactionStopped,
)
from app.ocpp_edge import frames
from app.ocpp_edge.alarms import Alarm
from app.ocpp_edge.baseline import Baseline
from app.ocpp_edge.calls import Calls, OutgoingCall
from app.ocpp_edge.deadlines import Deadlines
from app.ocpp_edge.dialect import Answered, Asked, Dialect
from app.ocpp_edge.errors import CallRefused, ErrorCode
from app.ocpp_edge.fleet.drops import REPLACED
from app.ocpp_edge.fleet.notebook import Notebook
from app.ocpp_edge.frames import Call, Malformed, Payload
from app.ocpp_edge.line import Line
from app.ocpp_edge.meaning import meant
from app.ocpp_edge.parts import Parts, Socket
from app.ocpp_edge.times import ChargerTimes
from app.ocpp_edge.tracing import Causes
from app.ocpp_edge.upstream import Passthrough
from app.operations import ChargerOperation, Stop
from app.telemetry.tracing import NO_SPAN

log = logging.getLogger(__name__)

MAX_TRANSACTION_ID = 2**31 - 1
NOTHING: Final[Payload] = {}


class Charger:
    """A charge point on its socket."""

    __slots__ = (
        "_baseline",
        "_causes",
        "_deadlines",
        "_greeting_alarm",
        "_outbox",
        "_owed",
        "_parts",
        "_times",
        "_upstream",
        "charge_point",
        "dialect",
        "epoch",
        "heartbeat_interval_s",
        "is_pending",
        "line",
        "notes",
        "socket",
        "tenant",
    )

    def __init__(self, grant: Connected, socket: Socket, dialect: Dialect, parts: Parts) -> None:
        settings = parts.settings
        self.tenant = grant.tenant
        self.charge_point = grant.charge_point
        self.epoch = grant.epoch
        self.heartbeat_interval_s = grant.heartbeat_interval_s or settings.heartbeat_interval_s
        self.socket = socket
        self.dialect = dialect
        self._parts = parts
        self._times: ChargerTimes | None = None
        self._deadlines: Deadlines | None = None
        self.is_pending = grant.pending
        self._baseline = grant.configuration
        self._owed: Connected | None = grant
        self._upstream: Passthrough | None = None
        self._causes: Causes | None = None
        self._outbox = parts.dispatcher.attach(grant, self)
        self.notes = Notebook(self._outbox, parts.alarms, recent_frames=settings.recent_frames)
        calls = Calls(
            parts.chance.token_bytes(4).hex(),
            timeout_s=settings.call_timeout_s,
            limit=settings.max_waiting_calls,
        )
        self.line = Line(
            socket, self.notes, calls, parts.alarms, parts.counters, settings.call_timeout_s
        )
        self._greeting_alarm: Alarm | None = parts.alarms.after(
            settings.greeting_wait_s, self._open
        )

    def begin(self) -> None:
        """What the app said at connect: deadlines, and commands that are still owed."""
        grant, self._owed = self._owed, None
        if grant is None:
            return
        if grant.logging is not None:
            self.notes.log_frames(grant.logging)
        if grant.upstream is not None and self._parts.upstreams is not None:
            self._upstream = self._parts.upstreams.attach(
                grant, grant.upstream, self.dialect.protocol, self, self._outbox
            )
        for deadline in grant.deadlines:
            self.limit(deadline)
        for command in grant.commands:
            self._parts.commands.deliver(command, self)

    def close(self) -> None:
        """The socket is gone."""
        if self._greeting_alarm is not None:
            self._greeting_alarm.cancel()
        if self._deadlines is not None:
            self._deadlines.close()
        self.notes.close()
        if self._upstream is not None and self._parts.upstreams is not None:
            self._parts.upstreams.detach((self.tenant, self.charge_point), self._upstream)
        self.line.close()
        self._parts.dispatcher.detach(self._outbox, self)

    # --- frames ------------------------------------------------------------------------------

    def receive(self, data: bytes) -> None:
        """Take a frame. Never raises: the connection lives through anything."""
        notes, counters = self.notes, self._parts.counters
        notes.quality.frames += 1
        if notes.log is not None:
            notes.log.add(data, sent=False)
        message = frames.read(data)
        if (
            type(message) is not Call
            or message.action not in self.dialect.actions
            or message.oddity
        ):
            message = meant(message, self.dialect, self)
        if isinstance(message, Call):
            try:
                self._take(message)
            except CallRefused as refused:
                self._parts.metrics.refused[refused.code] += 1
                self.notes.quality.refused += 1
                about = self._named()
                log.debug("refused %s: %s", message.action[:50], refused.description, extra=about)
                self._refuse(message.id, refused.code, refused.description)
            except Exception:
                self._failed(message)
        elif isinstance(message, Malformed):
            counters["malformed_frames"] += 1
            self.notes.quality.malformed += 1
            if message.id is not None:
                self._refuse(message.id, ErrorCode.FORMATION_VIOLATION, message.reason)
        else:
            self.line.answered(message)
        if notes.is_puzzled and notes.keep(data):
            log.warning("a frame is lost in part; its frame log has it", extra=self._named())
        if self._greeting_alarm is not None and not self._is_boot(message):
            self._open()

    def _refuse(self, message_id: frames.MessageId, code: ErrorCode, description: str) -> None:
        word = self.dialect.error_word(code)
        self.line.send(frames.write_error(message_id, word, description))

    def _take(self, call: Call) -> None:
        if log.isEnabledFor(logging.DEBUG):
            log.debug("%s says %s", self.charge_point, call.action, extra=self._named())
        if self.is_pending and call.action != "BootNotification":
            if self.dialect.is_durable(call.action):
                return  # it says so again once it is accepted
            raise CallRefused(ErrorCode.SECURITY_ERROR, "its owner has not accepted it so far")
        if self._upstream is not None:
            call = self._upstream.completed(call)
        reply = self.dialect.receive(call.action, call.payload, self)
        self._parts.metrics.calls[call.action] += 1
        if type(reply) is Answered:
            self._answer(call, reply)
            return
        assert isinstance(reply, Asked)
        said, answer, upstream = reply.said, reply.answer, self._upstream
        if upstream is not None:
            said = upstream.marked(call, said)
        if isinstance(said, TransactionStopped):
            self._known_deadlines().ended(said.transaction_id)
        elif isinstance(said, TransactionStarted) and said.transaction_id is not None:
            self._known_deadlines().begins(said.transaction_id)
        asked_at = self._parts.alarms.steady()
        span = NO_SPAN if self._causes is None else self._causes.begin(call.action, said, asked_at)

        def answer_now(result: MessageResult, more: Payload = NOTHING, /) -> None:
            self.line.send(frames.write_result(call.id, {**answer(result, self), **more}))

        def answer_saved(result: MessageResult) -> None:
            self._parts.metrics.answers.add(self._parts.alarms.steady() - asked_at)
            span.end()
            if upstream is None:
                answer_now(result)
            else:
                upstream.decide(call, said, result, answer_now)
            if isinstance(said, Booted):
                self._open()

        self._outbox.ask(said, answer_saved, span.traceparent)
        for one in reply.also:
            self._forward(one)

    def _answer(self, call: Call, reply: Answered) -> None:
        """At once, unless the owner's own backend has a word about it."""
        upstream, say = self._upstream, None
        if upstream is not None and upstream.holds(call):

            def say(more: Payload) -> None:
                self.line.send(frames.write_result(call.id, {**reply.payload, **more}))

        else:
            self.line.send(frames.write_result(call.id, reply.payload))
        if reply.said is not None:
            self._forward(reply.said, call.action)
        for said in reply.also:
            self._forward(said)
        if upstream is not None:
            upstream.heard(call, say)

    def _forward(self, said: Said, action: str = "") -> None:
        if isinstance(said, Readings):
            self._outbox.put_readings(self._metered(said))
        elif self._causes is None:
            self._outbox.put(said)
        else:
            span = self._causes.begin(action, said, self._parts.alarms.steady())
            self._outbox.put(said, span.traceparent)
            span.end()

    def _metered(self, said: Readings) -> Readings:
        """Find the transaction of readings that name none, and see whether it must stop."""
        deadlines = self._deadlines
        if deadlines is None:
            return said
        if said.transaction_id is None and said.connector > 0:
            running = deadlines.on_connector(said.connector)
            said = Readings(said.connector, running, said.readings, said.signed)
        if said.transaction_id is not None:
            for reading in reversed(said.readings):
                if reading.energy_wh is not None:
                    deadlines.metered(said.transaction_id, reading.energy_wh)
                    break
        return said

    def _failed(self, call: Call) -> None:
        """A defect of ours. What must be durable is not answered: the charge point retries."""
        log.exception("a call could not be handled: %s", call.action[:50], extra=self._named())
        self._parts.counters["defects"] += 1
        if not self.dialect.is_durable(call.action):
            self._refuse(call.id, ErrorCode.INTERNAL_ERROR, "could not be handled")

    # --- what a translation may know (`dialect.Context`) ---------------------------------------

    def now(self) -> datetime:
        """The present moment."""
        return self._parts.clock.now()

    def moment(self, value: object) -> datetime:
        """A timestamp of this charge point."""
        if self._times is None:
            self._times = ChargerTimes()
        moment = self._times.read(value, self._parts.clock.now())
        if self._times.oddity:
            self.notes.quality.noticed(self._times.oddity)
        return moment

    def noticed(self, kind: str) -> None:
        """A soft error, for the owner to see."""
        self.notes.quality.noticed(kind)

    def puzzled(self, kind: str) -> None:
        """A soft error of which something was lost: the frame is kept for the owner to read."""
        self._parts.counters["soft_errors"] += 1
        self.notes.is_puzzled = True
        self.notes.quality.noticed(kind)

    def register_wh(self, transaction_id: int) -> int | None:
        """The last register value it told of a transaction."""
        return self._deadlines.register_wh(transaction_id) if self._deadlines else None

    def connector_of(self, transaction_id: int) -> int:
        """Where a transaction runs, as far as the app has told."""
        return self._deadlines.connector_of(transaction_id) if self._deadlines else 0

    def new_transaction_id(self) -> int:
        """A random one, never 0."""
        return 1 + self._parts.chance.below(MAX_TRANSACTION_ID)

    # --- what the app answered (`outbox.Listener`) ----------------------------------------------

    def heard(self, said: Said, result: MessageResult) -> None:
        """The app has saved what was said, and this is what follows."""
        if self._causes is not None and isinstance(said, TransactionStarted):
            self._causes.started(said, result)
        if isinstance(said, TransactionStarted) and result.transaction_id and result.accepted:
            self._known_deadlines().started(
                result.transaction_id, said.connector, said.meter_wh, said.reference
            )
        for deadline in result.deadlines:
            self.limit(deadline)
        for kind in result.noticed:
            self.noticed(kind)

    @property
    def is_busy(self) -> bool:
        """Whether it waits for an answer that must be saved first, or owes us one."""
        return self.line.calls.due is not None or self._outbox.is_asked

    def tell_readings(self) -> None:
        """The app wants readings now."""
        self._outbox.readings_wanted()

    def fenced(self) -> None:
        """A newer connection speaks for the charge point."""
        self.socket.close_soon(1000, REPLACED)

    # --- calls -------------------------------------------------------------------------------

    def call(self, call: OutgoingCall) -> None:
        """Send it a call when its turn comes."""
        self.line.call(call)

    def was_seen(self, at: datetime) -> None:
        """Let the app know until when it was seen before, after what it said then."""
        self._outbox.put(LastSeen(at))

    def report(self, outcome: CommandOutcome, traceparent: str = "") -> None:
        """Let the app know what came of a command, for certain."""
        self._parts.metrics.commands[outcome.id.partition(".")[0], outcome.outcome] += 1
        self._outbox.put(outcome, traceparent)

    def expect(self, operation: ChargerOperation, traceparent: str) -> None:
        """What it says because of a traced command is part of the command's trace."""
        if self._causes is None:
            named = {"strom.tenant": self.tenant, "strom.charge_point": self.charge_point}
            self._causes = Causes(self._parts.tracer, named)
        self._causes.expect(operation, traceparent, self._parts.alarms.steady())

    def _named(self) -> dict[str, str]:
        """For the log: frames do not come in the context of their connection."""
        return {"tenant": self.tenant, "charge_point": self.charge_point}

    def _open(self) -> None:
        """The charge point listens: let calls go out, and configure it, once."""
        if self._greeting_alarm is not None:
            self._greeting_alarm.cancel()
            self._greeting_alarm = None
        if self.line.calls.is_open:
            return
        self.line.open()
        if self._baseline:
            Baseline(self._baseline, self.dialect, self.call, self._outbox.put).start()
            self._baseline = ()

    def _is_boot(self, message: frames.Message) -> bool:
        """Calls wait until a boot is answered (OCPP 1.6 §4.2), so a boot itself opens nothing."""
        return type(message) is Call and message.action == "BootNotification"

    # --- deadlines ---------------------------------------------------------------------------

    def limit(self, deadline: Deadline) -> None:
        """Hold a deadline the app has set."""
        self._known_deadlines().limit(deadline)

    def _known_deadlines(self) -> Deadlines:
        if self._deadlines is None:
            parts = self._parts
            self._deadlines = Deadlines(parts.alarms, parts.settings, self._send_stop)
        return self._deadlines

    def _send_stop(self, stop: Stop, answered: Callable[[], None]) -> None:
        request = self.dialect.stop(stop)
        self.call(OutgoingCall(request.action, request.payload, lambda _: answered(), urgent=True))
