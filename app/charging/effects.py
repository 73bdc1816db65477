"""What a session owes to the outside. Each is performed until its outcome is known.

``key`` is the idempotency key within the session: an effect is owed once under it.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class StartCharging:
    """Tell the charge point to start. Not delivered after ``expires_at``."""

    session_id: str
    charge_point: str
    connector: int
    id_tag: str
    expires_at: datetime

    @property
    def key(self) -> str:
        """One start per session."""
        return f"start.{self.session_id}"


@dataclass(frozen=True, slots=True)
class StopCharging:
    """Tell the charge point to stop; owed until a stop is seen, or nothing can be running."""

    session_id: str
    charge_point: str
    transaction_id: int
    again: int = 0
    """How often the transaction has turned out to run after all."""

    @property
    def key(self) -> str:
        """One stop per transaction, and one more each time it runs after all."""
        again = f".{self.again}" if self.again else ""
        return f"stop.{self.session_id}.{self.transaction_id}{again}"


@dataclass(frozen=True, slots=True)
class CarryOut:
    """Tell the charge point what its owner wants done; owed until it has answered.

    No session owes it, the owner does: what it is lies in the command's own row. Not delivered
    after ``expires_at``.
    """

    session_id: str
    charge_point: str
    command_id: str
    expires_at: datetime

    @property
    def key(self) -> str:
        """One per command."""
        return self.command_id


@dataclass(frozen=True, slots=True)
class SettlePayment:
    """Take the money of a hold invoice."""

    session_id: str
    payment_hash: str
    wallet_id: str

    @property
    def key(self) -> str:
        """One per payment."""
        return f"settle.{self.payment_hash}"


@dataclass(frozen=True, slots=True)
class CancelPayment:
    """Give a held payment back."""

    session_id: str
    payment_hash: str
    wallet_id: str

    @property
    def key(self) -> str:
        """One per payment."""
        return f"cancel.{self.payment_hash}"


@dataclass(frozen=True, slots=True)
class OfferRefund:
    """Get an invoice for the refund from the payer's lightning address, or tell their wallet."""

    session_id: str
    number: int
    tries: int = 1

    @property
    def key(self) -> str:
        """One per offer."""
        return f"offer.{self.number}"


@dataclass(frozen=True, slots=True)
class PayRefund:
    """Pay the payer's invoice. The same bolt11 only, ever, under this key."""

    session_id: str
    wallet_id: str
    payment_hash: str
    bolt11: str
    amount_msat: int

    @property
    def key(self) -> str:
        """One per invoice."""
        return f"refund.{self.payment_hash}"


@dataclass(frozen=True, slots=True)
class RemindOfRefund:
    """Tell the owner that a refund was not claimed so far, and ends soon."""

    session_id: str

    @property
    def key(self) -> str:
        """One per session."""
        return f"remind.{self.session_id}"


@dataclass(frozen=True, slots=True)
class SealSession:
    """Put a settled session's ledger, up to this entry, into its tenant's chain of seals."""

    session_id: str
    ledger_sequence: int
    ledger_hash: str

    @property
    def key(self) -> str:
        """One for each state in which the session was settled."""
        return f"seal.{self.session_id}.{self.ledger_sequence}"


@dataclass(frozen=True, slots=True)
class AwaitPayment:
    """Ask the wallet about an open invoice until it is paid, or expired plus grace.

    Owed by the invoice itself, before there is a session; carried in the session's partition.
    """

    session_id: str
    wallet_id: str
    payment_hash: str
    amount_msat: int
    expires_at: datetime

    @property
    def key(self) -> str:
        """One per invoice."""
        return f"await.{self.payment_hash}"


Command = StartCharging | StopCharging | CarryOut
Effect = (
    Command
    | SettlePayment
    | CancelPayment
    | OfferRefund
    | PayRefund
    | RemindOfRefund
    | AwaitPayment
    | SealSession
)
