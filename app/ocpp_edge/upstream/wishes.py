"""What a backend wants a charge point to do, and what it is answered. See `terms`."""

from collections.abc import Callable

from app.edge_messages import MessageResult, Upstream, UpstreamAsks
from app.ocpp_edge import frames
from app.ocpp_edge.alarms import Alarms
from app.ocpp_edge.calls import Answer, OutgoingCall
from app.ocpp_edge.errors import CallRefused, ErrorCode
from app.ocpp_edge.frames import Call, CallError, CallResult, Payload
from app.ocpp_edge.upstream.ports import Charged
from app.ocpp_edge.upstream.settings import UpstreamSettings
from app.ocpp_edge.upstream.terms import Terms
from app.ocpp_edge.validation import Schemas

Reply = Callable[[bytes], None]

Ask = Callable[[UpstreamAsks, Callable[[MessageResult], None]], None]
"""Asks the app; without an answer, nobody calls back."""


class Wishes:
    """Takes the calls of one backend."""

    def __init__(
        self,
        upstream: Upstream,
        charger: Charged,
        terms: Terms,
        ask: Ask,
        alarms: Alarms,
        settings: UpstreamSettings,
        schemas: Schemas,
    ) -> None:
        self._is_shared = upstream.mode == "shared"
        self._charger = charger
        self._terms = terms
        self._ask = ask
        self._alarms = alarms
        self._settings = settings
        self._schemas = schemas
        self._under_way = 0
        self._count = 0

    def hear(self, call: Call, reply: Reply) -> bytes | None:
        """The answer to a call, or None when it comes later."""
        terms, action = self._terms, call.action
        if not terms.is_known(action):
            return self._error(call, ErrorCode.NOT_IMPLEMENTED, "no such action")
        try:
            payload = self._schemas.check(f"{action}{terms.suffix}", call.payload)
        except CallRefused as refused:
            return self._error(call, refused.code, refused.description)
        call = Call(call.id, action, payload)
        if action in terms.reads:
            read = terms.read(action, payload)
            return self._refusal(call) if read is None else self._relay(call, read, reply)
        if not self._is_shared or action in terms.never:
            return self._refusal(call)
        wish = terms.granted(action, payload)
        if wish is None:
            return self._refusal(call)
        if action in terms.harmless:
            return self._relay(call, wish, reply)
        return self._relay_if_free(call, wish, reply)

    # --- to the charge point -----------------------------------------------------------------

    def _relay_if_free(self, call: Call, wish: Payload, reply: Reply) -> bytes | None:
        """Ask the app first. Without its word in time the answer is no."""
        if self._under_way >= self._settings.max_wishes:
            return self._busy(call)
        self._under_way += 1
        self._count += 1
        is_open = True

        def close() -> bool:
            nonlocal is_open
            was_open, is_open = is_open, False
            self._under_way -= was_open
            return was_open

        def answered(result: MessageResult) -> None:
            if not close():
                return
            alarm.cancel()
            at_once = self._relay(call, wish, reply) if result.accepted else self._refusal(call)
            if at_once is not None:
                reply(at_once)

        def too_late() -> None:
            if close():
                reply(self._refusal(call))

        alarm = self._alarms.after(self._settings.relay_timeout_s, too_late)
        touches = self._terms.touches(call.action, call.payload)
        self._ask(UpstreamAsks(call.action, *touches, number=self._count), answered)
        return None

    def _relay(self, call: Call, wish: Payload, reply: Reply) -> bytes | None:
        if self._under_way >= self._settings.max_wishes:
            return self._busy(call)
        self._under_way += 1
        is_open = True

        def answered(answer: Answer) -> None:
            nonlocal is_open
            if not is_open:
                return  # a second answer, after a first that was too late
            is_open = False
            self._under_way -= 1
            reply(self._answer(call, answer))

        before = self._alarms.now() + self._settings.relay_timeout_s
        self._charger.call(OutgoingCall(call.action, wish, answered, not_after=before))
        return None

    def _answer(self, call: Call, answer: Answer) -> bytes:
        if type(answer) is CallResult:
            shown = self._terms.answered(call.action, call.payload, answer.payload)
            return frames.write_result(call.id, shown)
        if type(answer) is CallError:
            return frames.write_error(call.id, answer.code[:50], answer.description)
        return self._error(call, ErrorCode.GENERIC_ERROR, "the charge point is silent")

    def _refusal(self, call: Call) -> bytes:
        payload = self._terms.refusal(call.action, call.payload)
        if payload is None:
            return self._error(call, ErrorCode.NOT_SUPPORTED, "not by this backend")
        return frames.write_result(call.id, payload)

    def _busy(self, call: Call) -> bytes:
        return self._error(call, ErrorCode.GENERIC_ERROR, "busy; one call at a time")

    def _error(self, call: Call, code: ErrorCode, description: str) -> bytes:
        return frames.write_error(call.id, self._terms.error_word(code), description)
