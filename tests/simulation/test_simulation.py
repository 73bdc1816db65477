"""Whole runs: seeds that are kept because they once failed, and fresh ones every time."""

import secrets
from pathlib import Path

import pytest

from tests.simulation.command_line import LINES
from tests.simulation.run import Verdict, run
from tests.simulation.shrink import Smaller, shrink

pytestmark = pytest.mark.simulation

KEPT = [
    int(line.split("#")[0])
    for line in (Path(__file__).parent / "seeds.txt").read_text().splitlines()
    if line.split("#")[0].strip()
]
MOST_UNTIL_SEEN = 400
SEEN = (
    "absorbed",
    "cards of nobody",
    "cards of owners",
    "charge points lost with their edge",
    "end unseen",
    "ended: cancelled",
    "ended: charged",
    "ended: connector_taken",
    "ended: faulted",
    "ended: silent",
    "ended: start_rejected",
    "ended: start_timed_out",
    "forfeited",
    "invoices of addresses",
    "late start",
    "link found by owner",
    "link found by pin",
    "link found by preimage",
    "link found by wallet",
    "own use",
    "owner says failed",
    "parking was priced",
    "processes killed",
    "refund by address",
    "refund failed",
    "refund paid",
    "registers not believed",
    "stood after the charge",
    "stop never told",
    "topped up",
    "wallets replaced",
    "wallets told of a balance",
)
FRESH_TESTS = 20
SEEDS_EACH = 25


def require_good(verdict: Verdict) -> None:
    """Fail with the smallest run that still goes wrong: what replays it, and its end."""
    if verdict.wrongs:
        smaller = shrink(verdict.seed)
        told = [f"seed {verdict.seed}", *verdict.wrongs, smaller.command]
        pytest.fail("\n".join([*map(str, told), *smaller.verdict.trace[-LINES:]]), pytrace=False)


def test_a_failure_says_what_replays_it(monkeypatch: pytest.MonkeyPatch) -> None:
    smaller = Smaller(7, (1, 4), ("lost",), Verdict(7, ["money is gone"], ["at last"], 1, 60.0))
    monkeypatch.setattr(f"{__name__}.shrink", lambda _seed: smaller)
    with pytest.raises(pytest.fail.Exception) as told:
        require_good(smaller.verdict)
    command = "python -m tests.simulation --seed 7 --keep 1,4 --without lost"
    assert str(told.value).splitlines() == ["seed 7", "money is gone", command, "at last"]


@pytest.mark.parametrize("seed", KEPT)
def test_a_kept_run_ends_well(seed: int) -> None:
    require_good(run(seed))


@pytest.mark.parametrize("_number", range(FRESH_TESTS))
def test_fresh_runs_end_well(_number: int) -> None:
    first = secrets.randbelow(2**40)
    for seed in range(first, first + SEEDS_EACH):
        require_good(run(seed))


def test_runs_see_what_they_are_for() -> None:
    """Runs in which nothing happened would end well, too."""
    missing = set(SEEN)
    for seed in range(1, MOST_UNTIL_SEEN):
        missing -= set(run(seed).counts)
        if not missing:
            return
    assert not missing
