"""Every answer of a wallet, at every age of a refund: who can say what became of it."""

from datetime import timedelta

import pytest

from app.charging.ports import Outgoing, OutgoingFailed, OutgoingPaid, OutgoingUnknown
from app.wallets.doubt import STALLED, UNKNOWN, UNREACHABLE, DoubtSettings, Seen, doubt

PENDING = OutgoingUnknown("under way")
LOST = OutgoingUnknown("no such hash", known_to_wallet=False)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.parametrize("age", [timedelta(), DAY, 30 * DAY])
@pytest.mark.parametrize("found", [OutgoingPaid(0), OutgoingFailed("no route")])
def test_what_the_wallet_knows_is_never_in_doubt(found: Outgoing, age: timedelta) -> None:
    assert doubt(Seen(found, 9, age), DoubtSettings()) == ""


@pytest.mark.parametrize(
    ("found", "attempts", "age", "harmless", "said"),
    [
        (PENDING, 1, 14 * DAY, False, ""),
        (PENDING, 1, 15 * DAY, False, STALLED),
        (PENDING, 99, HOUR, False, ""),
        (LOST, 1, HOUR, False, ""),
        (LOST, 3, HOUR, False, UNKNOWN),
        (LOST, 3, HOUR, True, ""),
        (LOST, 3, DAY, True, UNKNOWN),
        (None, 0, HOUR, False, ""),
        (None, 1, 23 * HOUR, True, ""),
        (None, 0, DAY, False, UNREACHABLE),
        (None, 7, 9 * DAY, True, UNREACHABLE),
    ],
)
def test_the_owner_is_asked_once_waiting_cannot_help(
    found: Outgoing | None, attempts: int, age: timedelta, harmless: bool, said: str
) -> None:
    assert doubt(Seen(found, attempts, age, harmless), DoubtSettings()) == said
