"""The sweep that EventBridge Scheduler begins each minute, also while no worker runs."""

from typing import Any

from app.entrypoints.emf import put_metrics
from app.entrypoints.lambdas.starting import Event, made, of, start
from app.entrypoints.sweeping import sweep_once
from app.settings import read_settings

_started = start(read_settings())


@made
def handler(_event: Event, context: Any) -> Event:
    """Lambda's entry point."""
    common = _started.common
    with of(context):
        swept = _started.run(sweep_once(common.flow, common.base.queue.put))
    found = {"Overdue": (swept.count, "Count"), "OldestOverdue": (swept.oldest_s, "Seconds")}
    put_metrics(common.base.settings.table, found)
    return {}
