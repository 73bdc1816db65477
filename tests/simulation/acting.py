"""Lets the acts of a scenario happen in a world."""

import asyncio

from tests.simulation import setup
from tests.simulation.charger import ModelCharger
from tests.simulation.drivers import Driver
from tests.simulation.plug import Car
from tests.simulation.scenario import (
    CHAOS_S,
    Act,
    Card,
    ChargerTrouble,
    Drive,
    Kill,
    OwnUse,
    ReplaceWallet,
    Stranger,
    WalletAway,
)
from tests.simulation.strangers import Stranger as StrangerAtWork
from tests.simulation.world import World, until


def begin(world: World, acts: list[tuple[int, Act]]) -> list[asyncio.Task[None]]:
    """Everything that is to happen, each in a task; those of drivers are returned."""
    drives = []
    for number, act in acts:
        process = world.people
        match act:
            case Drive():
                driver = world.driver(f"{act.driver}.{number}")
                drives.append(driver.process.spawn(_drive(world, act, driver)))
                continue
            case Stranger():
                name = f"{act.name}.{number}"
                process = world.process(name)
                stranger = StrangerAtWork(name, process, world.town, world.ask_checkout)
                work = _stranger(act, stranger)
            case Kill():
                work = _kill(world, act)
            case ChargerTrouble():
                work = _charger_trouble(world, act)
            case WalletAway():
                work = _wallet_away(world, act)
            case ReplaceWallet():
                work = _replace_wallet(world, act)
            case Card():
                work = _card(world, act)
            case OwnUse():
                work = _own_use(world, act)
        process.spawn(work)
    return drives


async def _drive(world: World, act: Drive, driver: Driver) -> None:
    await until(act.at_s)
    world.note(f"{act.driver} comes: {act.style} at {act.place}/{act.connector}, {act.sats} sat")
    await driver.drive(act)


async def _stranger(act: Stranger, stranger: StrangerAtWork) -> None:
    await until(act.at_s)
    await stranger.try_everything()


async def _kill(world: World, act: Kill) -> None:
    await until(act.at_s)
    group = world.apps if act.what == "app" else world.edges
    which = act.which % len(group)
    process = group[which].process
    if not process.alive:
        return
    died = asyncio.Event()
    process.at_death.append(died.set)
    process.dies_after = act.after_steps
    try:
        async with asyncio.timeout(30):
            await died.wait()
    except TimeoutError:
        process.kill()
    world.note(f"{process.name} is dead")
    await asyncio.sleep(min(act.away_s, max(0.0, CHAOS_S - world.loop.time())))
    (world.start_app if act.what == "app" else world.start_edge)(which)


async def _charger_trouble(world: World, act: ChargerTrouble) -> None:
    await until(act.at_s)
    charger = world.town.chargers[act.place]
    if act.what == "with_its_edge":
        await _lose_with_its_edge(world, act, charger)
        return
    world.note(f"{charger.name}: {act.what} for {act.for_s:.0f} s")
    match act.what:
        case "network":
            charger.lose_network(power=False)
        case "power":
            charger.lose_network(power=True)
        case "for_ever":
            charger.lose_network(power=False)
            charger.is_lost_for_ever = True
            return
        case "dark":
            charger.go_dark()
            return
        case "fault":
            charger.fault(1, True)
    await asyncio.sleep(act.for_s)
    charger.fault(1, False)
    if not charger.is_lost_for_ever:
        charger.come_back()


async def _lose_with_its_edge(world: World, act: ChargerTrouble, charger: ModelCharger) -> None:
    """Some time after a car has begun to stand there: nobody can tell that the two are gone."""
    while not charger.is_stood_at:
        await asyncio.sleep(5)
        if world.loop.time() > CHAOS_S:
            return
    await asyncio.sleep(act.for_s)
    which = world.edge_of(charger)
    if which is None or not charger.is_stood_at:
        return
    charger.is_lost_for_ever = True
    charger.lose_network(power=False)
    world.edges[which].process.kill()
    world.town.lost_at_s[charger.name] = world.loop.time()
    world.town.count("charge points lost with their edge")
    world.note(f"{world.edges[which].process.name} is dead, and {charger.name} with it")
    await asyncio.sleep(act.for_s)
    world.start_edge(which)


async def _wallet_away(world: World, act: WalletAway) -> None:
    await until(act.at_s)
    tenant = setup.tenant_id(world.scenario.places[act.place].owner)
    world.note(f"the wallet of {tenant} is down for {act.for_s:.0f} s")
    world.services[tenant].down_until_s = world.loop.time() + act.for_s


async def _replace_wallet(world: World, act: ReplaceWallet) -> None:
    await until(act.at_s)
    tenant = setup.tenant_id(act.owner)
    await world.owners[tenant].replace_wallet(setup.later_wallet(tenant))


async def _own_use(world: World, act: OwnUse) -> None:
    await until(act.at_s)
    await world.owners[setup.tenant_id(act.owner)].charge(act)


async def _card(world: World, act: Card) -> None:
    await until(act.at_s)
    charger = world.town.chargers[act.place]
    id_tag = setup.CARD if act.is_known else f"{act.name}-of-nobody"
    if charger.swipe(act.connector, Car(act.name, 20_000), id_tag):
        world.town.count("cards of owners" if act.is_known else "cards of nobody")
        await asyncio.sleep(act.for_s)
        charger.unplug(act.connector, act.name)
