"""What the domain and the flow ask of the outside; each port under eight methods."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

# --- Time and chance -------------------------------------------------------------------------


class Clock(Protocol):
    """The time, injected, so that tests and simulation choose it."""

    def now(self) -> datetime:
        """The present moment, timezone-aware, in UTC."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Wait; under virtual time this returns when the clock gets there."""
        ...


class Chance(Protocol):
    """Randomness, injected: ``secrets`` in service, seeded in simulation."""

    def token_bytes(self, count: int) -> bytes:
        """``count`` unpredictable bytes."""
        ...

    def below(self, limit: int) -> int:
        """A number from 0 up to, not including, ``limit``."""
        ...


# --- Table -----------------------------------------------------------------------------------

Value = str | int | bytes | bool | None | list["Value"] | dict[str, "Value"]
"""What an attribute can hold. Numbers are integers: there are no floats in the table."""

Item = dict[str, Value]
"""A row: always with the string attributes ``pk`` and ``sk``."""


@dataclass(frozen=True, slots=True)
class Key:
    """The primary key of a row. ``pk`` of a tenant's row starts ``T#<tenant>#``."""

    pk: str
    sk: str


@dataclass(frozen=True, slots=True)
class Absent:
    """Holds when the row does not exist."""


@dataclass(frozen=True, slots=True)
class Equals:
    """Holds when the row exists and each named attribute has this value."""

    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class AbsentOr:
    """Holds when the row does not exist, or each named attribute has this value."""

    values: Mapping[str, Value]


@dataclass(frozen=True, slots=True)
class Exists:
    """Holds when the row exists."""


@dataclass(frozen=True, slots=True)
class AtMost:
    """Holds when the row exists and the integer attribute is absent or ``<= limit``.

    ``values`` are attributes that must be equal as well.
    """

    attribute: str
    limit: int
    values: Mapping[str, Value] = field(default_factory=dict)


Condition = Absent | Equals | AbsentOr | Exists | AtMost


@dataclass(frozen=True, slots=True)
class Put:
    """Write the whole row."""

    item: Item
    condition: Condition | None = None

    @property
    def key(self) -> Key:
        """The row's key, read from the item."""
        return Key(str(self.item["pk"]), str(self.item["sk"]))


@dataclass(frozen=True, slots=True)
class Update:
    """Change single attributes: ``set`` them, ``remove`` them, ``add`` to integers (from 0)."""

    key: Key
    set: Mapping[str, Value] = field(default_factory=dict)
    remove: tuple[str, ...] = ()
    add: Mapping[str, int] = field(default_factory=dict)
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Delete:
    """Remove the row; one that is not there is no error without a condition."""

    key: Key
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """Change nothing, but let the batch fail unless the condition holds."""

    key: Key
    condition: Condition


Operation = Put | Update | Delete | Check


@dataclass(frozen=True, slots=True)
class Page:
    """Rows in order of ``sk`` (or of the index's sort key) and where to go on."""

    items: Sequence[Item]
    next_start: Key | None = None


class Table(Protocol):
    """A DynamoDB-shaped table. One index, ``due``: keys only, sparse.

    ``due`` is keyed by the attributes ``due_shard`` (string, ``DUE#<n>``) and ``due_at``
    (integer, milliseconds since 1970); a row without both is not in it. Its items hold ``pk``,
    ``sk``, ``due_shard`` and ``due_at`` alone.

    Every method raises ``StorageConflict``, ``StorageThrottled`` or ``StorageUncertain``.
    Every call is made in the scope that the tenant guard checks (see ``app.storage.guard``).
    """

    async def get(self, key: Key, *, consistent: bool = True) -> Item | None:
        """The row, or None."""
        ...

    async def query(
        self,
        pk: str,
        *,
        sk_prefix: str = "",
        start: Key | None = None,
        limit: int = 100,
        newest_first: bool = False,
    ) -> Page:
        """One page of the rows of a partition whose ``sk`` starts with the prefix."""
        ...

    async def query_due(self, shard: str, *, until_ms: int, limit: int = 100) -> Page:
        """Rows of the ``due`` index up to a moment, the oldest first."""
        ...

    async def write(self, operations: Sequence[Operation]) -> None:
        """Do all of the operations or none (one: a plain write; more: a transaction).

        Raises ``ConditionFailed`` with the positions whose condition failed. At most 100
        operations, no two on one row.
        """
        ...


class Tables(Protocol):
    """The table seen through a scope. What the scope does not cover is refused before it is sent.

    The guard raises ``PermissionError`` (a defect of ours, never the sender's fault).
    """

    def tenant(self, tenant: str) -> Table:
        """Rows whose ``pk`` starts ``T#<tenant>#``."""
        ...

    def directory(self) -> Table:
        """Rows whose ``pk`` starts ``G#``: address, login, charger path … → tenant; edge leases."""
        ...

    def due(self) -> Table:
        """The ``due`` index alone: ``query_due`` and nothing else."""
        ...


# --- Wallet ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class WalletCapabilities:
    """What a connected wallet can do, declared and not found out by exceptions."""

    can_pay: bool
    hold_invoices: bool
    smallest_unit_msat: int
    """1000 where the wallet knows whole sats only."""
    resend_is_harmless: bool
    """Whether sending one payment hash twice can never pay twice."""
    secret_preimage: bool
    """Whether only the payer learns the preimage."""
    is_sandbox: bool = False
    rings: bool = True
    """Whether it calls a webhook once it is paid; others are listened to, or asked often."""


@dataclass(frozen=True, slots=True)
class InvoiceRequest:
    """What an invoice must say. Exactly one of ``memo`` and ``described`` is given.

    ``described`` is the text whose SHA-256 becomes the description hash (LUD-06).
    """

    amount_msat: int
    expiry_s: int
    memo: str | None = None
    described: str | None = None
    webhook_url: str | None = None
    hold: bool = False
    """A hold invoice: what arrives is ``IncomingHeld`` until it is taken or given back. Asked
    only of wallets whose capabilities say ``hold_invoices``."""


@dataclass(frozen=True, slots=True)
class Invoice:
    """An incoming payment that was asked for."""

    payment_hash: str
    bolt11: str
    amount_msat: int
    expires_at: datetime
    preimage: str | None = field(default=None, repr=False)
    """In hex, where the wallet lets us choose it: hold invoices. It leaves us only encrypted."""


@dataclass(frozen=True, slots=True)
class IncomingOpen:
    """Not paid so far."""


@dataclass(frozen=True, slots=True)
class IncomingHeld:
    """A hold invoice whose money has arrived but is not settled."""

    amount_msat: int


@dataclass(frozen=True, slots=True)
class IncomingSettled:
    """The money is ours."""

    amount_msat: int


@dataclass(frozen=True, slots=True)
class IncomingGone:
    """Expired or cancelled; it can no longer be paid."""


Incoming = IncomingOpen | IncomingHeld | IncomingSettled | IncomingGone


@dataclass(frozen=True, slots=True)
class OutgoingPaid:
    """Definitely paid."""

    fee_msat: int
    preimage: str | None = None


@dataclass(frozen=True, slots=True)
class OutgoingFailed:
    """Definitely not paid and never will be under this attempt."""

    reason: str


@dataclass(frozen=True, slots=True)
class OutgoingUnknown:
    """It may have been paid. ``known_to_wallet`` tells whether the wallet has heard of the hash."""

    reason: str
    known_to_wallet: bool = True


Outgoing = OutgoingPaid | OutgoingFailed | OutgoingUnknown


class Wallet(Protocol):
    """An owner's Lightning wallet. Raises ``Unavailable`` when it cannot be asked."""

    @property
    def capabilities(self) -> WalletCapabilities:
        """What this connection can do."""
        ...

    async def create_invoice(self, request: InvoiceRequest) -> Invoice:
        """Make an invoice; the answer's amount and description are checked against the request."""
        ...

    async def look_up_incoming(self, payment_hash: str) -> Incoming:
        """What the wallet says of an invoice of ours."""
        ...

    async def pay(self, bolt11: str, *, amount_msat: int, fee_limit_msat: int) -> Outgoing:
        """Pay an invoice; the caller has recorded the attempt before. Never raises once sent."""
        ...

    async def look_up_outgoing(self, payment_hash: str) -> Outgoing:
        """What became of a payment we sent, without sending anything."""
        ...

    async def spendable_msat(self) -> int:
        """What could be paid out now, fees not counted."""
        ...

    async def close(self) -> None:
        """Let go of connections."""
        ...
