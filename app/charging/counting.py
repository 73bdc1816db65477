"""What a register shows, counted for the price."""

from datetime import datetime

from app.charging.decision import Draft
from app.charging.pricing import read
from app.charging.pricing.stretches import UWH_PER_WH
from app.charging.pricing.wall_clock import whole_ms


def price(draft: Draft, at: datetime) -> None:
    """Count the session's energy at a moment, which is as readings are kept."""
    session = draft.session
    assert session.tally is not None  # set at the start
    energy_uwh = session.energy_wh * UWH_PER_WH
    draft.change(tally=read(session.quote.tariff, session.tally, whole_ms(at), energy_uwh))
