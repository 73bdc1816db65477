"""A table that throttles, conflicts, loses answers and is written to by others, by seed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.chaos.lane import lane
from tests.chaos.points import everything
from tests.chaos.weather import Forecast
from tests.support.lnbits import LnbitsNode

JOURNEYS = 2
SEEDS = range(8 if everything() else 1)
FORECASTS = {
    "throttled": Forecast(throttled=20),
    "conflicts": Forecast(conflicts=30),
    "changed by others": Forecast(changed=50),
    "lost answers": Forecast(lost_answers=25),
    "everything": Forecast(throttled=8, conflicts=8, changed=15, lost_answers=8, slow=10),
}


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", FORECASTS)
async def test_bad_weather(
    name: str,
    seed: int,
    tmp_path: Path,
    tables: str,
    lnbits: LnbitsNode,
    says: Callable[[str], None],
) -> None:
    forecast = Forecast(**{**vars(FORECASTS[name]), "seed": seed})
    async with lane(tmp_path, tables, lnbits, forecast=forecast) as stormy:
        for _ in range(JOURNEYS):
            await stormy.charges_once()
        seen = await stormy.strom.weather()
    says(f"seed {seed}: {seen} in {JOURNEYS} journeys")
    assert seen
