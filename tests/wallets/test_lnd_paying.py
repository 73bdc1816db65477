"""A payout over LND is paid, failed or unknown, whatever happens on the way."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from app.charging.errors import Unavailable
from app.charging.ports import Outgoing, OutgoingFailed, OutgoingPaid, OutgoingUnknown
from app.flow import FlowSettings
from app.invoices import decode
from app.wallets.lnd_paying import LONGEST_PAY_S, Deadlines
from tests.support.lnd_calls import ADMIN
from tests.support.lnd_descriptions import descriptions
from tests.support.lnd_service import LndService
from tests.wallets.lnd_world import PATIENT, connected, lnd

SEND, TRACK = "/v2/router/send", "/v2/router/track"


class Refund:
    """A node with a million sats and a refund of 300 to pay."""

    def __init__(self, service: LndService, bolt11: str) -> None:
        self.service = service
        self.network = service.network
        self.faults = service.faults
        self.wallet = connected(service)
        self.bolt11 = bolt11
        self.hash = decode(bolt11).payment_hash

    async def is_paid(self, fee_limit_msat: int = 3000) -> Outgoing:
        return await self.wallet.pay(
            self.bolt11, amount_msat=300_000, fee_limit_msat=fee_limit_msat
        )

    async def is_looked_up(self) -> Outgoing:
        return await self.wallet.look_up_outgoing(self.hash)

    def is_awaited(self, *, ask_s: float = 20, pay_s: float = 1.5) -> None:
        """For so long and no longer."""
        self.wallet = connected(self.service, Deadlines(ask_s, pay_s))

    @property
    def times_sent(self) -> int:
        return len(self.service.posted(SEND))


@pytest.fixture
async def refund(tmp_path: Path) -> AsyncIterator[Refund]:
    async with lnd(tmp_path) as service:
        service.network.balance_msat = 1_000_000_000
        service.network.fee_msat = 1500
        refund = Refund(service, await service.network.makes_invoice(300_000))
        yield refund
        await refund.wallet.close()


def is_unknown(outcome: Outgoing, *, known_to_wallet: bool) -> bool:
    return isinstance(outcome, OutgoingUnknown) and outcome.known_to_wallet is known_to_wallet


def answers(payment: dict[str, object]) -> tuple[int, object]:
    """What somebody in LND's place says."""
    return 200, {"result": descriptions().message("lnrpcPayment", **payment)}


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


# --- unknown ---


async def test_what_stalls_is_unknown_until_it_is_settled(refund: Refund) -> None:
    """LND's own time-out calls nothing back that is on its way."""
    refund.network.route = "stalls"
    refund.is_awaited()

    assert is_unknown(await refund.is_paid(), known_to_wallet=True)
    for _ in range(3):
        assert is_unknown(await refund.is_looked_up(), known_to_wallet=True)
        assert is_unknown(await refund.is_paid(), known_to_wallet=True)
    assert refund.times_sent == 1

    refund.network.arrive(refund.hash)
    assert isinstance(await refund.is_looked_up(), OutgoingPaid)


async def test_what_stalls_is_unknown_until_it_has_failed(refund: Refund) -> None:
    refund.network.route = "stalls"
    refund.is_awaited()
    await refund.is_paid()

    refund.network.fail(refund.hash, "FAILURE_REASON_TIMEOUT")

    assert await refund.is_looked_up() == OutgoingFailed("no route worked in the time given")


async def test_a_node_that_goes_away_while_it_is_under_way_is_unknown(refund: Refund) -> None:
    refund.network.route = "stalls"
    asked = asyncio.create_task(refund.is_paid())
    while refund.hash not in refund.network.payments:
        await asyncio.sleep(0.01)
    refund.faults.broken[TRACK] = 502
    refund.service.hang_up()

    assert is_unknown(await asked, known_to_wallet=True)


async def test_without_an_answer_and_a_record_it_is_unknown(refund: Refund) -> None:
    """The request may still lie in some proxy."""
    refund.faults.silent.add(SEND)
    refund.is_awaited(pay_s=0.3)

    assert is_unknown(await refund.is_paid(), known_to_wallet=False)
    assert is_unknown(await refund.is_looked_up(), known_to_wallet=False)


@pytest.mark.parametrize("status", [400, 404, 408, 429, 500, 502, 504])
async def test_an_answer_that_is_not_of_lnd_proves_nothing(refund: Refund, status: int) -> None:
    refund.faults.instead[SEND] = (status, "<html>")

    assert is_unknown(await refund.is_paid(), known_to_wallet=False)


@pytest.mark.parametrize("code", [1, 4, 8, 10, 13, 14])
async def test_an_error_of_the_gateway_proves_nothing(refund: Refund, code: int) -> None:
    error = descriptions().message("rpcStatus", code=code, message="transport is closing")
    refund.faults.instead[SEND] = (503, {"error": error})

    assert is_unknown(await refund.is_paid(), known_to_wallet=False)


@pytest.mark.parametrize("line", [{}, {"result": {}}, {"result": None}, [], "", {"result": "x"}])
async def test_200_that_shows_no_payment_proves_nothing(refund: Refund, line: object) -> None:
    refund.faults.instead[SEND] = (200, line)

    assert is_unknown(await refund.is_paid(), known_to_wallet=False)


async def test_neither_answer_nor_look_up_is_unknown_and_locked(refund: Refund) -> None:
    refund.network.route = "stalls"
    refund.is_awaited(ask_s=2)
    asked = asyncio.create_task(refund.is_paid())
    while refund.hash not in refund.network.payments:
        await asyncio.sleep(0.01)
    refund.faults.silent.add(TRACK)

    assert is_unknown(await asked, known_to_wallet=True)


@pytest.mark.parametrize(
    "shown",
    [
        {"status": "SUCCEEDED", "payment_preimage": "00" * 32},
        {"status": "SUCCEEDED", "payment_preimage": ""},
        {"status": "INITIATED"},
        {"status": "UNKNOWN"},
        {"status": "FAILED", "htlcs": [{"status": "IN_FLIGHT"}]},
        {"status": "FAILED", "htlcs": [{"status": "FAILED"}, {"status": "SUCCEEDED"}]},
    ],
    ids=["no proof", "empty", "initiated", "unknown", "a part is out", "a part has arrived"],
)
async def test_a_doubtful_record_is_unknown(refund: Refund, shown: dict[str, object]) -> None:
    refund.faults.instead[TRACK] = answers({"payment_hash": refund.hash, **shown})

    assert is_unknown(await refund.is_paid(), known_to_wallet=True)
    assert refund.times_sent == 0


async def test_a_record_of_another_payment_says_nothing(refund: Refund) -> None:
    refund.faults.instead[SEND] = answers({"payment_hash": "ab" * 32, "status": "FAILED"})
    assert is_unknown(await refund.is_paid(), known_to_wallet=False)

    refund.faults.instead[SEND] = answers(
        {"payment_hash": refund.hash, "status": "FAILED", "value_msat": "1"}
    )
    assert is_unknown(await refund.is_paid(), known_to_wallet=False)


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


async def test_a_404_of_something_else_is_not_an_unknown_hash(refund: Refund) -> None:
    not_found = descriptions().message("rpcStatus", code=5, message="Not Found")
    others: list[tuple[int, object]] = [(404, "<html>"), (404, not_found), (200, {"result": {}})]
    for other in others:
        refund.faults.instead[TRACK] = other
        with pytest.raises(Unavailable):
            await refund.is_looked_up()


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
