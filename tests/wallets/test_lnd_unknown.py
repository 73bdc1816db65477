"""A payout over LND that may have been paid is unknown, and stays so until LND knows its end."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.charging.errors import Unavailable
from app.charging.ports import OutgoingFailed, OutgoingPaid
from tests.support.lnd_descriptions import descriptions
from tests.wallets.lnd_refund import SEND, TRACK, Refund, answers, is_unknown, owed_refund


@pytest.fixture
async def refund(tmp_path: Path) -> AsyncIterator[Refund]:
    async with owed_refund(tmp_path) as refund:
        yield refund


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


async def test_a_404_of_something_else_is_not_an_unknown_hash(refund: Refund) -> None:
    not_found = descriptions().message("rpcStatus", code=5, message="Not Found")
    others: list[tuple[int, object]] = [(404, "<html>"), (404, not_found), (200, {"result": {}})]
    for other in others:
        refund.faults.instead[TRACK] = other
        with pytest.raises(Unavailable):
            await refund.is_looked_up()
