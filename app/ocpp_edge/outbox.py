"""What one charge point has said and the app has not saved yet.

In order, one message under way at a time, in bounded memory, whether the app answers or not:

* An *ask* (StartTransaction, StopTransaction, Authorize, BootNotification) is answered by what the
  app decides. If the app cannot save it, it is dropped in silence: the charge point retries.
* A *status* is kept until saved, the newest of each connector.
* *Readings* are bundled, a meter at a time, until the app wants the next bundle. A stop waits for
  the readings before it. Too many to hold are thinned, and counted.
* Outcomes of commands and the like are kept until saved.

It outlives the connection: what is left is sent under the epoch of the next one.
"""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Protocol

from app.charging.ports import Chance
from app.edge_messages import ChargerMessage, MessageResult, Readings, Said, TransactionStopped
from app.ocpp_edge.alarms import Alarm, Alarms
from app.ocpp_edge.entries import Entries, Entry, Waiting
from app.ocpp_edge.held_readings import HeldReadings, MeterKey, key_of
from app.ocpp_edge.settings import EdgeSettings

log = logging.getLogger(__name__)

UNSAVED_AT_MOST = 8
"""What follows is told all the same after so many tries: minutes."""


class Listener(Protocol):
    """Who speaks for the charge point now."""

    def heard(self, said: Said, result: MessageResult) -> None:
        """The app has saved what was said, and this is what follows."""
        ...

    def fenced(self) -> None:
        """A newer connection speaks for the charge point."""
        ...


class Outbox:
    """See the module. ``offer`` is called when there is something to `take`."""

    __slots__ = (
        "_alarms",
        "_chance",
        "_counters",
        "_entries",
        "_failures",
        "_held",
        "_in_flight",
        "_offer",
        "_readings_alarm",
        "_retry_alarm",
        "_settings",
        "_unsaved",
        "charge_point",
        "epoch",
        "is_hurried",
        "is_queued",
        "listener",
        "tenant",
    )

    def __init__(
        self,
        tenant: str,
        charge_point: str,
        offer: Callable[["Outbox"], None],
        alarms: Alarms,
        chance: Chance,
        settings: EdgeSettings,
        counters: Counter[str],
    ) -> None:
        self.tenant = tenant
        self.charge_point = charge_point
        self.epoch = 0
        self.listener: Listener | None = None
        self.is_queued = False
        """Whether the dispatcher has it in a queue already."""
        self.is_hurried = False
        """Whether that is the queue which goes out at once."""
        self._offer = offer
        self._alarms = alarms
        self._chance = chance
        self._settings = settings
        self._counters = counters
        self._entries = Entries()
        self._held: HeldReadings | None = None
        self._in_flight: tuple[Entry, int] | None = None
        self._failures = 0
        self._unsaved = 0
        self._retry_alarm: Alarm | None = None
        self._readings_alarm: Alarm | None = None

    # --- what the charge point says ----------------------------------------------------------

    def ask(self, said: Said, waiting: Waiting, traceparent: str = "") -> None:
        """Something to be answered when it is saved. Said again, it is asked once."""
        known = self._same_ask(said)
        if known is not None:
            known.also_answers(waiting)
        else:
            if isinstance(said, TransactionStopped):
                self._release_all()
            self._entries.add_ask(said, waiting, traceparent)
        if isinstance(said, TransactionStopped):
            self._stop_waiting_to_retry()
        self._offer_if_any()

    def put(self, said: Said, traceparent: str = "") -> None:
        """Something the app must know, and nobody waits for; of statuses the newest."""
        self._note_dropped(self._entries.add_notice(said, traceparent))
        self._offer_if_any()

    def put_readings(self, said: Readings) -> None:
        """Keep readings until their bundle is due."""
        if self._held is None:
            self._held = HeldReadings()
        for displaced in self._held.add(said, self._counters):
            self._release(displaced)
        if self._readings_alarm is None:
            self._release_due()

    def readings_wanted(self) -> None:
        """Send what is held at once, and the next as soon as it comes."""
        if self._held is not None:
            self._held.all_wanted()
            self._release_due()

    # --- the connection ----------------------------------------------------------------------

    def attach(self, epoch: int, listener: Listener) -> None:
        """A connection speaks for the charge point from now on."""
        self.epoch = epoch
        self.listener = listener
        self._stop_waiting_to_retry()
        self._offer_if_any()

    def detach(self, listener: Listener) -> None:
        """The connection is gone. Readings go out at once."""
        if self.listener is not listener:
            return
        self.listener = None
        self._entries.forget_those_at_the_door()
        self._release_all()
        self._held = None
        self._offer_if_any()

    @property
    def is_idle(self) -> bool:
        """Whether the app knows everything."""
        nothing_held = self._held is None or self._held.is_empty
        return nothing_held and not self._entries and self._in_flight is None

    @property
    def is_stuck(self) -> bool:
        """Whether the app answers, and yet does not save what was said, again and again."""
        return self._unsaved >= UNSAVED_AT_MOST

    @property
    def waiting(self) -> int:
        """How many messages the app does not know of; readings that are held do not count."""
        return len(self._entries) + (self._in_flight is not None)

    @property
    def is_asked(self) -> bool:
        """Whether the charge point waits for the app."""
        under_way = self._in_flight is not None and self._in_flight[0].waiting is not None
        return under_way or self._entries.has_asks

    # --- the dispatcher's side ---------------------------------------------------------------

    @property
    def can_linger(self) -> bool:
        """Whether it has nothing but readings of a connection that is open."""
        return self.listener is not None and self._entries.are_readings

    def take(self) -> ChargerMessage | None:
        """The next message; it is under way until `settle`."""
        if self._in_flight is not None:
            return None
        entry = self._entries.take(urgent=self._retry_alarm is not None)
        if entry is None:
            return None
        self._in_flight = (entry, self.epoch)
        return ChargerMessage(
            self.tenant, self.charge_point, self.epoch, entry.said, entry.traceparent
        )

    def settle(self, result: MessageResult | None, *, refused: bool = False) -> None:
        """What became of the message under way. None: the app could not be reached, or could not
        save. ``refused``: it never will."""
        assert self._in_flight is not None
        (entry, epoch), self._in_flight = self._in_flight, None
        if result is not None and (result.saved or result.fenced):
            self._succeed(entry, epoch, result)
        elif refused:
            log.error("the app refuses what a charge point said", extra=self._names(entry.said))
        else:
            self._unsaved = 0 if result is None else self._unsaved + 1
            self._fail(entry)
        self._offer_if_any()

    # --- inside ------------------------------------------------------------------------------

    def _succeed(self, entry: Entry, epoch: int, result: MessageResult) -> None:
        self._failures = self._unsaved = 0
        self._stop_waiting_to_retry()
        if isinstance(entry.said, Readings):
            self._schedule_readings(entry.said, result)
        listener = self.listener
        if result.fenced:
            if listener is not None and epoch == self.epoch:
                listener.fenced()
            if not result.saved:
                return
        for waiting in entry.waiting or ():
            waiting(result)
        if listener is not None:
            listener.heard(entry.said, result)

    def _fail(self, entry: Entry) -> None:
        """Notices are told again after a while, asks are forgotten. The others wait as well."""
        if entry.waiting is None:
            self._entries.put_back(entry)
        if not self._entries:
            return
        self._failures += 1
        if self._retry_alarm is None:
            self._retry_alarm = self._alarms.after(self._retry_wait_s(), self._retry)

    def _retry_wait_s(self) -> float:
        settings = self._settings
        doubled = settings.retry_s * 2.0 ** min(self._failures - 1, 20)
        return min(doubled, settings.retry_at_most_s) * (0.75 + self._chance.below(500) / 1000)

    def _retry(self) -> None:
        self._retry_alarm = None
        self._offer_if_any()

    def _stop_waiting_to_retry(self) -> None:
        if self._retry_alarm is not None:
            self._retry_alarm.cancel()
            self._retry_alarm = None

    def _offer_if_any(self) -> None:
        """While the app cannot be reached for notices, asks are offered all the same."""
        if self._in_flight is not None or not self._entries:
            return
        if self.is_queued and (self.is_hurried or self.can_linger):
            return
        if self._retry_alarm is None or self._entries.has_urgent:
            self._offer(self)

    def _same_ask(self, said: Said) -> Entry | None:
        if self._in_flight is not None:
            entry = self._in_flight[0]
            if entry.waiting is not None and entry.said == said:
                return entry
        return self._entries.find_ask(said)

    def _schedule_readings(self, said: Readings, result: MessageResult) -> None:
        if self._held is None:
            return
        wait: float | None = result.next_readings_in_s
        if wait is None:
            wait = self._settings.readings_every_s
        self._held.next_wanted(key_of(said), self._alarms.steady() + max(wait, 0))
        self._release_due()

    def _release_due(self) -> None:
        """Send what is due, and be woken when the next is."""
        if self._readings_alarm is not None:
            self._readings_alarm.cancel()
            self._readings_alarm = None
        if self._held is None:
            return
        under_way = self._meter_under_way()
        for bundle in self._held.take_due(self._alarms.steady(), but=under_way):
            self._release(bundle)
        next_due = self._held.next_due(but=under_way)
        if next_due is not None:
            self._readings_alarm = self._alarms.at(next_due, self._release_due)
        self._offer_if_any()

    def _meter_under_way(self) -> MeterKey | None:
        """The answer to its bundle says when the next is wanted."""
        said = self._in_flight[0].said if self._in_flight is not None else None
        return key_of(said) if isinstance(said, Readings) else None

    def _release_all(self) -> None:
        for bundle in self._held.take_all() if self._held is not None else ():
            self._release(bundle)

    def _release(self, bundle: Readings) -> None:
        self._note_dropped(self._entries.add_readings(bundle, self._counters))

    def _note_dropped(self, said: Said | None) -> None:
        if said is not None:
            self._counters["messages_dropped"] += 1
            log.warning("an outbox is full; dropped the oldest", extra=self._names(said))

    def _names(self, said: Said) -> dict[str, str]:
        return {
            "tenant": self.tenant,
            "charge_point": self.charge_point,
            "said": type(said).__name__,
        }
