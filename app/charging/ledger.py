"""The ledger of one session: money movements, double-entry, chained by hash.

At every moment, for every session::

    paid + receivable + absorbed
        = charged + refunded + refund_in_flight + refundable + forfeited + residue
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from hashlib import sha256


class Account(StrEnum):
    """Where money of a session can be. The left side grows by debit, the right by credit."""

    PAID = "paid"
    RECEIVABLE = "receivable"
    """A partner will pay (OCPI)."""
    ABSORBED = "absorbed"
    """Energy the owner gave away: overrun, late start, own use."""
    CHARGED = "charged"
    REFUNDED = "refunded"
    REFUND_IN_FLIGHT = "refund_in_flight"
    REFUNDABLE = "refundable"
    """Prepaid and not used: owed to the payer."""
    FORFEITED = "forfeited"
    """A refund nobody claimed within the owner's stated limit."""
    RESIDUE = "residue"
    """Below the wallet's smallest payable unit; at most one sat a session."""
    ROUTING_FEES = "routing_fees"
    """What the owner paid for routing refunds; outside of the equation."""
    WALLET = "wallet"
    """The owner's wallet, out of which routing fees were paid; outside of the equation."""


@dataclass(frozen=True, slots=True)
class Balances:
    """What stands on each account of a session, in msat."""

    paid: int = 0
    receivable: int = 0
    absorbed: int = 0
    charged: int = 0
    refunded: int = 0
    refund_in_flight: int = 0
    refundable: int = 0
    forfeited: int = 0
    residue: int = 0
    routing_fees: int = 0

    @property
    def hold(self) -> bool:
        """Whether the equation of the ledger holds and nothing is below zero."""
        left = self.paid + self.receivable + self.absorbed
        right = self.charged + self.refunded + self.refund_in_flight
        right += self.refundable + self.forfeited + self.residue
        return left == right and all(getattr(self, name) >= 0 for name in _BALANCE_NAMES)

    def after(self, entry: "LedgerEntry") -> "Balances":
        """The balances once the entry is posted."""
        changed = self._moved(entry.debit, entry.amount_msat)
        return changed._moved(entry.credit, -entry.amount_msat)

    def _moved(self, account: Account, debit_msat: int) -> "Balances":
        if account is Account.WALLET:
            return self
        signed = debit_msat if account in _DEBIT_NORMAL else -debit_msat
        return replace(self, **{account.value: getattr(self, account.value) + signed})


_BALANCE_NAMES = tuple(Balances.__dataclass_fields__)
_DEBIT_NORMAL = frozenset(
    {Account.PAID, Account.RECEIVABLE, Account.ABSORBED, Account.ROUTING_FEES}
)
GENESIS = "0" * 64
"""What the first entry chains to."""
NOTHING = Balances()
"""Where every session begins."""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """One movement of money: ``amount_msat`` from the credited to the debited account.

    ``cause`` names what moved it (an event and what identifies it). ``previous_hash`` chains the
    entries of a session; ``sequence`` counts them from 1.
    """

    sequence: int
    debit: Account
    credit: Account
    amount_msat: int
    at: datetime
    cause: str
    previous_hash: str

    @property
    def hash(self) -> str:
        """SHA-256, hex, over every field: the next entry's ``previous_hash``."""
        text = "|".join(
            (
                str(self.sequence),
                self.debit,
                self.credit,
                str(self.amount_msat),
                self.at.isoformat(),
                self.cause,
                self.previous_hash,
            )
        )
        return sha256(text.encode()).hexdigest()
