"""The arithmetic of docs/load-plan.md: from 100 charge points to 1,000,000.

`python scripts/load_plan.py` prints the tables, `--write` puts them into the document, where they
stand between marks. Change a number here, write, and read what the text around them says.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Callable
from pathlib import Path

from load_model import LIMITS, MONTH_DAYS, NUMBERS, Load, Number

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "load-plan.md"
STEPS = (100, 1_000, 10_000, 100_000, 1_000_000)


def figure(number: float) -> str:
    """As people read it: two digits below a hundred, thousands apart."""
    if number == 0:
        return "0"
    if number < 100:
        digits = max(0, 1 - math.floor(math.log10(number)))
        return f"{round(number, digits):.{digits}f}".rstrip("0").rstrip(".") if digits else (
            f"{number:.0f}")  # fmt: skip
    return f"{round(number, 2 - math.floor(math.log10(number))):,.0f}"


def table(head: str, rows: list[tuple[str, list[str]]]) -> str:
    lines = [f"| {head} | " + " | ".join(f"{step:,}" for step in STEPS) + " |"]
    lines.append("|---|" + "--:|" * len(STEPS))
    return "\n".join(lines + [f"| {name} | " + " | ".join(cells) + " |" for name, cells in rows])


def demand() -> str:
    wanted: list[tuple[str, Callable[[Load], float]]] = [
        ("owners", lambda at: at.owners),
        ("sessions a day", lambda at: at.sessions_per_month / MONTH_DAYS),
        ("sessions begun a second", lambda at: at.sessions_per_s),
        ("charging at once", lambda at: at.charging),
        ("frames to edges a second", lambda at: at.messages_per_s),
        ("calls from edges to the app a second", lambda at: at.app_calls_per_s),
        ("requests of drivers a second", lambda at: at.requests_per_s),
        ("messages of the perform queue a second", lambda at: at.performs_per_s),
        ("functions at once", lambda at: at.concurrency),
        ("write units a second", lambda at: at.writes_per_s),
        ("read units a second", lambda at: at.reads_per_s),
        ("rows after a year, GB", lambda at: at.stored_gb),
        ("partitions at least", lambda at: at.partitions),
    ]
    return table("charge points", [(n, [figure(f(Load(s))) for s in STEPS]) for n, f in wanted])


def edges() -> str:
    wanted: list[tuple[str, Callable[[Load], float]]] = [
        ("zones", lambda at: at.zones),
        ("`chargers_per_task`", lambda at: at.per_task),
        ("edge tasks (1 vCPU, 2 GB)", lambda at: at.tasks),
        ("MB of each, when it is full", lambda at: at.edge_memory_mb),
        ("processor of each, %", lambda at: 100 * at.edge_cpu),
        ("charge points that go with a zone", lambda at: at.lost_with_zone),
        ("seconds until the others could have let them in", lambda at: at.back_after_zone_s),
        ("connects a second", lambda at: at.connects_per_s),
        ("functions at once meanwhile", lambda at: at.storm_concurrency),
        ("write units a second meanwhile", lambda at: at.storm_writes_per_s),
        ("`due_shards`", lambda at: at.shards),
        ("`wallet_watch_s`", lambda at: at.watch_s),
    ]
    return table("charge points", [(n, [figure(f(Load(s))) for s in STEPS]) for n, f in wanted])


def limits() -> str:
    lines = ["| what ends | at | " + " | ".join(f"{step:,}" for step in STEPS) + " | then |"]
    lines.append("|---|--:|" + "--:|" * len(STEPS) + "---|")
    for each in LIMITS:
        needs = [each.needs(Load(step)) for step in STEPS]
        cells = [f"**{figure(n)}**" if n > each.at else figure(n) for n in needs]
        cells = [each.what, figure(each.at), *cells, each.cure]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def costs() -> str:
    loads = [Load(step) for step in STEPS]
    rows = [(name, [figure(load.costs[name]) for load in loads]) for name in loads[0].costs]
    rows.append(("**together, $ a month**", [f"**{figure(load.cost)}**" for load in loads]))
    a_charger = [f"**{100 * load.cost / load.chargers:.2f}**" for load in loads]
    rows.append(("**cents for a charge point and month**", a_charger))
    return table("$ a month", rows)


def numbers() -> str:
    def line(each: Number) -> str:
        return f"| {each.what} | {each.value:,g} | {each.how} | {each.source} |"

    head = ["| what | value | how | from |", "|---|--:|---|---|"]
    return "\n".join(head + [line(each) for each in NUMBERS.values()])


TABLES = {"demand": demand, "edges": edges, "limits": limits, "costs": costs, "numbers": numbers}


def written(document: str) -> str:
    """The document with its tables as they come out now."""
    for name, made in TABLES.items():
        between = re.compile(rf"<!-- {name} -->\n.*?<!-- /{name} -->", re.DOTALL)
        anew = f"<!-- {name} -->\n{made()}\n<!-- /{name} -->"
        document, count = between.subn(anew.replace("\\", r"\\"), document)
        if count != 1:
            raise SystemExit(f"{DOCUMENT.name}: there is not one place for the table {name}")
    return document


if __name__ == "__main__":
    if "--write" in sys.argv:
        DOCUMENT.write_text(written(DOCUMENT.read_text()))
    else:
        for name, made in TABLES.items():
            print(f"{name}\n\n{made()}\n")
