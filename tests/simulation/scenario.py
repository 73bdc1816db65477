"""What is going to happen in a run: drawn from the seed alone, before it begins.

A list of acts, so that a failing run can be made smaller by leaving some of them out.
"""

import random
from dataclasses import dataclass

from tests.simulation import faults, prices, quirks
from tests.simulation.faults import Rates
from tests.simulation.prices import Pricing
from tests.simulation.quirks import Quirks

CHAOS_S = 1500.0
"""For so long things go wrong; then everything works, and must come to rest."""
STYLES = (
    "stops",
    "stops",
    "budget",
    "budget",
    "car_full",
    "tops_up",
    "pays_twice",
    "two_withdraws",
    "never_claims",
    "cancels",
    "cancels",
    "hurries",
    "hurries",
    "leaves",
    "pays_late",
    "pays_late",
    "never_pays",
)
MOODS = (
    "answers",
    "answers",
    "moody",
    "down",
    "stalls",
    "refuses",
    "wrong_amount",
    "wrong_description",
    "expires_soon",
)
"""Of a lightning address's server: see ``address_servers``."""
LINK_LOST = ("pin", "wallet", "preimage", "owner")


@dataclass(frozen=True, slots=True)
class Ways:
    """How somebody may be found again by their money, and find their charge again."""

    address: str = ""
    """How the server of their lightning address behaves; empty without one."""
    names_it_late: bool = False
    """On the page of the charge, instead of with the payment."""
    has_pin: bool = False
    signs: bool = False
    is_careless: bool = False
    """Does not take back what is left."""
    loses_link: str = ""
    """And finds it again by ``pin``, ``wallet``, ``preimage``, or from the ``owner``."""


@dataclass(frozen=True, slots=True)
class Drive:
    """Somebody comes to charge."""

    at_s: float
    driver: str
    place: int
    connector: int
    sats: int
    car_wh: int
    style: str
    plugs_in_first: bool
    ways: Ways = Ways()


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody tries to stop, or to be paid, what is not theirs."""

    at_s: float
    name: str


@dataclass(frozen=True, slots=True)
class Kill:
    """A process dies at one of its next steps, and another takes its place later."""

    at_s: float
    what: str
    which: int
    after_steps: int
    away_s: float


@dataclass(frozen=True, slots=True)
class ChargerTrouble:
    """Something happens to a charge point."""

    at_s: float
    place: int
    what: str
    for_s: float


@dataclass(frozen=True, slots=True)
class WalletAway:
    """An owner's wallet cannot be reached."""

    at_s: float
    place: int
    for_s: float


@dataclass(frozen=True, slots=True)
class ReplaceWallet:
    """An owner connects another wallet; sessions of the one before may be open."""

    at_s: float
    owner: int


@dataclass(frozen=True, slots=True)
class OwnUse:
    """An owner charges their own car."""

    at_s: float
    owner: int
    place: int
    connector: int
    for_s: float
    car_wh: int


@dataclass(frozen=True, slots=True)
class Card:
    """Somebody charges with a card: one of the owner's, or one nobody knows."""

    at_s: float
    name: str
    place: int
    connector: int
    for_s: float
    is_known: bool


Act = Drive | Stranger | Kill | ChargerTrouble | WalletAway | ReplaceWallet | OwnUse | Card


@dataclass(frozen=True, slots=True)
class Place:
    """A charge point of an owner."""

    owner: int
    plugs: int
    quirks: Quirks


@dataclass(frozen=True, slots=True)
class OwnerWallet:
    """What an owner's wallet can do."""

    resend_is_harmless: bool
    hold_invoices: bool
    unit_msat: int
    sats: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """One run."""

    seed: int
    owners: tuple[OwnerWallet, ...]
    places: tuple[Place, ...]
    apps: int
    edges: int
    skews_s: tuple[float, ...]
    rates: Rates
    acts: tuple[Act, ...]
    later_wallets: tuple[OwnerWallet, ...]
    """What each owner may replace theirs with."""
    is_left_alone: bool
    """After it all nobody is there for months: what was not claimed by then is forfeited."""
    prices: tuple[Pricing, ...]
    """What each owner asks for."""


def draw(seed: int) -> Scenario:
    """The run of a seed."""
    dice, more = random.Random(f"scenario/{seed}"), random.Random(f"more/{seed}")
    is_left_alone = more.random() < 0.25
    careless = 0.5 if is_left_alone else 0.0
    owners = tuple(_wallet(dice) for _ in range(dice.choice((1, 1, 2))))
    places = tuple(
        Place(dice.randrange(len(owners)), dice.choice((1, 1, 2)), quirks.draw(dice))
        for _ in range(dice.choice((1, 2, 3)))
    )
    for place in places:
        if more.random() < 0.3:
            place.quirks.forgets_stops = more.choice((0.1, 0.5))
        place.quirks.ignores_invalid = more.choice((0.0, 0.5))
    meters = random.Random(f"meters/{seed}")
    for place in places:
        if meters.random() < 0.2:
            place.quirks.wrong_registers = meters.choice((0.05, 0.4))
    skews = tuple(dice.choice((0.0, 0.0, dice.uniform(-3, 3))) for _ in range(8))
    return Scenario(
        seed=seed,
        owners=owners,
        places=places,
        apps=dice.choice((1, 2)),
        edges=dice.choice((1, 1, 2)),
        skews_s=skews,
        rates=faults.draw(dice),
        acts=tuple(
            sorted(
                (
                    *_acts(dice, more, places, careless),
                    *_lost_with_their_edges(random.Random(f"edges/{seed}"), places),
                ),
                key=lambda act: act.at_s,
            )
        ),
        later_wallets=tuple(_wallet(more) for _ in owners),
        is_left_alone=is_left_alone,
        prices=_prices(random.Random(f"prices/{seed}"), len(owners)),
    )


def _prices(dice: random.Random, owners: int) -> tuple[Pricing, ...]:
    return tuple(prices.draw(dice) for _ in range(owners))


def _wallet(dice: random.Random) -> OwnerWallet:
    return OwnerWallet(
        resend_is_harmless=dice.random() < 0.5,
        hold_invoices=dice.random() < 0.3,
        unit_msat=dice.choice((1000, 1000, 1)),
        sats=dice.choice((50_000, 50_000, 200)),
    )


def _ways(dice: random.Random, careless: float) -> Ways:
    loses_link = dice.choice(LINK_LOST) if dice.random() < 0.4 else ""
    return Ways(
        address=dice.choice(MOODS) if dice.random() < 0.4 else "",
        names_it_late=dice.random() < 0.3,
        has_pin=dice.random() < (0.9 if loses_link == "pin" else 0.3),
        signs=dice.random() < (0.9 if loses_link == "wallet" else 0.3),
        is_careless=dice.random() < careless,
        loses_link=loses_link,
    )


def _acts(
    dice: random.Random, more: random.Random, places: tuple[Place, ...], careless: float
) -> list[Act]:
    acts: list[Act] = []
    for number in range(dice.randint(4, 12)):
        place = dice.randrange(len(places))
        acts.append(
            Drive(
                at_s=dice.uniform(20, CHAOS_S * 0.7),
                driver=f"driver{number}",
                place=place,
                connector=1 + dice.randrange(places[place].plugs),
                sats=dice.choice((30, 200, 777, 2000)),
                car_wh=dice.choice((500, 3000, 30_000)),
                style=dice.choice(STYLES),
                plugs_in_first=dice.random() < 0.6,
                ways=_ways(more, careless),
            )
        )
    acts += [
        Stranger(dice.uniform(50, CHAOS_S), f"stranger{n}") for n in range(dice.choice((0, 1, 2)))
    ]
    acts += [
        Kill(
            dice.uniform(10, CHAOS_S),
            dice.choice(("app", "app", "app", "edge")),
            dice.randrange(2),
            dice.randint(1, 60),
            dice.choice((0.1, 5.0, 60.0, 200.0)),
        )
        for _ in range(dice.choice((0, 1, 2, 4, 8)))
    ]
    acts += [
        ChargerTrouble(
            dice.uniform(30, CHAOS_S),
            dice.randrange(len(places)),
            dice.choice(("network", "network", "power", "dark", "fault", "for_ever")),
            dice.choice((5.0, 40.0, 300.0)),
        )
        for _ in range(dice.choice((0, 1, 2, 4)))
    ]
    acts += [
        WalletAway(
            dice.uniform(30, CHAOS_S),
            dice.randrange(len(places)),
            dice.choice((10.0, 120.0, 400.0)),
        )
        for _ in range(dice.choice((0, 0, 1, 2)))
    ]
    return acts + _other_acts(more, places)


def _lost_with_their_edges(dice: random.Random, places: tuple[Place, ...]) -> list[Act]:
    """While a car stands there, the charge point and its edge go at the same moment."""
    if dice.random() < 0.7:
        return []
    at_s, place = dice.uniform(100, CHAOS_S / 2), dice.randrange(len(places))
    return [ChargerTrouble(at_s, place, "with_its_edge", dice.choice((20.0, 150.0, 400.0)))]


def _other_acts(dice: random.Random, places: tuple[Place, ...]) -> list[Act]:
    acts: list[Act] = []
    for owner in {place.owner: None for place in places}:
        if dice.random() < 0.3:
            acts.append(ReplaceWallet(dice.uniform(60, CHAOS_S), owner))
    for number in range(dice.choice((0, 0, 1, 2))):
        place = dice.randrange(len(places))
        connector = 1 + dice.randrange(places[place].plugs)
        for_s = dice.choice((20.0, 300.0, 1200.0))
        at_s, is_known = dice.uniform(30, CHAOS_S), dice.random() < 0.5
        acts.append(Card(at_s, f"card{number}", place, connector, for_s, is_known))
    for _ in range(dice.choice((0, 0, 1))):
        place = dice.randrange(len(places))
        acts.append(
            OwnUse(
                at_s=dice.uniform(30, CHAOS_S * 0.7),
                owner=places[place].owner,
                place=place,
                connector=1 + dice.randrange(places[place].plugs),
                for_s=dice.choice((5.0, 100.0, 600.0)),
                car_wh=dice.choice((500, 30_000)),
            )
        )
    return acts
