"""What every journey ends with: both wallets to the sat, the ledger to the msat."""

from __future__ import annotations

from collections.abc import Mapping

from tests.journeys.drivers import MSAT, Driver
from tests.journeys.owners import Owner, balances_of
from tests.journeys.waiting import until

LEFT = ("paid", "receivable", "absorbed")
RIGHT = ("charged", "refunded", "refund_in_flight", "refundable", "forfeited", "residue")


async def assert_balances(changes: Mapping[Owner | Driver, int]) -> None:
    """What each wallet has gained or lost since it was made, in sats."""
    for person, sats in changes.items():
        balance = await person.node.balance_sats(person.wallet)
        assert balance - person.started_with == sats, person.wallet.name


async def assert_refund_offered(driver: Driver, sats: int) -> None:
    """The page offers exactly this."""
    view = await driver.sees(phase="ended", refund_state="offered")
    assert view["refundable_msat"] == sats * MSAT


async def assert_nothing_offered(driver: Driver) -> None:
    """The charge is over and nothing is owed."""
    view = await driver.sees(phase="ended")
    assert view["refund_state"] == "none"
    assert view["refundable_msat"] == 0


async def assert_ledger(owner: Owner, driver: Driver, **expected_msat: int) -> None:
    """The owner's books of the driver's charge: these accounts, and nothing on any other."""
    session_id = (await driver.view())["id"]
    detail = await until(
        lambda: owner.session(session_id),
        lambda found: not found["session"]["is_open"] or "refundable" in expected_msat,
        "the charge to be settled",
    )
    balances = {name: msat for name, msat in balances_of(detail["ledger"]).items() if msat}
    assert balances == {name: msat for name, msat in expected_msat.items() if msat}
    left, right = (sum(balances.get(name, 0) for name in side) for side in (LEFT, RIGHT))
    assert left == right
    session = detail["session"]
    assert session["paid_msat"] == balances.get("paid", 0)
    assert session["refund_paid_msat"] == balances.get("refunded", 0)
    assert session["refund_owed_msat"] == balances.get("refundable", 0)
    assert not session["refund_stuck"]
