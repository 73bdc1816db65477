"""The baseline configuration: set once per connection, key by key, and reported.

One call at a time, so that a start never waits behind the rest of them. After a call without an
answer the rest is given up: a charge point that does not answer must not be kept busy. One that
drops its connection meanwhile may have restarted because of it: what it was told then is reported,
so that the next connection goes on behind it, and no boot leads to the next.
"""

from collections.abc import Callable

from app.edge_messages import (
    SETTING_FAILED,
    SETTING_INTERRUPTED,
    ConfigurationReport,
    Setting,
)
from app.ocpp_edge.calls import Answer, NoAnswer, OutgoingCall
from app.ocpp_edge.dialect import Dialect
from app.ocpp_edge.frames import CallResult


class Baseline:
    """The settings one charge point should have."""

    __slots__ = ("_answered", "_call", "_dialect", "_outcomes", "_report", "_settings")

    def __init__(
        self,
        settings: tuple[Setting, ...],
        dialect: Dialect,
        call: Callable[[OutgoingCall], None],
        report: Callable[[ConfigurationReport], None],
    ) -> None:
        self._settings = settings
        self._dialect = dialect
        self._call = call
        self._report = report
        self._outcomes: dict[str, str] = {}
        self._answered = 0

    def start(self) -> None:
        """Set the first; the others follow."""
        self._next()

    def _next(self) -> None:
        if self._answered == len(self._settings):
            self._report(ConfigurationReport(self._outcomes))
            return
        position = self._answered
        request = self._dialect.set(self._settings[position])
        self._call(
            OutgoingCall(
                request.action, request.payload, lambda answer: self._take(position, answer)
            )
        )

    def _take(self, position: int, answer: Answer) -> None:
        if position != self._answered:
            return  # an answer that came after we had given up
        if isinstance(answer, NoAnswer):
            if answer.reason == "disconnected":
                self._cut_off(was_sent=answer.was_sent)
                return
            for setting in self._settings[position:]:
                self._outcomes[setting.key] = SETTING_FAILED
            self._answered = len(self._settings)
        else:
            told = (
                self._dialect.was_set(answer.payload)
                if type(answer) is CallResult
                else SETTING_FAILED
            )
            self._outcomes[self._settings[position].key] = told
            self._answered += 1
        self._next()

    def _cut_off(self, *, was_sent: bool) -> None:
        """The next connection goes on with the rest."""
        if was_sent:
            self._outcomes[self._settings[self._answered].key] = SETTING_INTERRUPTED
        if self._outcomes:
            self._report(ConfigurationReport(self._outcomes))
