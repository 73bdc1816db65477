"""What it comes to, in units, calls and dollars."""

from __future__ import annotations

from typing import Any

from bench.cost.meter import BESIDE, SANDBOX, Meter

LEFT_OUT = {BESIDE, SANDBOX, "set up"}

# List prices of AWS, dollars (eu-central-1, arm64)
WRITE, READ = 0.625e-6, 0.125e-6
LAMBDA_GB_S, LAMBDA_CALL = 0.0000133334, 0.20e-6
SQS_REQUEST = 0.40e-6
KMS_CALL = 0.03 / 10_000
LOG_BYTE = 0.50e-9
MEMORY_GB = 0.5
REQUESTS_A_MESSAGE = 3
KMS_CALLS = 1
"""A session finds its wallet's data key in no memory once at most."""
LOG_BYTES_A_CALL = 250
"""Lambda's own START, END and REPORT lines, beside ours."""


def show(meter: Meter, sessions: int, *, requests: bool) -> None:
    """Where it goes."""
    for name, part in sorted(meter.parts.items()):
        units = part.units
        print(
            f"{name:32} {units.writes / sessions:7.2f} write {units.reads / sessions:7.2f} read"
            f" units {len(part.calls) / sessions:7.2f} calls {part.billed_s / sessions * 1e3:8.1f}"
            " ms billed"
        )
        for request, count in part.requests.most_common() if requests else ():
            print(f"    {count / sessions:6.2f} x {request}")


def result(meter: Meter, sessions: int) -> dict[str, Any]:
    """Of one session, in units, calls and dollars."""
    parts = {name: part for name, part in meter.parts.items() if name not in LEFT_OUT}
    writes = sum(part.units.writes for part in parts.values()) / sessions
    indexed = sum(part.units.index_writes for part in parts.values()) / sessions
    reads = sum(part.units.reads for part in parts.values()) / sessions
    calls = sum(len(part.calls) for part in parts.values()) / sessions
    billed_s = sum(part.billed_s for part in parts.values()) / sessions
    messages = (meter.performs + sum(meter.bus.values())) / sessions
    log_bytes = meter.log_bytes / sessions + calls * LOG_BYTES_A_CALL
    dollars = {
        "writes": writes * WRITE,
        "reads": reads * READ,
        "lambda": calls * LAMBDA_CALL + billed_s * MEMORY_GB * LAMBDA_GB_S,
        "queues": messages * REQUESTS_A_MESSAGE * SQS_REQUEST,
        "kms": KMS_CALLS * KMS_CALL,
        "logs": log_bytes * LOG_BYTE,
    }
    return {
        "write_units_per_session": round(writes, 1),
        "index_write_units_per_session": round(indexed, 1),
        "read_units_per_session": round(reads, 1),
        "app_calls_per_session": round(meter.app_calls / sessions, 1),
        "lambda_calls_per_session": round(calls, 1),
        "lambda_ms_per_session": round(billed_s * 1000),
        "queue_messages_per_session": round(messages, 1),
        "perform_messages_per_session": round(meter.performs / sessions, 1),
        "log_bytes_per_session": round(log_bytes),
        **{f"{name}_microdollars_per_session": round(d * 1e6, 2) for name, d in dollars.items()},
        "microdollars_per_session": round(sum(dollars.values()) * 1e6, 2),
        "sessions_per_dollar": int(1 / sum(dollars.values())),
        "sessions": sessions,
    }
