"""The command line: replay one run, or let many happen."""

import argparse
import time
from collections.abc import Sequence

from tests.simulation.run import run


def main(arguments: Sequence[str]) -> int:
    """0 when nothing went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--seeds", type=int, default=10)
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args(arguments)
    seeds = (
        [given.seed] if given.seed is not None else range(given.first, given.first + given.seeds)
    )
    began, sessions, failed = time.perf_counter(), 0, 0
    for seed in seeds:
        verdict = run(seed)
        sessions += verdict.sessions
        if given.seed is not None:
            print("\n".join(verdict.trace))
        for wrong in verdict.wrongs[:4]:
            print(f"seed {seed}: {wrong}")
        failed += bool(verdict.wrongs)
    passed = time.perf_counter() - began
    print(f"{len(seeds)} seeds, {sessions} sessions, {failed} failed, {passed:.1f} s")
    return 1 if failed else 0
