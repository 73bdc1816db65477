"""The owners' prices: what their sources tell, what holds now; and exchange rates."""

from dataclasses import dataclass
from datetime import timedelta

from app.bootstrap.foundation import Foundation, outbound_policy
from app.tariffs.coinbase import Coinbase
from app.tariffs.fixed_rates import FixedRates
from app.tariffs.kraken import Kraken
from app.tariffs.rates import RateLimits, Rates
from app.tariffs.resolving import TariffsInForce
from app.tariffs.spot.prices import SpotPrices
from app.tariffs.spot.sources import SpotSources


@dataclass(frozen=True, slots=True)
class Prices:
    """The parts."""

    sources: SpotSources
    in_force: TariffsInForce


def rates_over(base: Foundation) -> Rates:
    """Fixed where the provider wrote them down, else of two exchanges that must agree."""
    settings, clock = base.settings, base.clock
    limits = RateLimits(stale_s=settings.rate_fresh_s)
    if settings.fixed_rates:
        return Rates([FixedRates(settings.fixed_rates, clock)], clock, limits)
    return Rates([Kraken(base.http, clock), Coinbase(base.http, clock)], clock, limits)


def prices_over(base: Foundation) -> Prices:
    """The parts, over a foundation."""
    tables, clock, chance = base.tables, base.clock, base.chance
    policy, known = outbound_policy(base.settings), SpotPrices(tables, clock)
    fresh = timedelta(seconds=base.settings.signal_interval_s / 2)
    sources = SpotSources(tables, clock, chance, base.envelope, base.http, policy, known, fresh)
    return Prices(sources, TariffsInForce(tables, sources, clock))
