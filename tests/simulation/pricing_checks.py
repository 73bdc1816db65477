"""What everybody was charged, held against the readings that were kept and the cars that stood."""

from app.charging.pricing import Dimension, cost_msat
from app.charging.pricing.replay import replayed
from app.charging.session import Funding, Session
from app.records.sessions import Sessions
from tests.simulation import setup
from tests.simulation.process import START
from tests.simulation.world import World

SECOND_US = 1_000_000
USUAL_S = 10.0
HEARD_LATE_S = 600.0


async def judge_prices(world: World) -> None:
    """Each session that there is: its money is what its readings make, and within every bound."""
    sessions = Sessions(world.tables)
    for (tenant, session_id), book in world.checks.books.items():
        stored = await sessions.find(tenant, session_id) if book.body else None
        if stored is None:
            continue
        session = stored.session
        readings = await sessions.readings(tenant, session)
        if replayed(session.quote.tariff, readings) != session.tally:
            world.wrong(f"{session_id}: the kept readings make another price")
        if session.doubts:
            world.town.count("registers not believed")
        for wrong in _wrongs(session):
            world.wrong(f"{session_id}: {wrong}")
        _judge_standing(world, session)
        _judge_sight(world, session)


def _wrongs(session: Session) -> list[str]:
    """What is wrong with what was charged."""
    money, tariff, rate = session.balances, session.quote.tariff, session.quote.rate
    found = list[str]()
    due_msat = 0
    if session.tally is not None and session.energy_wh > 0:
        due_msat = cost_msat(tariff, rate, session.tally)
    if money.charged != due_msat:
        found.append(f"{money.charged} msat are charged for what costs {due_msat}")
    if session.funding is Funding.LIGHTNING and money.charged - money.absorbed > money.paid:
        found.append(f"{money.charged} msat are charged, {money.paid} were paid")
    most = tariff.max_price.incl_vat if tariff.max_price else None
    if most is not None and money.charged > most * rate.msat_per_unit:
        found.append(f"{money.charged} msat are more than the highest price")
    if session.energy_wh == 0 and money.charged:
        found.append(f"{money.charged} msat are charged without energy")
    return found


def _judge_standing(world: World, session: Session) -> None:
    """Nobody pays for standing while their car did not, nor for the grace."""
    counted = (
        {one.dimension: one.quantity for one in session.tally.counted} if session.tally else {}
    )
    parked_us = counted.get(Dimension.PARKING_TIME, 0)
    if not parked_us or session.funding is not Funding.LIGHTNING:
        return
    if session.doubted_wh is not None:
        return  # since the last register that was believed it stood still, for all that is known
    world.town.count("parking was priced")
    charger = next(each for each in world.town.chargers if each.name == session.charge_point)
    stood_s = charger.plugs[session.connector].stood_s.get(session.id_tag, 0.0)
    most_s = stood_s - session.quote.tariff.grace_s + tolerance_s(world, session)
    if parked_us / SECOND_US > most_s:
        world.wrong(
            f"{session.id}: {parked_us // SECOND_US} s of parking for {stood_s:.0f} s of standing"
        )


def _judge_sight(world: World, session: Session) -> None:
    """Nobody pays for what nobody saw: a charge point whose end could not be told."""
    lost_at_s = world.town.lost_at_s.get(session.charge_point)
    charger = next(each for each in world.town.chargers if each.name == session.charge_point)
    if lost_at_s is None or session.tally is None or charger.quirks.clock != "right":
        return
    counted_s = (session.tally.seen_at - START).total_seconds()
    if counted_s > lost_at_s + USUAL_S:
        world.wrong(f"{session.id}: counted until {counted_s:.0f} s, lost at {lost_at_s:.0f} s")


def tolerance_s(world: World, session: Session) -> float:
    """How much later than it happened it may be known that a cable is out, or a charge point away.

    What is told has its own moment, a connection ends when it was last heard, and an edge when it
    was last alive, so that delays and deaths cost nobody anything. But a clock that is ahead is not
    believed: what it says is taken to be of the moment when it is heard.
    """
    place = next(
        number
        for number in range(len(world.town.chargers))
        if setup.charge_point_id(number) == session.charge_point
    )
    quirks = world.scenario.places[place].quirks
    is_ahead = quirks.clock in ("local", "unset") or quirks.clock_off_s > 0
    return USUAL_S + (HEARD_LATE_S if is_ahead else 0.0)
