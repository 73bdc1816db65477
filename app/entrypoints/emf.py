"""Numbers for CloudWatch: a line of its embedded metric format, which Logs turns into metrics."""

import json
import sys
import time
from collections.abc import Mapping

from app.telemetry.numbers import Owed


def put_metrics(namespace: str, values: Mapping[str, tuple[float, str]]) -> None:
    """Write values with their units (``Count``, ``Seconds``), one line."""
    sys.stdout.write(metric_line(namespace, values, int(time.time() * 1000)) + "\n")
    sys.stdout.flush()


def money(owed: Owed) -> dict[str, tuple[float, str]]:
    """What drivers are owed, as the worker has counted it."""
    return {
        "SessionsOpen": (sum(owed.sessions.values()), "Count"),
        "OwedSats": ((owed.claimable_msat + owed.paying_msat) // 1000, "Count"),
        "RefundsPaying": (owed.paying, "Count"),
        "OldestRefundPaying": (owed.oldest_paying_s, "Seconds"),
    }


def metric_line(namespace: str, values: Mapping[str, tuple[float, str]], at_ms: int) -> str:
    """The line; without dimensions, so that all instances add up."""
    metrics = [{"Name": name, "Unit": unit} for name, (_, unit) in values.items()]
    about = {"Namespace": namespace, "Dimensions": [[]], "Metrics": metrics}
    fields = {name: value for name, (value, _) in values.items()}
    return json.dumps({"_aws": {"Timestamp": at_ms, "CloudWatchMetrics": [about]}, **fields})
