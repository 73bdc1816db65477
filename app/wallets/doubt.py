"""When only its owner can say what became of a refund.

Whoever sent a payment must not be told that it failed while it may still arrive: another invoice
would be paid beside it. So a refund is in doubt only once waiting cannot help any more.
"""

from dataclasses import dataclass
from datetime import timedelta

from app.charging.ports import Outgoing, OutgoingUnknown

UNKNOWN = "The wallet does not know this payment, so nobody can tell whether it was paid."
UNREACHABLE = "The wallet could not be asked about this payment for a day."
STALLED = "The payment has been under way for longer than Lightning allows."


@dataclass(frozen=True, slots=True)
class DoubtSettings:
    """How long is waited before the owner is asked."""

    unknown_times: int = 3
    """Look-ups that find the hash unknown to the wallet."""
    unreachable: timedelta = timedelta(days=1)
    stalled: timedelta = timedelta(days=15)
    """A payment can be held by its payee for 2016 blocks, which is about two weeks."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of a refund. ``found`` is None when the wallet could not be asked."""

    found: Outgoing | None
    attempts: int
    """Counted attempts before this one."""
    age: timedelta
    """Since it was bound."""
    resend_is_harmless: bool = False


def doubt(seen: Seen, settings: DoubtSettings) -> str:
    """Why its owner is needed, for the owner to read; empty while waiting may still help."""
    if seen.found is None:
        return UNREACHABLE if seen.age >= settings.unreachable else ""
    if not isinstance(seen.found, OutgoingUnknown):
        return ""
    if seen.found.known_to_wallet:
        return STALLED if seen.age >= settings.stalled else ""
    if seen.resend_is_harmless:
        return UNKNOWN if seen.age >= settings.unreachable else ""
    return UNKNOWN if seen.attempts >= settings.unknown_times else ""
