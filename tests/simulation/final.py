"""When everything works again: does every paid session end, and everybody get what is theirs?"""

import asyncio
from collections.abc import Iterator

from app.charging.errors import StromError
from app.charging.ledger import Account
from app.records.effects import owed_effect
from app.records.session_rows import payments_in
from tests.simulation.checks import Book
from tests.simulation.process import Lost
from tests.simulation.setup import EXPIRY_DAYS
from tests.simulation.town import Bought, GivenUp
from tests.simulation.world import World

LONGEST_S = 6 * 3600.0
LOOK_EVERY_S = 60.0
OVERRUN_WH = 3
HALF_AN_HOUR_S = 1800.0
CALM_S = 30.0
ROUNDS = 2
"""An address that cannot be paid after all is given up hours later; then its owner claims."""


async def come_to_rest(world: World) -> None:
    """Wait until nothing is left to do; what is still to do after hours is wrong."""
    end_s = world.loop.time() + LONGEST_S
    while True:
        left = _left(world)
        if not left:
            return
        if world.loop.time() >= end_s:
            for text in left:
                world.wrong(f"after hours of calm: {text}")
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def end_own_use(world: World) -> None:
    """An owner's own use that nobody tells the end of counts as silent after a day."""
    if _is_used_by_owners(world):
        await asyncio.sleep(HALF_AN_HOUR_S)
    if _is_used_by_owners(world):
        await let_pass(world, 1)


def _is_used_by_owners(world: World) -> bool:
    bodies = [book.body for book in world.checks.books.values()]
    open_ones = [b for b in bodies if b and (b.get("phase") != "ended" or b.get("running"))]
    return any(body.get("funding") == "owner" for body in open_ones)


async def claim_all(world: World) -> None:
    """Whoever has paid takes back what is left; those who had not cared, too, if they have to."""
    for bought in world.town.bought:
        if world.scenario.is_left_alone and bought.driver in world.town.careless:
            continue
        if is_paid(world, bought) and _wants_back(world, bought):
            driver = world.drivers[bought.driver]
            try:
                await driver.ask_for_link(bought.issued)
                await driver.take_back(bought.issued)
            except (StromError, Lost, GivenUp) as error:
                world.wrong(f"{bought.issued.session_id} cannot be taken back: {error}")


async def let_pass(world: World, days: int) -> None:
    """Days during which nothing of Strom runs."""
    for process in [app.process for app in world.apps] + [edge.process for edge in world.edges]:
        process.kill()
    await asyncio.sleep(CALM_S)
    world.loop.jump(days * 24 * 3600.0)
    for which in range(len(world.apps)):
        world.start_app(which)
    for which in range(len(world.edges)):
        world.start_edge(which)
    world.note(f"{days} days later")
    await asyncio.sleep(CALM_S)


async def leave_alone(world: World) -> None:
    """Weeks pass while nothing runs, and then some more: not before that is time up."""
    await let_pass(world, EXPIRY_DAYS - 5)
    await come_to_rest(world)
    for (_, session_id), book in world.checks.books.items():
        if book.balances.forfeited:
            world.wrong(f"{session_id}: {book.balances.forfeited} msat are forfeited already")
    await let_pass(world, 10)
    await come_to_rest(world)


def judge(world: World) -> None:
    """The last look at everything."""
    world.wrongs += world.lightning.wrongs
    payers = {b.issued.session_id: b.driver for b in world.town.bought}
    for bought in world.town.bought:
        if is_paid(world, bought):
            _judge_paid(world, bought)
    for (_, session_id), book in world.checks.books.items():
        _judge_energy(world, session_id, book)
        _judge_stop(world, session_id, book)
        if book.balances.refundable:
            world.wrong(f"{session_id}: {book.balances.refundable} msat could not be claimed")
        if book.balances.forfeited and not world.scenario.is_left_alone:
            world.wrong(f"{session_id}: {book.balances.forfeited} msat are forfeited already")
    for _, refund in world.checks.refunds:
        made = world.lightning.invoices[refund.payment_hash]
        meant_for = world.town.may_receive.get(refund.payment_hash, refund.session_id)
        if meant_for != refund.session_id or made.payee != payers[refund.session_id]:
            world.wrong(f"{refund.session_id} is refunded to {made.payee}")
        if made.amount_msat != refund.amount_msat:
            world.wrong(f"{refund.session_id}: {refund.amount_msat} msat to a wrong invoice")
    for tenant in world.owners:
        _judge_wallets(world, tenant)


def is_paid(world: World, bought: Bought) -> bool:
    """Whether the money has left the driver for good, or is held."""
    return world.lightning.invoices[bought.issued.payment_hash].state != "open"


def _judge_paid(world: World, bought: Bought) -> None:
    issued = bought.issued
    book = world.checks.book(issued.tenant, issued.session_id)
    if book is None or issued.payment_hash not in _settled(book):
        world.wrong(f"{issued.payment_hash[:8]} was paid and is nowhere counted")


def _judge_energy(world: World, session_id: str, book: Book) -> None:
    if book.body.get("funding") == "owner":
        return  # it is delivered under the card's name
    delivered_wh = sum(
        plug.delivered_wh.get(session_id.upper(), 0.0)
        for charger in world.town.chargers
        for plug in charger.plugs.values()
    )
    if book.body.get("energy_wh", 0) > delivered_wh + OVERRUN_WH:
        world.wrong(f"{session_id}: {book.body['energy_wh']} Wh of {delivered_wh:.0f} are charged")


def _judge_stop(world: World, session_id: str, book: Book) -> None:
    body = book.body
    if body.get("funding") == "owner" or session_id in world.town.may_stop:
        return
    place = body.get("charge_point"), body.get("connector")
    cancelled = body.get("end") == "cancelled" and place not in world.town.stopped_by_owner
    if cancelled or body.get("stop_asked_by") == "payer":
        world.wrong(f"{session_id} was stopped by somebody else")


def _judge_wallets(world: World, tenant: str) -> None:
    """What the owner has is what the ledgers say."""
    wallets = world.wallets(tenant)
    number = int(tenant[5:])
    first, later = world.scenario.owners[number], world.scenario.later_wallets[number]
    expected_msat = (first.sats + later.sats) * 1000
    sent = [one for wallet in wallets.values() for them in wallet.sent.values() for one in them]
    expected_msat -= sum(one.amount_msat + one.fee_msat for one in sent if one.state == "pending")
    for (owner, _), book in world.checks.books.items():
        if owner == tenant:
            money, said = book.balances, set(_paid_by_word(book))
            expected_msat += money.paid - money.refunded - money.routing_fees
            expected_msat -= sum(o.fee_msat for o in sent if o.invoice.payment_hash in said)
    has_msat = sum(world.lightning.accounts[name] for name in wallets)
    if has_msat != expected_msat:
        world.wrong(f"{tenant} has {has_msat} msat, the ledgers say {expected_msat}")


def _paid_by_word(book: Book) -> Iterator[str]:
    """Refunds of which the owner said that they were paid; what that cost nobody has told."""
    for entry in book.entries:
        if entry.credit is Account.REFUNDED and "said by" in entry.cause:
            yield entry.cause.split()[1]


def _left(world: World) -> list[str]:
    """What is still to be done, by session and by row."""
    left = []
    for (_, session_id), book in world.checks.books.items():
        body = book.body
        if not body:
            continue  # its quote was written, and then it never began
        if body.get("phase") != "ended":
            left.append(f"{session_id} is {body.get('phase')}")
        elif body.get("refund"):
            left.append(f"{session_id} has a refund under way")
        elif any(p.state == "held" for p in payments_in(body)):
            left.append(f"{session_id} has money that is held")
        elif body.get("running"):
            left.append(f"{session_id} is still running")
    for bought in world.town.bought:
        if is_paid(world, bought):
            found = world.checks.book(bought.issued.tenant, bought.issued.session_id)
            if found is None or bought.issued.payment_hash not in _settled(found):
                left.append(f"{bought.issued.session_id} is paid, and nobody has seen it")
    left += [f"{pk} is held" for pk in world.checks.claims if "#K#connector" in pk]
    left += _owed(world)
    return left


def _owed(world: World) -> list[str]:
    """Effects that are owed, but for invoices nobody paid."""
    owed = []
    for row in world.tables.rows():
        if not str(row["sk"]).startswith("E#"):
            continue
        kind = type(owed_effect("", row).effect).__name__
        if kind == "AwaitPayment":
            continue
        owed.append(f"{row['pk']!s} {row['sk']!s} is owed")
    return owed


def _wants_back(world: World, bought: Bought) -> bool:
    book = world.checks.book(bought.issued.tenant, bought.issued.session_id)
    return book is not None and book.balances.refundable > 0


def _settled(book: Book) -> list[str]:
    return [p.payment_hash for p in payments_in(book.body) if p.state == "settled"]
