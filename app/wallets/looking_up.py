"""How often one wallet is asked: a token bucket per wallet, in this process."""

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime

from app.charging.ports import Clock

_MOST_WALLETS = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: datetime


class LookUpBudget:
    """``burst`` questions at once, ``per_s`` on average, for each wallet."""

    def __init__(self, clock: Clock, *, per_s: float = 5, burst: int = 20) -> None:
        self._clock = clock
        self._per_s = per_s
        self._burst = burst
        self._buckets: OrderedDict[tuple[str, str], _Bucket] = OrderedDict()

    def wait_s(self, tenant: str, wallet_id: str) -> float:
        """0 when the question may be asked now (it is counted), else how long to wait."""
        now = self._clock.now()
        bucket = self._bucket((tenant, wallet_id), now)
        passed_s = max((now - bucket.at).total_seconds(), 0)
        bucket.tokens = min(bucket.tokens + passed_s * self._per_s, self._burst)
        bucket.at = now
        if bucket.tokens >= 1:
            bucket.tokens -= 1
            return 0
        return (1 - bucket.tokens) / self._per_s

    def _bucket(self, key: tuple[str, str], now: datetime) -> _Bucket:
        bucket = self._buckets.setdefault(key, _Bucket(self._burst, now))
        self._buckets.move_to_end(key)
        if len(self._buckets) > _MOST_WALLETS:
            self._buckets.popitem(last=False)
        return bucket
