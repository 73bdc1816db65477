"""Amounts to choose from: energy, and what it costs at the offered price."""

from collections.abc import Iterable
from dataclasses import dataclass

from app.charging.errors import BadInput
from app.charging.money import MSAT_PER_SAT, Rate
from app.charging.pricing import WH_PER_KWH, Forecast, Tally, Tariff, estimated_msat, used_up
from app.portal.forms import Form


@dataclass(frozen=True, slots=True)
class Amount:
    """So much energy for so many sats. The start fee is in it where one is due."""

    energy_wh: int
    amount_msat: int
    reach: Forecast | None = None
    """How far that goes; None where a week is not enough to use it up."""

    @property
    def amount_sat(self) -> int:
        """What the form sends."""
        return self.amount_msat // MSAT_PER_SAT


def amounts(
    tariff: Tariff,
    rate: Rate,
    kwh: Iterable[int],
    *,
    tally: Tally,
    power_w: int,
    min_msat: int,
    max_msat: int | None = None,
    paid_msat: int = 0,
) -> list[Amount]:
    """Those of the amounts of energy that can be paid for, after what was counted before: a
    top-up pays no fee again, and adds to what was paid."""
    found = []
    for each in kwh:
        energy_wh = each * WH_PER_KWH
        amount_msat = _whole_sats(estimated_msat(tariff, rate, tally, energy_wh, power_w))
        too_much = max_msat is not None and amount_msat > max_msat
        if amount_msat >= max(min_msat, 1) and not too_much:
            budget_msat = paid_msat + amount_msat
            reach = used_up(tariff, rate, tally, budget_msat, power_w)
            found.append(Amount(energy_wh, amount_msat, reach))
    return found


def amount_msat_of(form: Form) -> int:
    """What was chosen or typed; raises ``BadInput``."""
    text = form.text("amount_sat").replace(",", "").replace(" ", "")
    if not text.isascii() or not text.isdecimal() or not 0 < len(text) <= 10:
        raise BadInput("Please give the amount as a whole number of sats.", field="amount_sat")
    return int(text) * MSAT_PER_SAT


def _whole_sats(amount_msat: int) -> int:
    """Rounded up: the energy that was chosen is covered."""
    return -(-amount_msat // MSAT_PER_SAT) * MSAT_PER_SAT
