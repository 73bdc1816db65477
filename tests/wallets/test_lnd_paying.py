"""A payout over LND that is paid, has failed, or was never sent."""

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from app.charging.errors import Unavailable
from app.charging.ports import OutgoingFailed, OutgoingPaid
from app.flow import FlowSettings
from app.wallets.lnd_paying import LONGEST_PAY_S
from tests.support.lnd_calls import ADMIN
from tests.support.lnd_descriptions import descriptions
from tests.wallets.lnd_refund import SEND, TRACK, Refund, owed_refund
from tests.wallets.lnd_world import PATIENT, lnd


@pytest.fixture
async def refund(tmp_path: Path) -> AsyncIterator[Refund]:
    async with owed_refund(tmp_path) as refund:
        yield refund


# --- paid ---


async def test_it_is_paid_within_the_fee_limit_and_the_time(refund: Refund) -> None:
    paid = await refund.is_paid()

    assert paid == OutgoingPaid(1500, refund.network.theirs[refund.hash].preimage)
    assert refund.service.posted(SEND) == [
        {
            "payment_request": refund.bolt11,
            "fee_limit_msat": "3000",
            "timeout_seconds": PATIENT.route_s,
            "no_inflight_updates": True,
        }
    ]


async def test_it_is_paid_to_the_millisatoshi(refund: Refund) -> None:
    odd = await refund.network.makes_invoice(300_001)

    paid = await refund.wallet.pay(odd, amount_msat=300_001, fee_limit_msat=3000)

    assert isinstance(paid, OutgoingPaid)
    assert refund.network.balance_msat == 1_000_000_000 - 300_001 - 1500


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_5xx_after_having_paid_is_paid(refund: Refund, status: int) -> None:
    refund.faults.broken[SEND] = status

    assert isinstance(await refund.is_paid(), OutgoingPaid)


async def test_a_connection_that_breaks_after_having_paid_is_paid(refund: Refund) -> None:
    refund.faults.dropped.add(SEND)

    assert isinstance(await refund.is_paid(), OutgoingPaid)


async def test_what_was_paid_before_is_not_sent_again(refund: Refund) -> None:
    paid = await refund.is_paid()

    assert await refund.is_paid() == paid
    assert refund.times_sent == 1


@pytest.mark.parametrize("route", ["arrives", "stalls"])
async def test_already_exists_is_looked_up(
    refund: Refund, route: Literal["arrives", "stalls"]
) -> None:
    """LND refuses to send: somebody came in between looking up and sending."""
    refund.network.route = route
    refund.is_awaited(pay_s=1.5 if route == "stalls" else 20)
    before = await refund.is_paid()
    not_initiated = descriptions().message("rpcStatus", code=5, message="payment isn't initiated")
    refund.faults.once[TRACK] = (404, {"error": not_initiated})

    assert await refund.is_paid() == before
    assert refund.times_sent == 2
    assert len(refund.network.payments) == 1


# --- failed ---


async def test_no_route_is_failed_and_costs_nothing(refund: Refund) -> None:
    refund.network.route = "none"

    failed = await refund.is_paid()

    assert failed == OutgoingFailed("there is no route to this invoice within the fee limit")
    assert refund.network.balance_msat == 1_000_000_000


async def test_a_fee_over_the_limit_is_failed(refund: Refund) -> None:
    assert isinstance(await refund.is_paid(fee_limit_msat=1499), OutgoingFailed)


async def test_what_has_failed_is_not_tried_again(refund: Refund) -> None:
    """So a hash is initiated once, and no late request can make a failed one paid."""
    refund.network.route = "none"
    await refund.is_paid()
    refund.network.route = "arrives"

    assert isinstance(await refund.is_paid(), OutgoingFailed)
    assert refund.times_sent == 1


async def test_an_expired_invoice_is_refused_and_failed(refund: Refund) -> None:
    expired = await refund.network.makes_invoice(300_000, expiry_s=1)
    refund.network.skipped = timedelta(seconds=3)

    failed = await refund.wallet.pay(expired, amount_msat=300_000, fee_limit_msat=3000)

    assert isinstance(failed, OutgoingFailed)
    assert "expired" in failed.reason


async def test_too_little_is_found_before_sending_reserves_not_counted(refund: Refund) -> None:
    refund.network.balance_msat = 1_000_000
    refund.network.reserve_sat = 701

    failed = await refund.is_paid()

    assert isinstance(failed, OutgoingFailed)
    assert "balance" in failed.reason
    assert refund.times_sent == 0
    assert await refund.wallet.spendable_msat() == 299_000


async def test_too_little_for_the_fee_is_failed_by_lnd(refund: Refund) -> None:
    refund.network.balance_msat = 300_000

    failed = await refund.is_paid()

    assert failed == OutgoingFailed("the balance of the node's channels is too low")
    assert refund.times_sent == 1


async def test_a_macaroon_that_may_not_pay_is_failed(refund: Refund) -> None:
    denied = descriptions().message("rpcStatus", code=2, message="permission denied")
    refund.faults.instead[SEND] = (500, denied)

    assert await refund.is_paid() == OutgoingFailed("LND refused: permission denied")


# --- nothing was sent ---


async def test_a_locked_node_has_sent_nothing(refund: Refund) -> None:
    refund.faults.is_locked = True

    with pytest.raises(Unavailable, match="locked"):
        await refund.is_paid()


async def test_a_node_that_locks_between_looking_and_sending_has_sent_nothing(
    refund: Refund,
) -> None:
    locked = descriptions().message("rpcStatus", code=2, message="the RPC server is starting up")
    refund.faults.instead[SEND] = (500, {"error": locked})

    with pytest.raises(Unavailable):
        await refund.is_paid()


@pytest.mark.parametrize("first", [TRACK, "/v1/channels"])
async def test_when_the_node_cannot_be_asked_first_nothing_is_sent(
    refund: Refund, first: str
) -> None:
    refund.faults.silent.add(first)
    refund.is_awaited(ask_s=0.3)

    with pytest.raises(Unavailable):
        await refund.is_paid()
    assert refund.times_sent == 0


async def test_a_node_that_is_away_has_sent_nothing(tmp_path: Path) -> None:
    async with lnd(tmp_path) as service:
        bolt11 = await service.network.makes_invoice(300_000)
    refund = Refund(service, bolt11)

    with pytest.raises(Unavailable):
        await refund.is_paid()


# --- beside ---


async def test_nothing_secret_is_logged(refund: Refund, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    refund.faults.broken[SEND] = 500
    await refund.is_paid()
    refund.faults.is_locked = True
    with pytest.raises(Unavailable):
        await refund.is_looked_up()

    said = "\n".join(record.getMessage() for record in caplog.records if record.name[:3] == "app")
    assert "locked" in said
    assert ADMIN not in said
    assert refund.network.theirs[refund.hash].preimage not in said


def test_paying_takes_less_than_its_performer_has() -> None:
    assert LONGEST_PAY_S < FlowSettings().perform_timeout_s < FlowSettings().lease_s
