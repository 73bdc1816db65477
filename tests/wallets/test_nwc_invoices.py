"""Incoming payments over NWC: what is believed, of whom, and when."""

from datetime import UTC, datetime, timedelta

import pytest

from app.charging.errors import NotFound, Unavailable
from app.charging.ports import (
    IncomingGone,
    IncomingOpen,
    IncomingSettled,
    Invoice,
    InvoiceRequest,
    OutgoingPaid,
)
from app.wallets.nwc_transactions import judge_incoming, judge_outgoing, read_transaction
from tests.support.nwc_ledger import PLAIN
from tests.support.nwc_service import Habits
from tests.wallets.nwc_world import NwcLab, a_lab

HASH = "66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925"
PREIMAGE = "00" * 32
"""The preimage of zeros is a real one, of this hash alone."""
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


async def soon_over(lab: NwcLab) -> Invoice:
    return await lab.wallet.create_invoice(InvoiceRequest(50_000, 2, memo="charge"))


def without_list() -> Habits:
    return Habits(encryption=None, methods=PLAIN - {"list_transactions"})


# --- a service that calls expired invoices settled (nwcprovider) ---


async def test_an_unpaid_expired_invoice_said_to_be_settled_is_not() -> None:
    async with a_lab(style="nwcprovider") as lab:
        invoice = await soon_over(lab)
        assert await lab.wallet.look_up_incoming(invoice.payment_hash) == IncomingOpen()

        await lab.expiry_passes()

        assert await lab.wallet.look_up_incoming(invoice.payment_hash) == IncomingGone()


async def test_a_payment_nobody_saw_in_time_is_found_in_the_list() -> None:
    """We were away until after the expiry; the driver's money is not lost."""
    async with a_lab(style="nwcprovider") as lab:
        invoice = await soon_over(lab)
        lab.driver_node.pays(invoice.bolt11)

        await lab.expiry_passes()

        found = await lab.wallet.look_up_incoming(invoice.payment_hash)
        assert found == IncomingSettled(50_000)


async def test_without_a_list_it_counts_when_seen_in_time() -> None:
    async with a_lab(without_list(), style="nwcprovider") as lab:
        invoice = await soon_over(lab)
        lab.driver_node.pays(invoice.bolt11)
        settled = IncomingSettled(50_000)
        assert await lab.wallet.look_up_incoming(invoice.payment_hash) == settled

        await lab.expiry_passes()

        assert await lab.wallet.look_up_incoming(invoice.payment_hash) == settled


async def test_without_a_list_it_stays_doubtful_when_seen_too_late(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither paid nor gone: the question stays open and the doubt is logged."""
    async with a_lab(without_list(), style="nwcprovider") as lab:
        invoice = await soon_over(lab)

        await lab.expiry_passes()

        assert await lab.wallet.look_up_incoming(invoice.payment_hash) == IncomingOpen()
        assert "may not be paid" in caplog.text


async def test_a_long_list_is_read_in_pages() -> None:
    async with a_lab(style="nwcprovider") as lab:
        invoice = await soon_over(lab)
        lab.driver_node.pays(invoice.bolt11)
        for _ in range(25):
            other = await lab.has_invoice(sats=1)
            lab.driver_node.pays(other.bolt11)
        await lab.expiry_passes()

        found = await lab.wallet.look_up_incoming(invoice.payment_hash)

        assert found == IncomingSettled(50_000)
        assert all(one["limit"] <= 20 for one in lab.service.asked("list_transactions"))


# --- both sides in one wallet ---


@pytest.mark.parametrize("style", ["plain", "nwcprovider"])
async def test_an_owner_who_charges_at_home_pays_and_receives_in_one_wallet(style: str) -> None:
    async with a_lab(style=style, sats=1000) as lab:
        invoice = await lab.has_invoice(sats=50)

        lab.owner.pays(invoice.bolt11)

        found = await lab.wallet.look_up_incoming(invoice.payment_hash)
        assert found == IncomingSettled(50_000)
        outgoing = await lab.wallet.look_up_outgoing(invoice.payment_hash)
        assert isinstance(outgoing, OutgoingPaid)
        assert lab.owner.balance_msat == 1_000_000


# --- answers ---


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"invoice": "lnbc1nonsense"}, "no invoice"),
        ({"invoice": None}, "no invoice"),
        ({"payment_hash": "ab" * 32}, "another payment hash"),
    ],
)
async def test_an_invoice_that_is_not_what_was_asked_is_refused(
    wrong: dict[str, object], says: str
) -> None:
    habits = Habits()
    habits.twist = lambda method, content: (
        content | {"result": content["result"] | wrong} if method == "make_invoice" else content
    )
    async with a_lab(habits) as lab:
        with pytest.raises(Unavailable, match=says):
            await lab.has_invoice()


async def test_an_invoice_without_the_description_hash_is_refused() -> None:
    async with a_lab() as lab:
        lab.ledger.knows_description_hash = False

        with pytest.raises(Unavailable, match="another description hash"):
            await lab.has_invoice()


async def test_an_answer_about_another_hash_says_nothing() -> None:
    habits = Habits()
    habits.twist = lambda method, content: (
        content | {"result": content["result"] | {"payment_hash": "ab" * 32}}
        if method == "lookup_invoice"
        else content
    )
    async with a_lab(habits) as lab:
        invoice = await lab.has_invoice()

        with pytest.raises(Unavailable):
            await lab.wallet.look_up_incoming(invoice.payment_hash)


@pytest.mark.parametrize("code", ["INTERNAL", "RESTRICTED", "RATE_LIMITED", "OTHER"])
async def test_an_error_is_neither_paid_nor_gone(code: str) -> None:
    async with a_lab() as lab:
        invoice = await lab.has_invoice()
        lab.habits.errors = {"lookup_invoice": [(code, "not now")]}

        with pytest.raises(Unavailable):
            await lab.wallet.look_up_incoming(invoice.payment_hash)


async def test_an_invoice_the_service_does_not_know_is_not_found() -> None:
    async with a_lab(Habits(errors={"lookup_invoice": [("NOT_FOUND", "lags")]})) as lab:
        invoice = await lab.has_invoice()

        with pytest.raises(NotFound):
            await lab.wallet.look_up_incoming(invoice.payment_hash)
        assert await lab.wallet.look_up_incoming(invoice.payment_hash) == IncomingOpen()


# --- balance ---


async def test_what_can_be_spent_is_bounded_by_the_budget() -> None:
    async with a_lab(Habits(methods=PLAIN | {"get_budget"}), sats=1000) as lab:
        assert await lab.wallet.spendable_msat() == 1_000_000

        lab.ledger.budget_msat = 400_000
        assert await lab.wallet.spendable_msat() == 400_000


# --- judging, without a service ---


def told(**values: object) -> dict[str, object]:
    expires_at = int((NOW + timedelta(minutes=10)).timestamp())
    common = {"type": "incoming", "payment_hash": HASH, "amount": 5000, "expires_at": expires_at}
    return common | values


@pytest.mark.parametrize(
    ("values", "minutes", "verdict"),
    [
        ({"state": "settled"}, 0, "settled"),
        ({"state": "SETTLED"}, 0, "settled"),
        ({"state": "pending", "settled_at": 5, "preimage": PREIMAGE}, 0, "open"),
        ({"state": "pending"}, 20, "open"),
        ({"state": "accepted"}, 0, "held"),
        ({"state": "accepted"}, 20, "held"),
        ({"state": "expired"}, 20, "gone"),
        ({"state": "expired", "settle_deadline": 900_000}, 20, "held"),
        ({"state": "expired", "settle_deadline": 900_000}, 60 * 48, "gone"),
        ({"state": "failed", "settle_deadline": 900_000}, 20, "gone"),
        ({"state": "something new", "settled_at": 5}, 0, "open"),
        ({}, 0, "open"),
        ({}, 20, "gone"),
        ({"settled_at": 5, "preimage": PREIMAGE}, 0, "doubtful"),
        ({"settled_at": 5, "state": None}, 20, "doubtful"),
        ({"settled_at": None, "preimage": PREIMAGE}, 0, "open"),
    ],
)
def test_what_is_said_of_an_invoice(values: dict[str, object], minutes: int, verdict: str) -> None:
    found = read_transaction(told(**values))

    assert found is not None
    assert judge_incoming(found, NOW + timedelta(minutes=minutes)) == verdict


@pytest.mark.parametrize(
    ("values", "verdict"),
    [
        ({"state": "settled"}, "paid"),
        ({"settled_at": 5, "preimage": PREIMAGE}, "paid"),
        ({"settled_at": 5, "preimage": "11" * 32}, "doubtful"),
        ({"settled_at": 5, "preimage": None}, "doubtful"),
        ({"state": "failed"}, "failed"),
        ({"state": "pending"}, "pending"),
        ({"state": "expired"}, "pending"),
        ({"state": "something new"}, "pending"),
        ({}, "pending"),
    ],
)
def test_what_is_said_of_a_payment(values: dict[str, object], verdict: str) -> None:
    found = read_transaction(told(**values) | {"type": "outgoing"})

    assert found is not None
    assert judge_outgoing(found) == verdict


@pytest.mark.parametrize(
    "value", [None, [], "x", {}, told(type="sideways"), told(payment_hash=None)]
)
def test_what_is_no_transaction_is_none(value: object) -> None:
    assert read_transaction(value) is None


def test_numbers_that_are_none_count_as_nothing() -> None:
    found = read_transaction(told(amount="5", fees_paid=-1, settled_at=True, expires_at=2**60))

    assert found is not None
    assert (found.amount_msat, found.fee_msat, found.expires_at) == (0, 0, None)
    assert not found.has_settled_at
