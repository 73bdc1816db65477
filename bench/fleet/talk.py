"""What a while of talking came to."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Talk:
    """Processor time per message, and how long answers took."""

    cpu_ms: float
    waits_ms: list[float]
    sent: int
    lost: int

    def quantile_ms(self, per_cent: int) -> float:
        return statistics.quantiles(self.waits_ms, n=100, method="inclusive")[per_cent - 1]


def talked(answers: list[dict[str, Any]], used_s: float) -> Talk:
    sent = sum(answer["sent"] for answer in answers)
    lost = sum(answer["lost"] + answer["errors"] for answer in answers)
    waits_ms = [s * 1000 for answer in answers for s in answer["waits_s"]]
    return Talk(used_s * 1000 / max(sent, 1), waits_ms, sent, lost)
