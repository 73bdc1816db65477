"""Paid, failed and unknown over NWC, for every way a service or relay can misbehave."""

import asyncio
from datetime import timedelta

import pytest

from app.charging.errors import Unavailable
from app.charging.ports import Outgoing, OutgoingFailed, OutgoingPaid
from app.wallets import nwc_asking, nwc_paying, nwc_relays
from tests.contracts.wallet import payment_hash
from tests.support.nwc_ledger import PLAIN
from tests.support.nwc_service import Habits
from tests.wallets.nwc_world import NwcLab, a_lab, a_wallet, is_unknown, refund


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time-outs that a test can wait for."""
    monkeypatch.setattr(nwc_paying, "PAY_S", 1.5)
    monkeypatch.setattr(nwc_asking, "ASK_S", 4.0)
    monkeypatch.setattr(nwc_relays, "CONNECT_S", 2.0)


async def follows_up(lab: NwcLab, bolt11: str) -> Outgoing:
    return await lab.wallet.look_up_outgoing(payment_hash(bolt11))


# --- no answer ---


@pytest.mark.usefixtures("short")
async def test_a_service_that_dies_after_paying_is_found_to_have_paid() -> None:
    async with a_lab(Habits(mute={"pay_invoice"}), sats=1000) as lab:
        outcome = await lab.refunds(refund(lab))

        assert isinstance(outcome, OutgoingPaid)
        assert lab.owner.balance_msat == 700_000


@pytest.mark.usefixtures("short")
async def test_no_answer_to_a_payment_is_unknown_and_it_is_sent_once() -> None:
    async with a_lab(Habits(deaf={"pay_invoice"}), sats=1000) as lab:
        outcome = await lab.refunds(refund(lab))

        assert is_unknown(outcome, known_to_wallet=False)
        assert len(lab.service.asked("pay_invoice")) == 1


@pytest.mark.usefixtures("short")
async def test_a_payment_the_look_up_lags_behind_is_unknown_then_paid() -> None:
    async with a_lab(Habits(mute={"pay_invoice"}), sats=1000) as lab:
        bolt11 = refund(lab)
        lab.ledger.lag = 2

        assert is_unknown(await lab.refunds(bolt11), known_to_wallet=False)

        assert isinstance(await follows_up(lab, bolt11), OutgoingPaid)


@pytest.mark.usefixtures("short")
async def test_an_answer_that_comes_too_late_changes_nothing() -> None:
    async with a_lab(Habits(late_s={"pay_invoice": 2.0}), sats=1000) as lab:
        bolt11 = refund(lab)
        lab.ledger.lag = 2  # the look-ups before and after the payment

        assert is_unknown(await lab.refunds(bolt11), known_to_wallet=False)
        await asyncio.sleep(1)

        assert isinstance(await follows_up(lab, bolt11), OutgoingPaid)
        assert lab.owner.network.times_paid == {payment_hash(bolt11): 1}


@pytest.mark.usefixtures("short")
async def test_nothing_is_sent_while_the_service_does_not_answer() -> None:
    """So a service that is away leaves nothing unknown."""
    async with a_lab(Habits(deaf={"lookup_invoice"}), sats=1000) as lab:
        with pytest.raises(Unavailable):
            await lab.refunds(refund(lab))

        assert lab.service.asked("pay_invoice") == []


@pytest.mark.usefixtures("short")
async def test_nothing_is_sent_without_a_relay() -> None:
    async with a_lab(sats=1000) as lab:
        uri = lab.service.uri.replace(lab.service.relay, "ws://127.0.0.1:9")
        _, wallet = a_wallet(uri)
        with pytest.raises(Unavailable, match="cannot be reached"):
            await wallet.pay(refund(lab), amount_msat=300_000, fee_limit_msat=0)
        await wallet.close()


# --- errors ---


@pytest.mark.parametrize(
    "code",
    [
        "INSUFFICIENT_BALANCE",
        "QUOTA_EXCEEDED",
        "RESTRICTED",
        "UNAUTHORIZED",
        "NOT_IMPLEMENTED",
        "BAD_REQUEST",
        "EXPIRED",
        "PAYMENT_FAILED",
    ],
)
async def test_a_refusal_is_definite_and_can_be_tried_again(code: str) -> None:
    async with a_lab(Habits(errors={"pay_invoice": [(code, "no")]}), sats=1000) as lab:
        bolt11 = refund(lab)

        assert isinstance(await lab.refunds(bolt11), OutgoingFailed)

        assert isinstance(await lab.refunds(bolt11), OutgoingPaid)
        assert lab.owner.balance_msat == 700_000


@pytest.mark.parametrize("code", ["INTERNAL", "OTHER", "NOT_FOUND", "SOMETHING_NEW"])
async def test_an_error_that_proves_nothing_is_unknown(code: str) -> None:
    async with a_lab(Habits(errors={"pay_invoice": [(code, "no")]}), sats=1000) as lab:
        assert is_unknown(await lab.refunds(refund(lab)), known_to_wallet=False)


@pytest.mark.parametrize("code", ["INTERNAL", "OTHER", "PAYMENT_FAILED"])
async def test_an_error_for_a_payment_that_was_made_is_paid(code: str) -> None:
    async with a_lab(Habits(errors_after={"pay_invoice": (code, "no")}), sats=1000) as lab:
        assert isinstance(await lab.refunds(refund(lab)), OutgoingPaid)
        assert lab.owner.balance_msat == 700_000


@pytest.mark.parametrize("code", ["INTERNAL", "PAYMENT_FAILED"])
async def test_an_error_for_a_payment_under_way_is_unknown(code: str) -> None:
    """A service's own time-out does not call HTLCs back (lnd); a payee can stall them."""
    async with a_lab(Habits(errors_after={"pay_invoice": (code, "timeout")}), sats=1000) as lab:
        stalled = lab.driver_node.makes_invoice(300_000, payment_hash="ab" * 32).bolt11
        lab.habits.errors = {}

        assert is_unknown(await lab.refunds(stalled), known_to_wallet=True)
        assert is_unknown(await lab.refunds(stalled), known_to_wallet=True)
        assert len(lab.service.asked("pay_invoice")) == 1


async def test_a_stalled_payment_that_comes_back_is_failure() -> None:
    async with a_lab(sats=1000) as lab:
        stalled = lab.driver_node.makes_invoice(300_000, payment_hash="ab" * 32)
        assert is_unknown(await lab.refunds(stalled.bolt11), known_to_wallet=True)

        lab.driver_node.gives_back(stalled)

        assert isinstance(await follows_up(lab, stalled.bolt11), OutgoingFailed)
        assert lab.owner.balance_msat == 1_000_000


async def test_what_the_node_recorded_as_failed_is_failure_whatever_the_code() -> None:
    """Alby Hub says INTERNAL of every payment that found no route."""
    async with a_lab(Habits(errors_after={}), sats=1000) as lab:
        gone = lab.driver_node.makes_invoice(300_000)
        gone.state = "cancelled"
        lab.habits.twist = lambda method, content: (
            content | {"error": {"code": "INTERNAL", "message": "no route"}}
            if method == "pay_invoice"
            else content
        )

        assert isinstance(await lab.refunds(gone.bolt11), OutgoingFailed)


async def test_a_service_that_is_asked_too_often_has_been_sent_nothing() -> None:
    async with a_lab(Habits(errors={"pay_invoice": [("RATE_LIMITED", "slow")]}), sats=1000) as lab:
        with pytest.raises(Unavailable):
            await lab.refunds(refund(lab))

        assert isinstance(await lab.refunds(refund(lab)), OutgoingPaid)


async def test_a_service_that_gave_up_nip04_is_asked_again_what_it_knows() -> None:
    async with a_lab(Habits(encryption="nip04"), sats=1000) as lab:
        await lab.wallet.spendable_msat()
        lab.habits.encryption = "nip44_v2"
        await asyncio.sleep(1.1)  # replaceable events are told apart by the second
        await lab.service.announce()

        with pytest.raises(Unavailable):
            await lab.wallet.spendable_msat()

        assert isinstance(await lab.refunds(refund(lab)), OutgoingPaid)


async def test_what_the_wallet_has_recorded_as_failed_is_not_paid_again() -> None:
    """The old record could not be told from the new attempt's; the payee makes a new invoice."""
    async with a_lab(sats=1000) as lab:
        gone = lab.driver_node.makes_invoice(300_000)
        gone.state = "cancelled"
        assert isinstance(await lab.refunds(gone.bolt11), OutgoingFailed)

        assert isinstance(await lab.refunds(gone.bolt11), OutgoingFailed)

        assert len(lab.service.asked("pay_invoice")) == 1
        assert isinstance(await lab.refunds(refund(lab)), OutgoingPaid)


# --- a service that shows failed and paid alike (nwcprovider) ---


async def a_failure(lab: NwcLab) -> str:
    gone = lab.driver_node.makes_invoice(300_000)
    gone.state = "cancelled"
    assert isinstance(await lab.refunds(gone.bolt11), OutgoingFailed)
    return gone.bolt11


async def test_a_failure_looks_like_a_payment_until_the_list_has_caught_up() -> None:
    async with a_lab(style="nwcprovider", sats=1000) as lab:
        bolt11 = await a_failure(lab)
        assert is_unknown(await follows_up(lab, bolt11), known_to_wallet=True)

        lab.owner.payments[payment_hash(bolt11)].created_at -= timedelta(minutes=2)

        assert isinstance(await follows_up(lab, bolt11), OutgoingFailed)


async def test_without_a_list_a_failure_stays_doubtful() -> None:
    habits = Habits(encryption=None, methods=PLAIN - {"list_transactions"})
    async with a_lab(habits, style="nwcprovider", sats=1000) as lab:
        bolt11 = await a_failure(lab)
        lab.owner.payments[payment_hash(bolt11)].created_at -= timedelta(minutes=2)

        assert is_unknown(await follows_up(lab, bolt11), known_to_wallet=True)


async def test_a_payment_without_a_preimage_is_found_among_the_settled() -> None:
    """Some nodes behind LNbits give none."""
    async with a_lab(style="nwcprovider", sats=1000) as lab:
        bolt11 = refund(lab)
        await lab.refunds(bolt11)
        lab.owner.payments[payment_hash(bolt11)].preimage = None

        assert await follows_up(lab, bolt11) == OutgoingPaid(0, None)
