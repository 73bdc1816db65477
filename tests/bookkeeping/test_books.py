"""Anyone can check the books, and sees what was changed behind their back."""

import asyncio
import csv
import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import msgspec
import pytest

from app.bookkeeping.audit import Audit
from app.bookkeeping.export import Export, as_csv
from app.bookkeeping.sealing import Sealing
from app.charging import effects as ef
from app.charging import events as ev
from app.charging.errors import NotFound, StorageUncertain
from app.charging.money import sat_rate
from app.charging.ports import (
    Delete,
    Equals,
    Incoming,
    IncomingGone,
    IncomingOpen,
    IncomingSettled,
    Key,
    Operation,
    Outgoing,
    OutgoingFailed,
    OutgoingPaid,
    OutgoingUnknown,
    Put,
    Update,
    Wallet,
)
from app.charging.session import Session
from app.flow import Again, Performer
from app.records.effects import OwedEffect
from app.records.seals import Seals
from app.records.sessions import Sessions
from tests.charging.sessions import NOON, seconds
from tests.flow.system import SESSION, TENANT, World, opening

PAID_HASH, REFUND_HASH = "aa" * 32, "cc" * 32


@dataclass
class TellingWallet:
    """Says what it was told to."""

    incoming: dict[str, Incoming] = field(default_factory=dict)
    outgoing: dict[str, Outgoing] = field(default_factory=dict)

    async def open(self, tenant: str, wallet_id: str) -> Wallet:
        return self  # type: ignore[return-value]  # as much of a wallet as an audit asks

    async def look_up_incoming(self, payment_hash: str) -> Incoming:
        if payment_hash not in self.incoming:
            raise NotFound("unknown")
        return self.incoming[payment_hash]

    async def look_up_outgoing(self, payment_hash: str) -> Outgoing:
        return self.outgoing.get(payment_hash, OutgoingUnknown("never heard of it"))


@dataclass
class Books:
    """A world with one settled session, and the tools to look into it."""

    world: World
    wallet: TellingWallet = field(default_factory=TellingWallet)

    @property
    def seals(self) -> Seals:
        return Seals(self.world.tables)

    async def differences(self) -> list[str]:
        sessions = Sessions(self.world.tables)
        report = await Audit(sessions, self.seals, self.wallet).of(TENANT)
        return [one.what for one in report.differences]

    async def changes(self, pk: str, sk: str, **values: str | int) -> None:
        await self.world.tables.tenant(TENANT).write([Update(Key(pk, sk), set=values)])


async def settled_world() -> Books:
    """2000 sats paid, 1000 charged, 1000 refunded, sealed."""
    world = World()
    await settle(world)
    books = Books(world)
    books.wallet.incoming[PAID_HASH] = IncomingSettled(2_000_000)
    books.wallet.outgoing[REFUND_HASH] = OutgoingPaid(1000)
    return books


async def settle(world: World, *before: ev.Event, seal: Performer | None = None) -> None:
    """All of that but the wallet; ``before`` happens before the refund is claimed."""
    world.flow.performers = {
        **world.flow.performers,
        ef.SealSession: seal or Sealing(Seals(world.tables), world.clock).seal,
    }
    paid = ev.PaymentSettled(NOON, PAID_HASH, 2_000_000)
    await world.flow.record(TENANT, SESSION, [paid], opening=opening())
    events: list[ev.Event] = [
        ev.ChargingStarted(seconds(5), 7, 0),
        ev.ChargingStopped(seconds(600), 7, 2000),
        *before,
        ev.RefundClaimed(seconds(700), REFUND_HASH, "lnbc", 1_000_000),
        ev.RefundOutcome(seconds(710), REFUND_HASH, "paid", 1000),
    ]
    for event in events:
        await world.flow.record(TENANT, SESSION, [event])


@pytest.fixture
async def books() -> Books:
    return await settled_world()


async def test_what_was_not_touched_agrees(books: Books) -> None:
    assert await books.differences() == []
    assert (await books.seals.head(TENANT)) is not None


@pytest.mark.parametrize(
    ("sk", "values"),
    [
        ("L#000001", {"amount_msat": 1_999_999}),
        ("L#000002", {"cause": "something else"}),
        ("L#000003", {"sequence": 9}),
        ("L#000001", {"cause": "elsewhere"}),
        ("L#000004", {"cause": ""}),
    ],
)
async def test_a_changed_entry_is_seen(books: Books, sk: str, values: dict[str, str]) -> None:
    await books.changes(f"T#{TENANT}#S#{SESSION}", sk, **values)
    assert await books.differences()


async def test_a_whole_ledger_written_anew_breaks_the_seal(books: Books) -> None:
    other = await settled_world()
    session = await books.world.stored()
    table = books.world.tables.tenant(TENANT)
    seal = (await other.seals.all(TENANT))[0]
    forged = replace(seal, ledger_hash="0" * 64)
    await table.write(
        [
            Update(
                Key(f"T#{TENANT}#SEALS", "N#000000000001"),
                set={"ledger_hash": forged.ledger_hash},
                condition=Equals({"number": 1}),
            )
        ]
    )
    assert session.settled
    assert "seal 1 is not of this ledger" in await books.differences()


async def test_a_payment_the_wallet_does_not_know_is_seen(books: Books) -> None:
    books.wallet.incoming[PAID_HASH] = IncomingOpen()
    books.wallet.outgoing.clear()
    assert await books.differences() == [
        f"payment {PAID_HASH}: the wallet does not call it settled",
        f"refund {REFUND_HASH}: paid here, not known as paid there",
    ]


async def test_another_amount_at_the_wallet_is_seen(books: Books) -> None:
    books.wallet.incoming[PAID_HASH] = IncomingSettled(1)
    assert await books.differences() == [f"payment {PAID_HASH}: 2000000 msat here, 1 there"]


async def test_a_refund_that_failed_here_and_was_paid_by_the_wallet_is_seen() -> None:
    """Two payments of one refund: what no ledger can know by itself."""
    world = World()
    first = "dd" * 32
    await settle(
        world,
        ev.RefundClaimed(seconds(610), first, "lnbc", 1_000_000),
        ev.RefundOutcome(seconds(620), first, "failed"),
    )
    books = Books(world)
    books.wallet.incoming[PAID_HASH] = IncomingSettled(2_000_000)
    books.wallet.outgoing[REFUND_HASH] = OutgoingPaid(1000)
    books.wallet.outgoing[first] = OutgoingFailed("no route")
    assert await books.differences() == []
    books.wallet.outgoing[first] = OutgoingPaid(0)
    assert await books.differences() == [f"refund {first}: failed here, paid there"]


async def test_a_refund_that_is_paid_by_its_owners_word_alone_says_so() -> None:
    world = World()
    word = ev.RefundResolved(seconds(620), "dd" * 32, "paid", "Ada")
    await settle(world, ev.RefundClaimed(seconds(610), "dd" * 32, "lnbc", 1_000_000), word)
    books = Books(world)
    books.wallet.incoming[PAID_HASH] = IncomingSettled(2_000_000)
    assert await books.differences() == [
        f"refund {'dd' * 32}: paid, said by Ada here, not known as paid there"
    ]


async def test_a_held_payment_that_was_given_back_and_was_taken_is_seen(books: Books) -> None:
    held, later = "ee" * 32, f"{SESSION[:-1]}b"
    flow = books.world.flow
    await flow.record(
        TENANT, later, [ev.PaymentHeld(NOON, held, 700_000)], opening=opening(connector=2)
    )
    await flow.record(TENANT, later, [ev.PaymentGone(seconds(9), held)])
    books.wallet.incoming[held] = IncomingGone()
    assert await books.differences() == []
    books.wallet.incoming[held] = IncomingSettled(700_000)
    assert await books.differences() == [
        f"payment {held}: given back here, 700000 msat settled there"
    ]


async def test_a_payment_or_refund_that_two_sessions_count_is_seen(books: Books) -> None:
    table = books.world.tables.tenant(TENANT)
    pk, copied = f"T#{TENANT}#S#{SESSION}", f"T#{TENANT}#S#{SESSION}2"
    page = await table.query(pk)
    for item in page.items:
        await table.write([Put({**item, "pk": copied})])
    history = f"T#{TENANT}#HISTORY"
    await table.write([Put({"pk": history, "sk": f"{'9' * 13:0>15}#{SESSION}2"})])
    assert sorted(await books.differences()) == [
        "it is settled and has no seal",
        f"payment {PAID_HASH} is counted in charge {SESSION}2 already",
        f"refund {REFUND_HASH} is counted in charge {SESSION}2 already",
    ]


async def test_a_chain_of_seals_that_was_cut_short_is_seen(books: Books) -> None:
    last = Key(f"T#{TENANT}#SEALS", "N#000000000001")
    await books.world.tables.tenant(TENANT).write([Delete(last)])
    assert await books.differences() == ["it is settled and has no seal"]


async def test_a_seal_that_is_still_owed_is_not_missed() -> None:
    world = World()
    seals = Seals(world.tables)

    async def busy(owed: OwedEffect, session: Session | None) -> Again:
        return Again(60)

    await settle(world, seal=busy)
    books = Books(world)
    books.wallet.incoming[PAID_HASH] = IncomingSettled(2_000_000)
    books.wallet.outgoing[REFUND_HASH] = OutgoingPaid(1000)
    assert await seals.all(TENANT) == []
    assert await books.differences() == []


async def test_sums_are_of_the_ledger_whatever_the_sessions_say(books: Books) -> None:
    row = await books.world.tables.tenant(TENANT).get(Key(f"T#{TENANT}#S#{SESSION}", "SESSION"))
    assert row is not None
    body = {**msgspec.json.decode(str(row["body"])), "balances": {"paid": 9_000_000}}
    await books.changes(str(row["pk"]), str(row["sk"]), body=msgspec.json.encode(body).decode())
    report = await Audit(Sessions(books.world.tables), books.seals, books.wallet).of(TENANT)
    assert report.totals.paid == 2_000_000
    assert not report.agrees


async def test_a_payment_that_the_session_no_longer_knows_is_seen(books: Books) -> None:
    row = await books.world.tables.tenant(TENANT).get(Key(f"T#{TENANT}#S#{SESSION}", "SESSION"))
    assert row is not None
    body = {**msgspec.json.decode(str(row["body"])), "payments": []}
    await books.changes(str(row["pk"]), str(row["sk"]), body=msgspec.json.encode(body).decode())
    assert await books.differences() == ["the entries do not make the payments of the session"]


async def test_seals_raced_make_one_chain() -> None:
    world = World()
    seals = Seals(world.tables)

    async def seal(number: int) -> None:
        named = (TENANT, f"session{number}", 3, f"{number:064x}", NOON)
        while not await seals.add(*named, since=NOON):
            await asyncio.sleep(0)

    await asyncio.gather(*(seal(number) for number in range(30)), *(seal(7) for _ in range(5)))
    chain = await seals.all(TENANT)
    assert [one.number for one in chain] == list(range(1, 31))
    assert len({one.session_id for one in chain}) == 30
    for before, after in itertools.pairwise(chain):
        assert after.previous_hash == before.hash


async def test_a_seal_whose_answer_was_lost_is_not_repeated() -> None:
    world, lost = World(), list[bool]()

    def lose_the_answer(operations: Sequence[Operation]) -> None:
        if "#SEALS" in operations[0].key.pk and not lost:
            lost.append(True)
            raise StorageUncertain("no answer")

    world.faults.after_write = lose_the_answer
    await settle(world)
    assert lost
    for _ in range(3):
        world.clock.pass_s(60)
        await world.flow.sweep("DUE#0")
    assert len(await Seals(world.tables).all(TENANT)) == 1
    assert [row for row in world.tables.rows() if "#seal" in str(row["sk"])] == []


async def test_late_money_opens_the_session_and_seals_it_again(books: Books) -> None:
    late = ev.PaymentSettled(seconds(900), "bb" * 32, 500)
    session = await books.world.flow.record(TENANT, SESSION, [late])
    assert session.settled, "half a sat cannot be paid out"
    assert len(await Seals(books.world.tables).all(TENANT)) == 2


async def test_the_export_has_every_movement_with_its_value(books: Books) -> None:
    lines = await Export(Sessions(books.world.tables)).lines(TENANT)
    rows = list(csv.DictReader(io.StringIO(as_csv(lines))))
    assert [(r["debit"], r["amount_msat"], r["value"], r["currency"]) for r in rows] == [
        ("paid", "2000000", "2.00", "EUR"),
        ("refundable", "1000000", "1.00", "EUR"),
        ("refundable", "1000000", "1.00", "EUR"),
        ("refund_in_flight", "1000000", "1.00", "EUR"),
        ("routing_fees", "1000", "0.00", "EUR"),
    ]


async def test_a_price_in_sats_is_exported_with_its_value_in_money() -> None:
    world = World()
    begun = opening()
    assert begun.quote.rate.currency == "EUR"
    locked = replace(begun.quote, rate=sat_rate(NOON), fiat=begun.quote.rate)
    paid = ev.PaymentSettled(NOON, PAID_HASH, 2_000_000)
    await world.flow.record(TENANT, SESSION, [paid], opening=replace(begun, quote=locked))
    [line] = await Export(Sessions(world.tables)).lines(TENANT)
    assert (line.value, line.currency, line.msat_per_unit) == ("2.00", "EUR", "1000000")


async def test_the_export_keeps_to_its_days(books: Books) -> None:
    export = Export(Sessions(books.world.tables))
    assert len(await export.lines(TENANT, since=seconds(600))) == 4
    assert len(await export.lines(TENANT, until=seconds(600))) == 1


async def test_a_text_is_no_formula_in_a_spreadsheet(books: Books) -> None:
    lines = await Export(Sessions(books.world.tables)).lines(TENANT)
    risky = replace(lines[0], cause="=HYPERLINK(1)")
    assert "'=HYPERLINK(1)" in as_csv([risky])
