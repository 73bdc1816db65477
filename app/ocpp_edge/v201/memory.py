"""What is remembered of a charge point while it is connected: its own names for things.

OCPP 2.0.1 spreads a transaction over many events, and an answer over many reports. Nothing here is
needed for long: a new connection, or another edge, begins with nothing and learns from what comes.
"""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import TypeVar

from app.edge_messages import Reading

Key = TypeVar("Key")
Value = TypeVar("Value")

MAX_TRANSACTIONS = 64
MAX_BAYS = 64
MAX_STARTS = 64
MAX_REPORTS = 8
REGISTERS_KEPT = 8
LONGEST_NAME = 255
"""36 by the standard; of a longer one so much is taken for its name."""
LARGEST_REPORT = 200_000
"""Characters; what an owner's row holds, and a charge point may send as much as it likes."""


def transaction_id(reference: str) -> int:
    """The number by which Strom knows a transaction that the charge point named: 53 bits, never 0.

    The same everywhere and for ever, so that nobody has to look it up.
    """
    number = int.from_bytes(sha256(reference.encode("utf-8", "replace")).digest()[:8]) >> 11
    return number or 1


def request_id(command_id: str) -> int:
    """A number for a command where OCPP wants one: 31 bits, never 0, the same when repeated."""
    number = int.from_bytes(sha256(command_id.encode()).digest()[:4]) >> 1
    return number or 1


class Transaction:
    """One that the charge point has told of. ``evse`` 0 until it says where."""

    __slots__ = (
        "ended_at",
        "evse",
        "id_tag",
        "is_accepted",
        "is_started",
        "number",
        "reference",
        "registers",
        "sequence",
        "state",
    )

    def __init__(self, reference: str) -> None:
        self.reference = reference
        self.number = transaction_id(reference)
        self.evse = 0
        self.id_tag = ""
        """Who started it, once the app knows."""
        self.is_started = False
        self.is_accepted = False
        self.ended_at: datetime | None = None
        self.state = ""
        """Its last chargingState."""
        self.sequence: int | None = None
        self.registers: list[tuple[datetime, int]] = []
        """What its meter said before it counted as started."""

    def metered(self, readings: Iterable[Reading]) -> None:
        """Keep the first few registers and the last."""
        for reading in readings:
            if reading.energy_wh is not None:
                del self.registers[REGISTERS_KEPT - 1 :]
                self.registers.append((reading.at, reading.energy_wh))

    @property
    def has_ended(self) -> bool:
        """Whether its end was told."""
        return self.ended_at is not None

    def register_at(self, at: datetime) -> int | None:
        """The last register until then, else the first after it."""
        before = [known for known in self.registers if known[0] <= at]
        if before:
            return max(before)[1]
        return min(self.registers)[1] if self.registers else None


class Bay:
    """An EVSE: what it was last said to be."""

    __slots__ = (
        "availability",
        "error_code",
        "free_since",
        "has_ended",
        "info",
        "transaction",
        "word",
    )

    def __init__(self) -> None:
        self.availability = ""
        """2.0.1's word: Available, Occupied, …"""
        self.free_since: datetime | None = None
        """When it was last told to be Available, if nothing was told since."""
        self.error_code = "NoError"
        self.info = ""
        self.transaction: Transaction | None = None
        self.has_ended = False
        """A transaction has ended, and the cable is still in."""
        self.word = ""
        """1.6's word, as the app was told."""


class Report:
    """An answer that comes in parts, and the command it answers."""

    __slots__ = ("attempt", "command_id", "read_only", "result", "size")

    def __init__(self, command_id: str, attempt: int) -> None:
        self.command_id = command_id
        self.attempt = attempt
        self.result: dict[str, object] = {}
        self.read_only: list[str] = []
        self.size = 0

    def has_room_for(self, characters: int) -> bool:
        """Whether so much more is kept; what is left out, later parts may still have room for."""
        if self.size + characters > LARGEST_REPORT:
            return False
        self.size += characters
        return True


class Memory:
    """All that is remembered of one connection, bounded."""

    __slots__ = ("_bays", "_reports", "_starts", "_transactions")

    def __init__(self) -> None:
        self._transactions: dict[str, Transaction] = {}
        self._bays: dict[int, Bay] = {}
        self._starts: dict[int, tuple[str, int]] = {}
        self._reports: dict[int, Report] = {}

    def transaction(self, reference: str) -> Transaction:
        """The transaction of that name."""
        known = self._transactions.get(reference)
        if known is None:
            known = Transaction(reference)
            _make_room(self._transactions, MAX_TRANSACTIONS)
            self._transactions[reference] = known
        return known

    def begun(self, reference: str, at: datetime) -> Transaction:
        """The transaction of that name that began then. One that ended before was another: some
        charge points count anew after a restart."""
        known = self._transactions.get(reference)
        if known is not None and known.ended_at is not None and known.ended_at < at:
            del self._transactions[reference]
        return self.transaction(reference)

    def reference_of(self, number: int) -> str:
        """The charge point's name for a transaction; empty if it has not told of it."""
        found = (known for known in self._transactions.values() if known.number == number)
        return next((known.reference for known in found), "")

    def bay(self, evse: int) -> Bay:
        """The EVSE of that number."""
        known = self._bays.get(evse)
        if known is None:
            _make_room(self._bays, MAX_BAYS)
            known = self._bays[evse] = Bay()
        return known

    def told_to_start(self, remote_start_id: int, id_tag: str, evse: int) -> None:
        """It was told to start, and for whom."""
        self._starts.pop(remote_start_id, None)
        _make_room(self._starts, MAX_STARTS)
        self._starts[remote_start_id] = (id_tag, evse)

    def started_by(self, remote_start_id: object) -> str | None:
        """For whom it was told to start by that number."""
        known = self._starts.get(remote_start_id) if type(remote_start_id) is int else None
        return known[0] if known is not None else None

    def evse_for(self, id_tag: str) -> int:
        """Where it was told to start for an idTag; 0: it was not, or anywhere."""
        wanted = id_tag.lower()
        found = (evse for tag, evse in self._starts.values() if tag.lower() == wanted)
        return next(found, 0)

    def expect_report(self, number: int, command_id: str, attempt: int) -> None:
        """It was asked for what comes in parts. Asked again, it goes on where it was."""
        report = self._reports.get(number)
        if report is None:
            _make_room(self._reports, MAX_REPORTS)
            report = self._reports[number] = Report(command_id, attempt)
        report.attempt = attempt

    def report(self, number: object) -> Report | None:
        """The report of that number, if one is expected."""
        return self._reports.get(number) if type(number) is int else None

    def report_is_complete(self, number: int) -> None:
        """Nothing more of it is expected."""
        self._reports.pop(number, None)


def _make_room(kept: dict[Key, Value], at_most: int) -> None:
    """Let the oldest go."""
    while len(kept) >= at_most:
        del kept[next(iter(kept))]
