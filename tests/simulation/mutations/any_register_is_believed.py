"""Whatever a meter shows has flowed."""

from contextlib import AbstractContextManager
from datetime import datetime
from unittest.mock import patch

from app.charging import metering
from app.charging.believing import Believed
from app.charging.pricing.registers import Register
from app.charging.session import Session


def injected() -> AbstractContextManager[object]:
    def all_of_it(session: Session, meter_wh: int, _at: datetime, _lag_s: int) -> Believed:
        stands = Register(session.meter_start_wh, session.meter_wh, session.energy_wh)
        return Believed(stands.told(meter_wh))

    return patch.object(metering, "believed", all_of_it)
