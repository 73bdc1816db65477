"""Whatever happens, in whatever order and however often: no msat is lost, nothing is owed twice."""

from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from app.charging import events as ev
from app.charging.advance import advance, fold
from app.charging.claims import ClaimKind
from app.charging.effects import PayRefund
from app.charging.ledger import GENESIS, Account, Balances, LedgerEntry
from app.charging.session import Funding, Limits, Phase, Quote, Session
from tests.charging.sessions import quote, seconds, session

hashes = st.sampled_from(["aa", "bb", "cc"])
refund_hashes = st.sampled_from(["r1", "r2", "r3"])
Happened = list[ev.Event | str]
MONEY = ev.PaymentSettled | ev.RefundOutcome | ev.RefundResolved
moments = st.integers(0, 200 * 24 * 3600).map(seconds)
soon = st.integers(0, 7200).map(seconds)
amounts = st.integers(1, 5_000_000)
transactions = st.sampled_from([7, 7, 7, 8])
registers = st.integers(0, 20_000)
owners = st.just("ada@example.org")

happenings = st.one_of(
    st.builds(ev.PaymentHeld, soon, hashes, amounts),
    st.builds(ev.PaymentSettled, soon, hashes, amounts),
    st.builds(ev.PaymentSettled, soon, hashes, amounts),
    st.builds(ev.PaymentGone, soon, hashes),
    st.builds(ev.Funded, soon, st.sampled_from(Funding), st.none() | amounts),
    st.builds(ev.StartAccepted, soon),
    st.builds(ev.StartRejected, soon),
    st.builds(ev.ChargingStarted, soon, transactions, registers),
    st.builds(ev.ChargingStarted, soon, transactions, registers),
    st.builds(ev.MeterRead, soon, transactions, st.none() | registers),
    st.builds(ev.MeterRead, soon, transactions, registers),
    st.builds(ev.ChargingStopped, soon, transactions, registers),
    st.builds(ev.ChargingStopped, soon, transactions, registers),
    st.builds(ev.TransactionOver, moments, transactions, st.just("Available"), st.booleans()),
    st.builds(ev.ConnectorFaulted, soon, st.just("GroundFailure")),
    st.builds(ev.StopRequested, soon, st.sampled_from(["payer", "owner"])),
    st.builds(ev.RefundOutcome, soon, refund_hashes, st.sampled_from(["paid", "failed"])),
    st.builds(ev.RefundOutcome, soon, refund_hashes, st.just("unknown"), st.integers(0, 5000)),
    st.builds(ev.RefundResolved, soon, refund_hashes, st.sampled_from(["paid", "failed"]), owners),
    st.builds(ev.ClaimLost, soon, st.just(ClaimKind.PAYMENT), hashes),
    st.builds(ev.ClaimLost, soon, st.just(ClaimKind.CONNECTOR), st.just("CP1/1")),
    st.builds(ev.TimedOut, moments, st.booleans()),
    st.builds(ev.PayerReachable, soon),
    st.builds(ev.OfferEnded, soon, st.integers(1, 5)),
    st.builds(ev.LinkReplaced, soon, st.integers(0, 2)),
    st.builds(
        ev.RefundClaimed,
        soon,
        refund_hashes,
        st.just("ln"),
        amounts,
        st.just(""),
        st.integers(1, 5),
    ),
    refund_hashes,  # a claim of exactly what is refundable, by this invoice
)
priced = st.builds(
    quote,
    price_per_kwh=st.sampled_from(["0", "0.50", "0.3333", "12"]),
    start_fee=st.sampled_from(["0", "1"]),
)
limits = st.sampled_from([Limits(), Limits(remind_s=7 * 24 * 3600)])
quotes = st.builds(lambda a_quote, limits: replace(a_quote, limits=limits), priced, limits)


@dataclass
class Book:
    """All that was ever decided for a session."""

    session: Session
    owed: set[str] = field(default_factory=set)
    balances: Balances = field(default_factory=Balances)
    last_hash: str = GENESIS
    bolt11s: dict[str, int] = field(default_factory=dict)
    ended: list[tuple[str, str]] = field(default_factory=list)
    """Refunds that were paid or failed, by payment hash: each ends once."""

    def happens(self, event: ev.Event) -> None:
        """Advance, check what must always hold, and remember."""
        decision = advance(self.session, event)
        for effect in decision.effects:
            assert effect.key not in self.owed, f"{effect.key} is owed twice"
            self.owed.add(effect.key)
            if isinstance(effect, PayRefund):
                self.bolt11s[effect.bolt11] = effect.amount_msat
        for entry in decision.ledger_entries:
            assert entry.amount_msat > 0
            assert entry.previous_hash == self.last_hash
            self.balances = self.balances.after(entry)
            self.last_hash = entry.hash
            self._remember_end(entry)
        self.session = decision.session
        assert self.balances == self.session.balances, "the ledger rebuilds the balances"
        assert self.balances.hold, self.balances
        assert self.balances.residue < self.session.quote.unit_msat

    def _remember_end(self, entry: LedgerEntry) -> None:
        if entry.debit is not Account.REFUND_IN_FLIGHT:
            return
        payment_hash = entry.cause.split()[1]
        assert payment_hash not in [ended for ended, _ in self.ended], "a refund ended twice"
        self.ended.append((payment_hash, entry.credit))

    def claims_refund(self, payment_hash: str) -> None:
        """The payer gives an invoice over what is refundable now."""
        amount = self.session.claimable_msat
        claimed = ev.RefundClaimed(seconds(7201), payment_hash, f"lnbc{payment_hash}", amount)
        self.happens(claimed)


def play(book: Book, happened: Happened) -> None:
    for event in happened:
        if isinstance(event, str):
            book.claims_refund(event)
        else:
            book.happens(event)


@settings(max_examples=400, deadline=None)
@given(quotes, st.lists(happenings, max_size=40))
def test_the_ledger_equation_holds_after_every_event(a_quote: Quote, happened: Happened) -> None:
    play(Book(session(a_quote)), happened)


@settings(max_examples=200, deadline=None)
@given(quotes, st.lists(happenings, max_size=25))
def test_what_happens_twice_in_a_row_counts_once(a_quote: Quote, happened: Happened) -> None:
    book = Book(session(a_quote))
    for event in happened:
        play(book, [event])
        before = book.session
        if not isinstance(event, str):
            book.happens(event)
        assert book.session.balances == before.balances
        assert book.session.phase is before.phase


@settings(max_examples=200, deadline=None)
@given(st.lists(happenings, max_size=25), st.data())
def test_a_replay_of_everything_moves_no_money(happened: Happened, data: st.DataObject) -> None:
    """A second telling of old news may end what time had not, but never pays or charges anew."""
    book = Book(session())
    play(book, happened)
    events = [e for e in happened if isinstance(e, MONEY)]
    before = book.session.balances
    for event in data.draw(st.permutations(events)):
        book.happens(event)
    assert book.session.balances.paid == before.paid
    assert book.session.balances.refunded <= before.refunded + before.refund_in_flight


@settings(max_examples=200, deadline=None)
@given(quotes, st.lists(happenings, max_size=25))
def test_folding_at_once_is_advancing_one_by_one(a_quote: Quote, happened: Happened) -> None:
    events = [event for event in happened if not isinstance(event, str)]
    book = Book(session(a_quote))
    play(book, list(events))
    decision = fold(session(a_quote), events)
    assert decision.session == book.session
    assert {e.key for e in decision.effects} <= book.owed
    assert len({e.key for e in decision.effects}) == len(decision.effects)
    posted = Balances()
    for entry in decision.ledger_entries:
        posted = posted.after(entry)
    assert posted == decision.session.balances


@settings(deadline=None)
@given(quotes, st.lists(happenings, max_size=25))
def test_a_driver_never_pays_for_more_than_was_delivered(
    a_quote: Quote, happened: Happened
) -> None:
    book = Book(session(a_quote))
    play(book, happened)
    balances = book.session.balances
    assert balances.charged <= book.session.cost_msat
    assert balances.refunded + balances.refund_in_flight <= balances.paid
    if book.session.phase is Phase.ENDED and book.session.funding is Funding.LIGHTNING:
        assert balances.charged == book.session.cost_msat


def test_every_account_has_a_name_in_the_balances() -> None:
    assert {a.value for a in Account} - {"wallet"} == set(Balances.__dataclass_fields__)
