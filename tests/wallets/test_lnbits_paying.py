"""A payout over LNbits is paid, failed or unknown, whatever its answers suggest."""

import logging

import httpx
import pytest

from app.charging.errors import Unavailable
from app.charging.ports import Outgoing, OutgoingFailed, OutgoingPaid, OutgoingUnknown
from tests.wallets.fake_lnbits import (
    KEY,
    PREIMAGE,
    FakeLnbits,
    an_invoice,
    found,
    not_found,
    payment_error,
    row,
)

PAID = OutgoingPaid(fee_msat=1500, preimage=PREIMAGE)


async def pays(lnbits: FakeLnbits, fee_limit_msat: int = 3000) -> Outgoing:
    return await lnbits.wallet().pay(
        an_invoice(), amount_msat=300_000, fee_limit_msat=fee_limit_msat
    )


def is_unknown(outcome: Outgoing, *, known_to_wallet: bool) -> bool:
    return isinstance(outcome, OutgoingUnknown) and outcome.known_to_wallet is known_to_wallet


async def test_201_success_with_our_payment_is_paid() -> None:
    lnbits = FakeLnbits(post=[httpx.Response(201, json=row())])

    assert await pays(lnbits) == PAID

    assert lnbits.posted() == [{"out": True, "bolt11": an_invoice()}]


async def test_201_pending_is_looked_up_and_unknown() -> None:
    pending = row("pending")
    lnbits = FakeLnbits(
        post=[httpx.Response(201, json=pending)], payment=[not_found(), found(pending)]
    )

    assert is_unknown(await pays(lnbits), known_to_wallet=True)


async def test_201_pending_that_was_paid_meanwhile_is_paid() -> None:
    lnbits = FakeLnbits(
        post=[httpx.Response(201, json=row("pending"))], payment=[not_found(), found(row())]
    )

    assert await pays(lnbits) == PAID


async def test_201_failed_is_failed_when_the_record_says_so() -> None:
    failed = row("failed")
    lnbits = FakeLnbits(
        post=[httpx.Response(201, json=failed)], payment=[not_found(), found(failed)]
    )

    assert isinstance(await pays(lnbits), OutgoingFailed)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(201, json=row(payment_hash="ff" * 32)),
        httpx.Response(201, json=row(amount_msat=-1)),
        httpx.Response(201, json=row(amount_msat=300_000)),
        httpx.Response(201, json={"ok": True}),
        httpx.Response(201, text="<html>"),
    ],
    ids=["another hash", "another amount", "incoming", "no payment", "no JSON"],
)
async def test_201_that_shows_another_payment_proves_nothing(answer: httpx.Response) -> None:
    assert is_unknown(await pays(FakeLnbits(post=[answer])), known_to_wallet=False)


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
async def test_5xx_after_having_paid_is_paid(status: int) -> None:
    lnbits = FakeLnbits(
        post=[httpx.Response(status, text="bad gateway")], payment=[not_found(), found(row())]
    )

    assert await pays(lnbits) == PAID


@pytest.mark.parametrize("status", [500, 502, 504, 520])
async def test_5xx_without_a_record_is_unknown_as_the_request_may_still_be_under_way(
    status: int,
) -> None:
    lnbits = FakeLnbits(post=[httpx.Response(status, text="bad gateway")])

    assert is_unknown(await pays(lnbits), known_to_wallet=False)


async def test_520_already_paid_by_us_is_paid() -> None:
    lnbits = FakeLnbits(
        post=[payment_error("Internal invoice already paid.")],
        payment=[not_found(), found(row())],
    )

    assert await pays(lnbits) == PAID


async def test_520_already_paid_by_somebody_else_is_failed() -> None:
    """The payee's row of the same LNbits has the hash, too, but a positive amount."""
    lnbits = FakeLnbits(
        post=[payment_error("Internal invoice already paid.")],
        payment=[not_found(), found(row(amount_msat=300_000))],
    )

    assert await pays(lnbits) == OutgoingFailed("Internal invoice already paid.")


async def test_520_still_pending_is_unknown() -> None:
    lnbits = FakeLnbits(
        post=[payment_error("Payment is still pending.", "pending")],
        payment=[not_found(), found(row("pending"))],
    )

    assert is_unknown(await pays(lnbits), known_to_wallet=True)


async def test_520_insufficient_balance_without_a_record_is_failed() -> None:
    lnbits = FakeLnbits(post=[payment_error("Insufficient balance.")])

    assert await pays(lnbits) == OutgoingFailed("Insufficient balance.")


async def test_a_key_that_may_not_pay_is_failed() -> None:
    answer = httpx.Response(403, json={"detail": "Invoice (or Admin) key required."})

    assert isinstance(await pays(FakeLnbits(post=[answer])), OutgoingFailed)


@pytest.mark.parametrize("status", [408, 429])
async def test_a_proxy_that_gave_up_proves_nothing(status: int) -> None:
    answer = httpx.Response(status, json={"detail": "slow down"})

    assert is_unknown(await pays(FakeLnbits(post=[answer])), known_to_wallet=False)


async def test_a_4xx_that_is_not_of_lnbits_proves_nothing() -> None:
    lnbits = FakeLnbits(post=[httpx.Response(404, text="no such site")])

    assert is_unknown(await pays(lnbits), known_to_wallet=False)


@pytest.mark.parametrize("error", [httpx.ReadTimeout("slow"), httpx.RemoteProtocolError("cut")])
async def test_a_lost_answer_is_looked_up(error: Exception) -> None:
    assert await pays(FakeLnbits(post=[error], payment=[not_found(), found(row())])) == PAID
    assert is_unknown(await pays(FakeLnbits(post=[error])), known_to_wallet=False)


async def test_a_lost_answer_and_then_silence_is_unknown() -> None:
    lnbits = FakeLnbits(
        post=[httpx.ReadTimeout("slow")], payment=[not_found(), httpx.ReadTimeout("slow")]
    )

    assert is_unknown(await pays(lnbits), known_to_wallet=True)


async def test_no_connection_is_unavailable_as_nothing_was_sent() -> None:
    lnbits = FakeLnbits(post=[httpx.ConnectError("refused")])

    with pytest.raises(Unavailable):
        await pays(lnbits)


async def test_what_the_wallet_already_paid_is_not_sent_again() -> None:
    lnbits = FakeLnbits(payment=[found(row())])

    assert await pays(lnbits) == PAID

    assert lnbits.posted() == []


async def test_what_is_under_way_is_not_sent_again() -> None:
    lnbits = FakeLnbits(payment=[found(row("pending"))])

    assert is_unknown(await pays(lnbits), known_to_wallet=True)
    assert lnbits.posted() == []


async def test_a_fee_reserve_over_the_limit_is_not_sent() -> None:
    lnbits = FakeLnbits()

    assert isinstance(await pays(lnbits, fee_limit_msat=2999), OutgoingFailed)
    assert lnbits.posted() == []


async def test_an_answer_without_details_says_nothing_about_us() -> None:
    """LNbits shows any wallet's payment as paid to whoever asks without a valid key."""
    anyone = httpx.Response(200, json={"paid": True, "preimage": PREIMAGE})
    wallet = FakeLnbits(payment=[anyone]).wallet()

    with pytest.raises(Unavailable):
        await wallet.look_up_outgoing(row()["payment_hash"])
    with pytest.raises(Unavailable):
        await wallet.look_up_incoming(row()["payment_hash"])


async def test_a_preimage_that_is_none_is_left_out() -> None:
    for preimage in ("0" * 64, "zz", None):
        wallet = FakeLnbits(payment=[found({**row(), "preimage": preimage})]).wallet()

        outcome = await wallet.look_up_outgoing(row()["payment_hash"])

        assert outcome == OutgoingPaid(fee_msat=1500, preimage=None)


async def test_the_key_reaches_no_log_and_no_error(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="app")
    lnbits = FakeLnbits(post=[httpx.ConnectError(f"refused {KEY}")])

    with pytest.raises(Unavailable) as caught:
        await pays(lnbits)

    assert KEY not in caplog.text + caught.value.message + repr(vars(lnbits.wallet()))
