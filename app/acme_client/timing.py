"""When a certificate is ordered, and when again after that failed. Pure.

Let's Encrypt allows five failed validations an hour for an account and a name, fifty certificates
a week for a domain, five for the same names (letsencrypt.org/docs/rate-limits): a pause that
doubles stays below all of them, and so does whoever is started again and again.
"""

from datetime import datetime, timedelta

from app.acme_client.kept import Attempts, Shown

FIRST_PAUSE = timedelta(minutes=15)
LONGEST_PAUSE = timedelta(days=1)
LIMITED_PAUSE = timedelta(hours=3)
"""At least, for whoever was told that it is too often."""
WINDOW = timedelta(hours=1)
TRIES_IN_WINDOW = 4
JITTER_PARTS = 24
"""Of a certificate's life: so much later at most is it renewed."""


def renew_from(shown: Shown) -> datetime:
    """Two thirds of its life."""
    return shown.not_before + (shown.not_after - shown.not_before) * 2 / 3


def due_at(shown: Shown | None, names: tuple[str, ...], jitter: float) -> datetime | None:
    """When it is to be renewed, ``jitter`` from 0 to 1; None: at once."""
    if shown is None or shown.is_placeholder or shown.names != frozenset(names):
        return None
    life = shown.not_after - shown.not_before
    return renew_from(shown) + life / JITTER_PARTS * jitter


def pause_after(failures: int, *, is_limited: bool) -> timedelta:
    """Until the next try, the ``failures``-th of them having just failed."""
    pause = min(FIRST_PAUSE * (1 << min(failures - 1, 10)), LONGEST_PAUSE)
    return max(pause, LIMITED_PAUSE) if is_limited else pause


def first_try_at(attempts: Attempts, now: datetime) -> datetime:
    """When a Strom that was just started may try: at once, as somebody may have mended what was
    wrong, unless the last hour has seen too many or it was told to wait."""
    if attempts.is_limited and attempts.next_at is not None:
        return attempts.next_at
    recent = [at for at in attempts.failed_at if now - WINDOW < at <= now]
    if len(recent) < TRIES_IN_WINDOW:
        return now
    return recent[-TRIES_IN_WINDOW] + WINDOW
