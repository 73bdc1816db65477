"""What a reading adds is added twice."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from unittest.mock import patch

from app.charging import counting
from app.charging.pricing import Tally, Tariff, read


def injected() -> AbstractContextManager[object]:
    def twice(tariff: Tariff, tally: Tally, at: datetime, energy_uwh: int) -> Tally:
        after = read(tariff, tally, at, energy_uwh)
        return read(tariff, replace(tally, counted=after.counted), at, energy_uwh)

    return patch.object(counting, "read", twice)
