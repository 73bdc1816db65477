"""What counts as an answer over NWC: by whom, how often, with what in it; and what we ask."""

import json

import pytest

from app.charging.ports import OutgoingPaid
from app.wallets import nwc_paying
from tests.contracts.wallet import payment_hash
from tests.support.nwc_service import Habits
from tests.wallets.nwc_world import a_lab, is_unknown, refund


async def test_an_answer_by_a_strangers_key_is_not_heard() -> None:
    forged = {"result": {"preimage": "00" * 32, "fees_paid": 0}}
    async with a_lab(Habits(forged=forged), sats=1000) as lab:
        bolt11 = refund(lab)

        outcome = await lab.refunds(bolt11)

        assert isinstance(outcome, OutgoingPaid)
        assert outcome.preimage is not None
        assert lab.owner.balance_msat == 700_000


async def test_a_strangers_failure_is_not_heard_either() -> None:
    forged = {"error": {"code": "PAYMENT_FAILED", "message": "believe me"}}
    habits = Habits(forged=forged)
    async with a_lab(habits, sats=1000) as lab:
        assert isinstance(await lab.refunds(refund(lab)), OutgoingPaid)


async def test_an_answer_twice_pays_once() -> None:
    async with a_lab(Habits(twice=True), sats=1000) as lab:
        bolt11 = refund(lab)

        outcomes = [await lab.refunds(bolt11) for _ in range(2)]

        assert all(isinstance(outcome, OutgoingPaid) for outcome in outcomes)
        assert lab.owner.network.times_paid == {payment_hash(bolt11): 1}


async def test_answers_need_not_say_to_whom_they_go() -> None:
    async with a_lab(Habits(says_who=False), sats=1000) as lab:
        assert isinstance(await lab.refunds(refund(lab)), OutgoingPaid)


@pytest.mark.parametrize("proof", ["00" * 32, "zz", "", None, 7])
async def test_paid_without_proof_is_not_paid(proof: object) -> None:
    """The answer claims it, the preimage is none, and the wallet has not heard of it."""
    habits = Habits(deaf=set(), errors={"pay_invoice": [("X", "")]})
    habits.twist = lambda method, content: (
        {"result_type": method, "result": {"preimage": proof, "fees_paid": 0}}
        if method == "pay_invoice"
        else content
    )
    async with a_lab(habits, sats=1000) as lab:
        assert is_unknown(await lab.refunds(refund(lab)), known_to_wallet=False)


async def test_a_fee_left_out_is_looked_up() -> None:
    habits = Habits()
    habits.twist = lambda method, content: (
        {"result_type": method, "result": {"preimage": content["result"]["preimage"]}}
        if method == "pay_invoice"
        else content
    )
    async with a_lab(habits, sats=1000) as lab:
        lab.owner.fee_msat = 1500

        outcome = await lab.refunds(refund(lab))

        assert isinstance(outcome, OutgoingPaid)
        assert outcome.fee_msat == 1500


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {"result_type": "get_info", "result": {}},
        {"result_type": "pay_invoice", "result": 5},
        {"result_type": "pay_invoice", "error": {}},
        {"result_type": "pay_invoice", "error": {"code": 5, "message": ["x"]}},
    ],
)
async def test_an_answer_that_is_none_proves_nothing(content: object) -> None:
    habits = Habits(errors={"pay_invoice": [("X", "")]})
    habits.twist = lambda method, told: content if method == "pay_invoice" else told
    async with a_lab(habits, sats=1000) as lab:
        assert is_unknown(await lab.refunds(refund(lab)), known_to_wallet=False)


# --- what a request says ---


async def test_a_payment_request_expires_and_names_the_wallet() -> None:
    async with a_lab(sats=1000) as lab:
        await lab.refunds(refund(lab))

        event = json.loads(lab.service.events[-1].as_json())
        tags = dict(tag[:2] for tag in event["tags"])
        assert tags["p"] == lab.service.keys.public_key().to_hex()
        assert 0 < int(tags["expiration"]) - event["created_at"] <= nwc_paying.PAY_S + 31
        assert tags["encryption"] == "nip44_v2"
        assert event["pubkey"] == lab.service.app.public_key().to_hex()


async def test_nip04_carries_no_encryption_tag() -> None:
    async with a_lab(Habits(encryption=None), sats=1000) as lab:
        await lab.refunds(refund(lab))

        assert "?iv=" in lab.service.events[-1].content()
        assert "encryption" not in lab.service.events[-1].as_json()
