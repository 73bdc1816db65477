"""The sweep that EventBridge Scheduler begins each minute, also while no worker runs."""

from typing import Any

from app.entrypoints.emf import put_metrics
from app.entrypoints.lambdas.starting import Event, start
from app.entrypoints.sweeping import sweep_once
from app.settings import read_settings

_started = start(read_settings())


def handler(_event: Event, _context: Any) -> Event:
    """Lambda's entry point."""
    strom = _started.strom
    swept = _started.run(sweep_once(strom.flow, strom.foundation.queue.put))
    found = {"Overdue": (swept.count, "Count"), "OldestOverdue": (swept.oldest_s, "Seconds")}
    put_metrics(strom.foundation.settings.table, found)
    return {}
