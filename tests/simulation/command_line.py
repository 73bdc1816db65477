"""The command line: replay one run, or let many happen in several processes."""

import argparse
import os
import secrets
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from multiprocessing import get_context

from tests.simulation.mutations import MUTATIONS
from tests.simulation.run import Verdict, run
from tests.simulation.shrink import shrink

LINES = 60
SEEDS_AT_ONCE = 10
MOST_FAILED = 5


def main(arguments: Sequence[str]) -> int:
    """0 when nothing went wrong."""
    given = _parser().parse_args(arguments)
    broken: AbstractContextManager[object] = nullcontext()
    if given.mutation:
        broken = MUTATIONS[given.mutation]()
    with broken:
        if given.seed is not None:
            return _replay(given)
        return _many(given)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seed", type=int, help="replay this run and print its trace")
    parser.add_argument("--keep", default="", help="only these acts, by number: 0,3 or none")
    parser.add_argument("--without", default="", help="no trouble of these kinds")
    parser.add_argument("--shrink", action="store_true", help="find a smaller run that fails")
    parser.add_argument("--sessions", type=int, default=1000, help="go on until there were so many")
    parser.add_argument("--first", type=int, default=None, help="the first seed; else a fresh one")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 2)
    parser.add_argument("--mutation", choices=sorted(MUTATIONS), help="with this safeguard out")
    return parser


def _replay(given: argparse.Namespace) -> int:
    if given.shrink:
        smaller = shrink(given.seed)
        verdict = smaller.verdict
        print(smaller.command)
    else:
        verdict = run(given.seed, keep=_numbers(given.keep), without=_names(given.without))
    print("\n".join(verdict.trace if not given.shrink else verdict.trace[-LINES:]))
    _tell(verdict)
    print(f"seed {verdict.seed}: {verdict.sessions} sessions, digest {verdict.digest[:16]}")
    return 1 if verdict.wrongs else 0


def _many(given: argparse.Namespace) -> int:
    first = secrets.randbelow(2**40) if given.first is None else given.first
    print(f"from seed {first}")
    began, seeds, sessions, failed = time.perf_counter(), 0, 0, list[int]()
    counts = Counter[str]()
    with get_context("fork").Pool(given.processes) as pool:
        for verdict in pool.imap_unordered(run, _from(first), chunksize=SEEDS_AT_ONCE):
            seeds, sessions = seeds + 1, sessions + verdict.sessions
            counts += verdict.counts
            if verdict.wrongs:
                failed.append(verdict.seed)
                _tell(verdict)
            if sessions >= given.sessions or len(failed) >= MOST_FAILED:
                break
        pool.terminate()
    minutes = (time.perf_counter() - began) / 60
    for name, count in sorted(counts.items()):
        print(f"{count:10} {name}")
    print(
        f"{sessions} sessions in {seeds} runs, {len(failed)} failed; "
        f"{sessions / minutes:.0f} sessions a minute in {given.processes} processes"
    )
    for seed in sorted(failed)[:1]:
        smaller = shrink(seed)
        print("\n".join(smaller.verdict.trace[-LINES:]), smaller.command, sep="\n")
    return 1 if failed else 0


def _from(first: int) -> Iterator[int]:
    """Seeds without end; the pool takes them as it needs them, so there must be one."""
    return iter(range(first, first + 1_000_000))


def _tell(verdict: Verdict) -> None:
    for wrong in verdict.wrongs[:4]:
        print(f"seed {verdict.seed}: {wrong}")


def _numbers(text: str) -> frozenset[int] | None:
    if not text:
        return None
    return frozenset(int(number) for number in text.split(",") if number != "none")


def _names(text: str) -> frozenset[str]:
    return frozenset(name for name in text.split(",") if name)
