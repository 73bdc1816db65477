"""The same seed is the same run, to the last line of its trace, in whatever process."""

import os
import subprocess
import sys

import pytest

from tests.simulation import scenario
from tests.simulation.command_line import main
from tests.simulation.run import run

pytestmark = pytest.mark.simulation
SEEDS = (1, 5, 8)
PROGRAM = "from tests.simulation.run import run; print([run(s).digest for s in {seeds}])"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_seed_is_the_same_run(seed: int) -> None:
    assert run(seed).trace == run(seed).trace


def test_also_where_strings_hash_differently() -> None:
    told = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM.format(seeds=SEEDS)],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for hash_seed in ("1", "2")
    ]
    assert told[0] == told[1] == f"{[run(seed).digest for seed in SEEDS]}\n"


def test_another_seed_is_another_run() -> None:
    assert len({run(seed).digest for seed in SEEDS}) == len(SEEDS)


def test_acts_and_kinds_of_trouble_can_be_left_out() -> None:
    seed = 5
    assert scenario.draw(seed) == scenario.draw(seed)
    quiet = run(seed, keep=frozenset())
    assert (quiet.wrongs, quiet.sessions) == ([], 0)
    assert run(seed, without=frozenset({"table_conflict"})).wrongs == []


def test_what_fails_is_made_smaller(capsys: pytest.CaptureFixture[str]) -> None:
    """With a broken build the command line finds, shrinks and names a failing run."""
    failed = main(["--mutation", "any_token_is_good", "--sessions", "60", "--first", "3"])
    assert failed == 1
    told = capsys.readouterr().out
    command = told.strip().splitlines()[-1]
    assert command.startswith("python -m tests.simulation --seed ")
    assert "WRONG" in told
    again = ["--mutation", "any_token_is_good", *command.split()[3:]]
    assert main(again) == 1
    seed = int(command.split()[4])
    assert main(["--seed", str(seed)]) == 0, "the build that is not broken ends well"
