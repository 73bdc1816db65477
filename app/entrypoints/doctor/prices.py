"""What is needed to name a price: exchange rates, and the prices that owners' sources tell."""

from datetime import timedelta

from app.bootstrap.prices import prices_over, rates_over
from app.charging.errors import Unavailable
from app.charging.money import SATS
from app.entrypoints.doctor.findings import Finding, most, ok, problem, warning
from app.entrypoints.doctor.ground import Ground, called, of_all, owners
from app.records import rows

RATES, SOURCES = "exchange rates", "price sources"
SILENT = timedelta(days=2)


async def look_at_rates(ground: Ground) -> list[Finding]:
    """Of every currency that a place has."""
    tables, known = ground.looked.tables, await owners(ground)
    at: dict[str, list[str]] = {}
    places_of = await of_all(known.tenants, lambda tenant: rows.locations(tables).all(tenant.id))
    for places_there in places_of:
        for place in places_there:
            at.setdefault(place.currency, []).append(place.name)
    at.pop(SATS, None)
    if not at:
        return []
    rates, found, known_ones = rates_over(ground.looked.base), [], []
    for currency, places in sorted(at.items()):
        try:
            rate = await rates.rate(currency)
        except Unavailable as error:
            seen = f"{error.message} Nobody can pay at {most(places)}."
            do = "Strom asks again by itself; look at this machine's way to the internet."
            found.append(problem(RATES, seen, do))
        else:
            known_ones.append(f"1 {currency} = {rate.msat_per_unit / 1000:,.0f} sats")
    return [*([ok(RATES, f"{most(known_ones)}.")] if known_ones else []), *found]


async def look_at_sources(ground: Ground) -> list[Finding]:
    """What each source said when it was asked last; it is not asked now."""
    sources, now = prices_over(ground.looked.base).sources, ground.clock.now()
    found, fine = [], 0
    tenants = (await owners(ground)).tenants
    of_each = await of_all(tenants, lambda tenant: sources.all(tenant.id))
    for tenant, mine in zip(tenants, of_each, strict=True):
        for source in mine:
            kept = await sources.known(tenant.id, source.id)
            named = f"The price source {source.name} of {called(tenant)}"
            do = "Its owner looks at it under Prices; until then the tariff's fallback holds."
            if kept.problem:
                found.append(warning(SOURCES, f"{named}: {kept.problem}", do))
            elif kept.asked_at is not None and now - kept.asked_at > SILENT:
                found.append(warning(SOURCES, f"{named} was not asked for days.", do))
            else:
                fine += 1
    return [*([ok(SOURCES, f"{fine} tell their prices.")] if fine else []), *found]
