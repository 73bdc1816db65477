"""Running transactions of one charge point, and stopping them on time by ourselves.

The app says when a transaction must stop, by the clock or by the meter's register. The edge holds
that in memory and sends the stop itself, also when the app is down, and again at doubling distances
until StopTransaction is seen. The app gives the deadlines anew when the charge point connects.
"""

import logging
from collections.abc import Callable

from app.edge_messages import Deadline
from app.ocpp_edge.alarms import Alarm, Alarms
from app.ocpp_edge.settings import EdgeSettings
from app.operations import Stop

log = logging.getLogger(__name__)

MAX_RUNNING = 64
ENDED_KEPT = 16
"""Answers of the app that are still under way must not revive an ended transaction."""

SendStop = Callable[[Stop, Callable[[], None]], None]
"""Sends a stop; calls back when it was answered or given up."""


class Transaction:
    """One that is running, as far as the edge knows."""

    __slots__ = (
        "alarm",
        "attempts",
        "believed_to_wh",
        "connector",
        "reference",
        "register_wh",
        "stop_at",
        "stop_at_wh",
        "stop_is_under_way",
    )

    def __init__(self, connector: int, reference: str) -> None:
        self.connector = connector
        self.reference = reference
        self.register_wh: int | None = None
        self.stop_at: float | None = None
        self.stop_at_wh: int | None = None
        self.believed_to_wh: int | None = None
        self.alarm: Alarm | None = None
        self.attempts = 0
        self.stop_is_under_way = False

    def is_over(self, now: float) -> bool:
        """Whether it should have stopped."""
        by_clock = self.stop_at is not None and now >= self.stop_at
        register, limit, most = self.register_wh, self.stop_at_wh, self.believed_to_wh
        if by_clock or register is None or limit is None:
            return by_clock
        return register >= limit and (most is None or register <= most)


class Deadlines:
    """The transactions of one connection."""

    __slots__ = ("_alarms", "_ended", "_running", "_send_stop", "_settings")

    def __init__(self, alarms: Alarms, settings: EdgeSettings, send_stop: SendStop) -> None:
        self._alarms = alarms
        self._settings = settings
        self._send_stop = send_stop
        self._running: dict[int, Transaction] = {}
        self._ended: tuple[int, ...] = ()

    def started(
        self,
        transaction_id: int,
        connector: int,
        meter_wh: int | None = None,
        reference: str = "",
    ) -> None:
        """A transaction runs on a connector; another on the same one must have ended."""
        if transaction_id in self._ended or transaction_id in self._running:
            return
        for other_id, other in tuple(self._running.items()):
            if other.connector == connector and other.stop_at is None and other.stop_at_wh is None:
                self._forget(other_id)
        if len(self._running) >= MAX_RUNNING:
            self._forget(next(iter(self._running)))
        transaction = self._running[transaction_id] = Transaction(connector, reference)
        transaction.register_wh = meter_wh

    def limit(self, deadline: Deadline) -> None:
        """The app has set a deadline, in place of an earlier one."""
        self.started(deadline.transaction_id, deadline.connector, reference=deadline.reference)
        transaction = self._running.get(deadline.transaction_id)
        if transaction is None:
            return
        transaction.stop_at = deadline.stop_at.timestamp() if deadline.stop_at else None
        transaction.stop_at_wh = deadline.stop_at_wh
        transaction.believed_to_wh = deadline.believed_to_wh
        self._look_at(deadline.transaction_id, transaction)

    def metered(self, transaction_id: int, register_wh: int) -> None:
        """The register of a transaction's meter."""
        transaction = self._running.get(transaction_id)
        if transaction is None:
            return
        transaction.register_wh = register_wh
        limit = transaction.stop_at_wh
        if limit is not None and register_wh >= limit:
            self._look_at(transaction_id, transaction)

    def begins(self, transaction_id: int) -> None:
        """A start is told, of a name that an ended transaction may have had: the app decides."""
        if transaction_id in self._ended:
            self._ended = tuple(ended for ended in self._ended if ended != transaction_id)

    def ended(self, transaction_id: int) -> None:
        """StopTransaction was seen."""
        self._forget(transaction_id)
        self._ended = (*self._ended[-ENDED_KEPT + 1 :], transaction_id)

    def on_connector(self, connector: int) -> int | None:
        """The transaction that runs there: the newest, if one before it was never stopped."""
        found = [key for key, running in self._running.items() if running.connector == connector]
        return found[-1] if found else None

    def connector_of(self, transaction_id: int) -> int:
        """Where it runs; 0 if that is not known."""
        transaction = self._running.get(transaction_id)
        return transaction.connector if transaction is not None else 0

    def register_wh(self, transaction_id: int) -> int | None:
        """The last register value told of it."""
        transaction = self._running.get(transaction_id)
        return transaction.register_wh if transaction is not None else None

    def close(self) -> None:
        """The connection is gone."""
        for transaction_id in tuple(self._running):
            self._forget(transaction_id)

    def _forget(self, transaction_id: int) -> None:
        transaction = self._running.pop(transaction_id, None)
        if transaction is not None and transaction.alarm is not None:
            transaction.alarm.cancel()

    def _look_at(self, transaction_id: int, transaction: Transaction) -> None:
        """Stop it if it is over and no try is under way or waited for; else wait for its time."""
        if not transaction.is_over(self._alarms.now()):
            transaction.attempts = 0
            if transaction.stop_at is not None:
                self._wake(transaction_id, transaction, transaction.stop_at)
            elif transaction.alarm is not None:
                transaction.alarm.cancel()
        elif transaction.attempts == 0:
            self._stop(transaction_id, transaction)

    def _stop(self, transaction_id: int, transaction: Transaction) -> None:
        wait = min(
            self._settings.stop_retry_s * 2 ** min(transaction.attempts, 20),
            self._settings.stop_retry_at_most_s,
        )
        transaction.attempts += 1
        self._wake(transaction_id, transaction, self._alarms.now() + wait)
        if transaction.stop_is_under_way:
            return
        transaction.stop_is_under_way = True
        log.info(
            "a transaction is over its deadline; stopping it",
            extra={"transaction_id": transaction_id, "attempt": transaction.attempts},
        )

        def answered() -> None:
            transaction.stop_is_under_way = False

        self._send_stop(Stop(transaction_id, transaction.reference), answered)

    def _wake(self, transaction_id: int, transaction: Transaction, at: float) -> None:
        if transaction.alarm is not None:
            transaction.alarm.cancel()
        transaction.alarm = self._alarms.at(
            self._alarms.steady_at(at), lambda: self._ring(transaction_id)
        )

    def _ring(self, transaction_id: int) -> None:
        transaction = self._running.get(transaction_id)
        if transaction is None:
            return
        if transaction.is_over(self._alarms.now()):
            self._stop(transaction_id, transaction)
        else:
            self._look_at(transaction_id, transaction)
