"""What alarms watch, what it costs, and how much of everything there is: on one page."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sqs as sqs

from infra.cdk.alarms import Alarms
from infra.cdk.metrics import TOLD_EVERY_S, connected, own
from infra.cdk.stages import Stage
from infra.cdk.surfaces import SURFACES

BILLING_REGION = "us-east-1"
"""Where AWS tells what an account costs, wherever it costs it."""


def dashboard(
    alarms: Alarms,
    stage: Stage,
    live: Mapping[str, lambda_.Alias],
    money: Mapping[str, cloudwatch.IMetric],
    table: dynamodb.ITableV2,
    queue: sqs.Queue,
) -> None:
    """The page ``strom-<stage>``."""
    board = cloudwatch.Dashboard(alarms, "Dashboard", dashboard_name=stage.prefix)
    board.add_widgets(
        cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(alarms.all), width=24)
    )
    board.add_widgets(
        _graph("Overdue (s), refunds in doubt", [*money.values()]),
        _graph(
            "Waiting in the perform queue",
            [queue.metric_approximate_number_of_messages_visible()],
        ),
        _graph("Charge points", [_charge_points(stage), own(stage, "Dropped", "Sum")]),
    )
    board.add_widgets(*_functions(live))
    board.add_widgets(*_owed(stage))
    board.add_widgets(
        _graph(
            "Table: units an interval",
            [
                table.metric_consumed_read_capacity_units(),
                table.metric_consumed_write_capacity_units(),
            ],
        ),
        _graph(
            "Oldest in the perform queue (s)",
            [queue.metric_approximate_age_of_oldest_message()],
        ),
        _costs(stage),
    )


def _charge_points(stage: Stage) -> cloudwatch.MathExpression:
    """Of all edges, in the mean of whatever period the page shows."""
    return cloudwatch.MathExpression(
        expression=f"here / (PERIOD(here) / {TOLD_EVERY_S})",
        using_metrics={"here": connected(stage, "Sum")},
        label="Connected",
        period=Duration.minutes(1),
    )


def _functions(live: Mapping[str, lambda_.Alias]) -> list[cloudwatch.GraphWidget]:
    each_live = [live[each.name] for each in SURFACES]
    failures = [
        metric for each in each_live for metric in (each.metric_errors(), each.metric_throttles())
    ]
    return [
        _graph("p99 (ms)", [each.metric_duration(statistic="p99") for each in each_live]),
        _graph("Calls", [each.metric_invocations() for each in each_live]),
        _graph("Errors, throttles", failures),
    ]


def _owed(stage: Stage) -> list[cloudwatch.GraphWidget]:
    def told(name: str) -> cloudwatch.Metric:
        return own(stage, name, "Maximum", minutes=60)

    return [
        _graph(
            "What drivers are owed (sats), as of the last look at all wallets", [told("OwedSats")]
        ),
        _graph("Open sessions, refunds under way", [told("SessionsOpen"), told("RefundsPaying")]),
        _graph("Oldest refund under way (s)", [told("OldestRefundPaying")]),
    ]


def _costs(stage: Stage) -> cloudwatch.GraphWidget:
    """Of the account, as AWS tells no part of it: once billing alerts are switched on, by hand, as
    only the account that pays may (docs/guide/runbook.md)."""
    total = cloudwatch.Metric(
        namespace="AWS/Billing",
        metric_name="EstimatedCharges",
        dimensions_map={"Currency": "USD"},
        statistic="Maximum",
        period=Duration.hours(6),
        region=BILLING_REGION,
        label="all",
    )
    by_service = cloudwatch.MathExpression(
        expression=(
            "SEARCH('{AWS/Billing,Currency,ServiceName} "
            'MetricName="EstimatedCharges" Currency="USD"\', \'Maximum\', 21600)'
        ),
        label="",
        period=Duration.hours(6),
        search_region=BILLING_REGION,
    )
    return cloudwatch.GraphWidget(
        title="Cost of the account since the month began ($)",
        left=[total, by_service],
        left_annotations=[
            cloudwatch.HorizontalAnnotation(value=stage.budget_usd, label="budget of the stage")
        ],
        width=8,
    )


def _graph(title: str, metrics: Sequence[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=list(metrics), width=8)
