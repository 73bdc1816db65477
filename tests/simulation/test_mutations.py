"""Every broken build is caught within so many runs; the same runs end well without it."""

import pytest

from tests.simulation.mutations import MUTATIONS
from tests.simulation.run import run

pytestmark = pytest.mark.simulation
MOST_RUNS = 400


@pytest.mark.parametrize("name", sorted(MUTATIONS))
def test_a_broken_build_is_caught(name: str) -> None:
    caught = None
    with MUTATIONS[name]():
        for seed in range(MOST_RUNS):
            if run(seed).wrongs:
                caught = seed
                break
    assert caught is not None, f"{name} was not caught in {MOST_RUNS} runs"
    assert run(caught).wrongs == [], "it is the broken part that is caught"
