"""How many tasks run, and who is told when none does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.entrypoints.edge import COUNTED_EVERY_S
from tests.infra.conftest import read
from tests.infra.templates import Properties, Template


@pytest.mark.parametrize("name", ["edge", "worker"])
def test_a_deploy_leaves_the_number_of_tasks_as_it_is(core: Template, name: str) -> None:
    """Without a number CloudFormation sends none, so what autoscaling, or an operator who holds the
    money, has set stays; a service that is new begins with one task."""
    (service,) = [
        each
        for each in core.of_type("AWS::ECS::Service").values()
        if each["ServiceName"] == f"strom-prod-{name}"
    ]
    assert "DesiredCount" not in service


# --- who is told ------------------------------------------------------------------------------


def alarm(template: Template, name: str) -> Properties:
    (found,) = [
        each
        for each in template.of_type("AWS::CloudWatch::Alarm").values()
        if each["AlarmName"] == f"strom-prod-{name}"
    ]
    return found


def reckoned(metrics: list[Properties], **told: float) -> float:
    """What CloudWatch makes of a period's metrics by the expression beside them."""
    (expression,) = [each["Expression"] for each in metrics if "Expression" in each]
    known = {each["Id"] for each in metrics if "MetricStat" in each}
    assert known == set(told)
    either = {"IF": lambda holds, one, other: one if holds else other}
    value: float = eval(expression, either, dict(told))  # our own template's
    return value


@pytest.mark.parametrize(("edges", "on_each"), [(1, 40), (16, 6_670), (151, 6_670)])
def test_ordinary_coming_and_going_is_no_alarm_however_many_there_are(
    core: Template, edges: int, on_each: int
) -> None:
    found = alarm(core, "ChargersDropping")
    sums = [each["MetricStat"] for each in found["Metrics"] if "MetricStat" in each]
    assert all((each["Stat"], each["Period"]) == ("Sum", 300) for each in sums)
    all_told = edges * on_each * 300 / COUNTED_EVERY_S  # each edge tells its own every half minute
    two_a_day = edges * on_each * 2 * 300 / 86_400
    assert reckoned(found["Metrics"], here=all_told, gone=two_a_day) < 0.01
    a_third = edges * on_each / 3
    left = all_told * 2 / 3
    assert reckoned(found["Metrics"], here=left, gone=a_third) > found["Threshold"]


def test_a_handful_of_charge_points_may_all_go(core: Template) -> None:
    metrics = alarm(core, "ChargersDropping")["Metrics"]
    assert reckoned(metrics, here=20 * 300 / COUNTED_EVERY_S, gone=20) == 0


def test_one_edge_in_one_of_two_zones_is_an_edge(core: Template) -> None:
    """Each zone of the load balancer counts for itself: their average would be a half."""
    assert alarm(core, "NoEdges")["Statistic"] == "Maximum"
    assert alarm(core, "EdgesUnhealthy")["Statistic"] == "Maximum"


def test_a_worker_that_is_not_there_is_told_of(core: Template) -> None:
    found = alarm(core, "NoWorker")
    assert (found["Namespace"], found["MetricName"]) == (
        "ECS/ContainerInsights",
        "RunningTaskCount",
    )
    about = {each["Name"]: each["Value"] for each in found["Dimensions"]}
    (cluster,) = core.of_type("AWS::ECS::Cluster").values()
    assert cluster["ClusterName"] == "strom-prod"
    assert about["ServiceName"] in str(core.of_type("AWS::ECS::Service"))
    assert (found["ComparisonOperator"], found["Threshold"]) == ("LessThanThreshold", 1)
    assert found["TreatMissingData"] == "breaching"
    assert found["EvaluationPeriods"] * found["Period"] >= 600  # more than a deploy takes


@pytest.mark.parametrize(("kind", "watch_s"), [("prod", 3600), ("grown", 7200)])
def test_wallets_that_nobody_looks_at_are_told_of(kind: str, watch_s: int) -> None:
    """What only the worker tells is missing, and missing is no number that an alarm would see."""
    found = alarm(read(kind, "strom-prod"), "WalletsUnwatched")
    assert (found["MetricName"], found["Statistic"]) == ("SessionsOpen", "SampleCount")
    assert found["TreatMissingData"] == "breaching"
    within_s = found["EvaluationPeriods"] * found["Period"]
    assert 2 * watch_s < within_s <= 7 * 86_400  # a worker that begins anew waits first


@pytest.mark.parametrize(("kind", "watch_s"), [("prod", 3600), ("grown", 7200)])
def test_an_old_refund_is_seen_however_seldom_anybody_looks(kind: str, watch_s: int) -> None:
    found = alarm(read(kind, "strom-prod"), "RefundOld")
    assert found["DatapointsToAlarm"] == 1
    assert found["EvaluationPeriods"] * found["Period"] > watch_s


# --- on one page ------------------------------------------------------------------------------


def widget(core: Template, title: str) -> dict[str, Any]:
    body = json.loads(core.text(core.one("AWS::CloudWatch::Dashboard")["DashboardBody"]))
    (found,) = [
        each["properties"]
        for each in body["widgets"]
        if each["properties"].get("title", "").startswith(title)
    ]
    return dict(found)


def test_the_dashboard_counts_the_charge_points_of_all_edges(core: Template) -> None:
    lines = widget(core, "Charge points")["metrics"]
    (reckoned_from,) = [each[0] for each in lines if "expression" in each[0]]
    (told,) = [each for each in lines if "Connected" in each]
    assert told[-1]["stat"] == "Sum"
    for period in (60, 300, 3600):  # the longer the time that is looked at, the longer the period
        total = eval(  # our own template's
            reckoned_from["expression"],
            {"PERIOD": lambda _, seconds=period: seconds},
            {told[-1]["id"]: 3 * 700 * period / COUNTED_EVERY_S},
        )
        assert total == 2100


def test_the_dashboard_shows_what_the_month_has_cost(core: Template) -> None:
    """AWS tells it for the account, in one region whatever the stage's."""
    costs = widget(core, "Cost")
    (line,) = costs["annotations"]["horizontal"]
    assert line["value"] == 300
    (total,) = [each for each in costs["metrics"] if "EstimatedCharges" in each]
    assert total[:4] == ["AWS/Billing", "EstimatedCharges", "Currency", "USD"]
    assert all(each[-1]["region"] == "us-east-1" for each in costs["metrics"])
