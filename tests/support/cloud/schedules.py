"""EventBridge Scheduler on ministack: the schedule of the stacks, which it fires itself.

ministack would run a Lambda target in a Python of its own, and ours runs in forked processes. So
the target's ARN is a queue's, and the host passes on what arrives there, as Scheduler's invocation
of the function would come. Expression, time window and retries are the template's own. ministack
looks every ten seconds and knows no rate below a minute, as AWS: for a journey that need not wait
as long, the same schedule stands there again, once for each ten seconds (``at(…)``).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from tests.support.aws import REGION

LOOKS_EVERY_S = 10
AHEAD_S = 600
ROLE = "arn:aws:iam::000000000000:role/scheduler"


def of_stacks(template: Path) -> Mapping[str, Any]:
    """The one schedule of a template, as CreateSchedule takes it."""
    resources = json.loads(template.read_text())["Resources"].values()
    (found,) = [each for each in resources if each["Type"] == "AWS::Scheduler::Schedule"]
    properties: Mapping[str, Any] = found["Properties"]
    return properties


def begin(ministack: str, name: str, schedule: Mapping[str, Any], queue: str) -> None:
    """Have ministack fire it into a queue, by its own expression and every ten seconds."""
    now = datetime.now(UTC)
    moments = [now + timedelta(seconds=each) for each in range(0, AHEAD_S, LOOKS_EVERY_S)]
    often = [f"at({moment:%Y-%m-%dT%H:%M:%S})" for moment in moments]
    with httpx.Client(base_url=ministack, trust_env=False) as client:
        for number, expression in enumerate([schedule["ScheduleExpression"], *often]):
            _create(client, f"{name}-{number}", schedule, queue, expression)


def _create(
    client: httpx.Client, name: str, schedule: Mapping[str, Any], queue: str, expression: str
) -> None:
    target = {**schedule["Target"], "Arn": queue, "RoleArn": ROLE}
    target.pop("DeadLetterConfig", None)
    answer = client.post(
        f"/schedules/{name}",
        json={
            "ScheduleExpression": expression,
            "FlexibleTimeWindow": schedule["FlexibleTimeWindow"],
            "State": schedule.get("State", "ENABLED"),
            "Target": target,
        },
        headers={
            "authorization": f"AWS4-HMAC-SHA256 Credential=testing/20260101/{REGION}/scheduler/"
            "aws4_request, SignedHeaders=host, Signature=0"
        },
    )
    answer.raise_for_status()
