"""From a failing run to a small one that still fails."""

from collections.abc import Callable
from dataclasses import dataclass, fields

from tests.simulation import scenario
from tests.simulation.faults import Rates
from tests.simulation.run import Verdict, run

MOST_RUNS = 120


@dataclass(frozen=True, slots=True)
class Smaller:
    """What is left of a failing run."""

    seed: int
    keep: tuple[int, ...]
    without: tuple[str, ...]
    verdict: Verdict

    @property
    def command(self) -> str:
        """Replays it."""
        keep = ",".join(map(str, self.keep)) or "none"
        without = f" --without {','.join(self.without)}" if self.without else ""
        return f"python -m tests.simulation --seed {self.seed} --keep {keep}{without}"


def shrink(seed: int) -> Smaller:
    """Leave out acts, then kinds of trouble, as long as something is wrong."""
    drawn = scenario.draw(seed)
    keep, without = tuple(range(len(drawn.acts))), tuple[str, ...]()
    runs, last = 0, run(seed)

    def still(kept: tuple[int, ...], left_out: tuple[str, ...]) -> Verdict | None:
        nonlocal runs
        if runs >= MOST_RUNS:
            return None
        runs += 1
        verdict = run(seed, keep=frozenset(kept), without=frozenset(left_out))
        return verdict if verdict.wrongs else None

    size = len(keep) // 2
    while size >= 1:
        keep, last = _leave_out(keep, size, last, lambda kept: still(kept, without))
        size //= 2
    for kind in (f.name for f in fields(Rates) if getattr(drawn.rates, f.name) > 0):
        verdict = still(keep, (*without, kind)) if kind != "table_pace" else None
        if verdict is not None:
            without, last = (*without, kind), verdict
    return Smaller(seed, keep, without, last)


def _leave_out(
    keep: tuple[int, ...],
    size: int,
    last: Verdict,
    still: Callable[[tuple[int, ...]], Verdict | None],
) -> tuple[tuple[int, ...], Verdict]:
    """Every stretch of that many acts that is not needed is left out."""
    start = 0
    while start < len(keep):
        fewer = keep[:start] + keep[start + size :]
        verdict = still(fewer)
        if verdict is None:
            start += size
        else:
            keep, last = fewer, verdict
    return keep, last
