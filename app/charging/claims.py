"""What only one session can have: written conditionally with the decision that wants it."""

from dataclasses import dataclass
from enum import StrEnum


class ClaimKind(StrEnum):
    """What is claimed."""

    CONNECTOR = "connector"
    PAYMENT = "payment"
    REFUND = "refund"


@dataclass(frozen=True, slots=True)
class Claim:
    """``key`` is to be ``holder``'s; ``release`` gives it back.

    A refund's key is the payment hash of the invoice to be paid: no two refunds share one.
    """

    kind: ClaimKind
    key: str
    holder: str
    release: bool = False


def connector_key(charge_point: str, connector: int) -> str:
    """The claim key of a connector."""
    return f"{charge_point}/{connector}"
