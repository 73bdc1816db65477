"""Whole runs, kept seeds and fresh ones; and the same seed is the same run."""

import pytest

from tests.simulation.run import run

pytestmark = pytest.mark.simulation


@pytest.mark.parametrize("seed", range(20))
def test_a_run_ends_well(seed: int) -> None:
    assert run(seed).wrongs == []


def test_the_same_seed_is_the_same_run() -> None:
    assert run(7).trace == run(7).trace
