"""What an owner's bookkeeping is given: movements of money, and what a check of them found."""

from dataclasses import dataclass

from app.charging.ledger import NOTHING, Balances


@dataclass(frozen=True, slots=True)
class Line:
    """One movement, as every export and the API have it. ``value`` is in ``currency``, at
    ``msat_per_unit``."""

    at: str
    session: str
    charge_point: str
    connector: int
    entry: int
    debit: str
    credit: str
    amount_msat: int
    value: str
    currency: str
    msat_per_unit: str
    rate_source: str
    energy_wh: int
    cause: str
    hash: str


@dataclass(frozen=True, slots=True)
class Sale:
    """One item of a charge that has ended, as its receipt has it: amounts in ``currency``, to the
    millionth. ``type`` ``BOUND`` is what a least price adds, or a most price takes away."""

    ended_at: str
    session: str
    charge_point: str
    connector: int
    type: str
    begins: str
    ends: str
    quantity: str
    unit: str
    price: str
    vat_percent: str
    net: str
    vat: str
    gross: str
    currency: str


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that does not agree. ``session_id`` is empty for the chain of seals."""

    session_id: str
    what: str


@dataclass(frozen=True, slots=True)
class CheckedBooks:
    """What a check found; it agrees when there is no difference."""

    sessions: int = 0
    entries: int = 0
    seals: int = 0
    totals: Balances = NOTHING
    payments_checked: int = 0
    refunds_checked: int = 0
    not_asked: int = 0
    """Payments and refunds whose wallet could not be asked."""
    differences: tuple[Difference, ...] = ()

    @property
    def agrees(self) -> bool:
        """Whether everything that could be compared agrees."""
        return not self.differences
