"""What a wallet service's error says of a payment, and of everything else.

Codes are NIP-47's; ``BAD_REQUEST`` and ``EXPIRED`` are Alby Hub's own, given like ``RESTRICTED``
before anything is done.
"""

from collections.abc import Mapping
from typing import Any, Literal

from app.charging.errors import Unavailable
from app.wallets.nwc_messages import NwcAnswer

Failure = Literal["refused", "failed", "try again", "unclear"]

_FAILURES: Mapping[str, Failure] = {
    # Refused before anything was sent:
    "INSUFFICIENT_BALANCE": "refused",
    "QUOTA_EXCEEDED": "refused",
    "RESTRICTED": "refused",
    "UNAUTHORIZED": "refused",
    "NOT_IMPLEMENTED": "refused",
    "BAD_REQUEST": "refused",
    "EXPIRED": "refused",
    # Sent, and said to have come back:
    "PAYMENT_FAILED": "failed",
    # Not looked at:
    "RATE_LIMITED": "try again",
    "UNSUPPORTED_ENCRYPTION": "try again",
    # INTERNAL is what Alby Hub says of every failure of its node, time-outs and "already paid"
    # included; INTERNAL, OTHER, NOT_FOUND and codes of the future prove nothing.
}


def failure_of(answer: NwcAnswer) -> Failure:
    """Whether an error proves that a payment was not made."""
    return _FAILURES.get(answer.code, "unclear")


def is_not_found(answer: NwcAnswer) -> bool:
    """Whether the service does not know the hash; ``nwcprovider`` has no code for it."""
    if answer.code == "NOT_FOUND":
        return True
    return answer.code == "INTERNAL" and "not found" in answer.message.lower()


def require(answer: NwcAnswer, what: str) -> Mapping[str, Any]:
    """The result, or ``Unavailable`` that says what could not be done."""
    if answer.result is not None:
        return answer.result
    if answer.code in ("RESTRICTED", "UNAUTHORIZED", "EXPIRED", "NOT_IMPLEMENTED"):
        raise Unavailable(f"The wallet does not let this connection {what} ({answer.code}).")
    raise Unavailable(f"The wallet could not {what} ({answer.reason}).")
