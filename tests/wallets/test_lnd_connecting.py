"""An LND is tried before it is saved: address, certificate, macaroon and its rights told apart."""

import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from app.outbound import OutboundPolicy
from app.wallets import lnd_backend as said
from app.wallets.backend import ProbeReport
from app.wallets.connections import BACKENDS
from tests.support.lnd_calls import ADMIN, ELSEWHERE, INVOICES, READER
from tests.support.lnd_certificate import self_signed
from tests.support.lnd_descriptions import descriptions
from tests.support.lnd_service import LndService
from tests.wallets.lnd_world import AT_HOME, credentials, lnd, parts

BACKEND = BACKENDS["lnd"]


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[LndService]:
    async with lnd(tmp_path) as service:
        yield service


async def probed(node: LndService, policy: OutboundPolicy = AT_HOME, **entered: str) -> ProbeReport:
    given = parts(policy)
    try:
        return await BACKEND.probe(given, "t1", credentials(node, **entered))
    finally:
        await given.http.aclose()


async def test_a_good_macaroon_can_receive_and_pay(node: LndService) -> None:
    node.network.balance_msat = 12_000_000

    report = await probed(node)

    assert report.is_usable
    assert report.spendable_msat == 12_000_000
    assert report.label.startswith("garage (127.0.0.1:")
    assert node.network.balance_msat == 12_000_000
    assert node.network.payments == {}


async def test_an_invoice_macaroon_is_named_as_one_that_cannot_refund(node: LndService) -> None:
    report = await probed(node, macaroon=INVOICES)

    assert report.can_receive
    assert not report.can_pay
    assert report.problems == (said.CANNOT_REFUND,)


async def test_a_reading_macaroon_is_named_as_one_that_can_neither(node: LndService) -> None:
    report = await probed(node, macaroon=READER)

    assert not report.can_receive
    assert not report.can_pay
    assert report.problems == (said.CANNOT_RECEIVE, said.CANNOT_REFUND)


async def test_another_nodes_macaroon_is_named(node: LndService) -> None:
    assert (await probed(node, macaroon=ELSEWHERE)).problems == (said.NOT_OURS,)


async def test_a_locked_node_is_named(node: LndService) -> None:
    node.faults.is_locked = True

    assert "locked" in (await probed(node)).problems[0]


@pytest.mark.parametrize("answer", [(200, {}), (404, "<html>"), (502, "x"), (200, "<html>")])
async def test_what_is_no_lnd_is_named(node: LndService, answer: tuple[int, object]) -> None:
    node.faults.instead["/"] = answer

    assert "does not look like LND" in (await probed(node)).problems[0]


async def test_a_redirect_is_not_followed(node: LndService) -> None:
    node.faults.instead["/"] = (308, {})

    assert "another address" in (await probed(node)).problems[0]
    assert len(node.asked) == 1


async def test_whether_it_can_pay_is_not_guessed(node: LndService) -> None:
    node.faults.instead["/v2/router/send"] = (
        404,
        descriptions().message("rpcStatus", code=5, message="Not Found"),
    )

    report = await probed(node)

    assert not report.can_pay
    assert "could not be found out" in report.problems[0]


async def test_a_node_that_makes_no_invoices_is_named(node: LndService) -> None:
    node.faults.instead["/v1/invoices"] = (500, {"code": 2, "message": "no disk", "details": []})

    report = await probed(node)

    assert not report.can_receive
    assert not report.is_usable


# --- certificates and addresses ---


async def test_another_certificate_than_entered_gets_nothing(node: LndService) -> None:
    report = await probed(node, certificate=self_signed("somebody").fingerprint)

    assert report.problems == (said.OTHER_CERTIFICATE,)
    assert node.asked == []  # not even the macaroon


async def test_a_self_signed_certificate_must_be_entered(node: LndService) -> None:
    report = await probed(node, certificate="")

    assert report.problems == (said.UNKNOWN_CERTIFICATE,)
    assert node.asked == []


async def test_a_fingerprint_holds_whatever_the_name(node: LndService) -> None:
    by_name = node.url.replace("127.0.0.1", "localhost")

    assert (await probed(node, url=by_name, certificate=node.certificate.fingerprint)).is_usable


async def test_an_address_that_is_not_allowed_is_not_asked(node: LndService) -> None:
    report = await probed(node, OutboundPolicy())

    assert "not reachable from the internet" in report.problems[0]
    assert node.asked == []


async def test_a_refused_address_is_not_connected_to_without_the_check_either(
    node: LndService,
) -> None:
    from app.charging.errors import Unavailable

    wallet = BACKEND.open(parts(OutboundPolicy()), "t1", credentials(node))

    with pytest.raises(Unavailable):
        await wallet.spendable_msat()
    assert node.asked == []
    await wallet.close()


async def test_a_node_nobody_answers_at_is_named(tmp_path: Path) -> None:
    async with lnd(tmp_path) as gone:
        pass

    assert (await probed(gone)).problems == ("The wallet cannot be reached.",)


async def test_a_closed_wallet_finishes_and_can_be_used_again(node: LndService) -> None:
    wallet = BACKEND.open(parts(), "t1", credentials(node))
    await wallet.spendable_msat()

    await wallet.close()
    await wallet.close()

    assert await wallet.spendable_msat() == 0


async def test_trying_logs_no_secret(node: LndService, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    for macaroon in (ADMIN, INVOICES, ELSEWHERE):
        report = await probed(node, macaroon=macaroon)
        shown = caplog.text + repr(report)
        assert macaroon not in shown
