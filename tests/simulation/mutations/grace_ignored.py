"""Standing costs from the first second on."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from unittest.mock import patch

from app.charging.pricing import Tally, Tariff
from app.charging.pricing import tally as counting
from app.charging.pricing.tally import Listener


def injected() -> AbstractContextManager[object]:
    real = counting._stood

    def stood(tariff: Tariff, tally: Tally, at: datetime, tell: Listener | None) -> Tally:
        return real(replace(tariff, grace_s=0), tally, at, tell)

    return patch.object(counting, "_stood", stood)
