"""What an operator must know, by mail; and a dashboard of the same."""

from collections.abc import Mapping

from aws_cdk import Duration
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sns_subscriptions as subscriptions
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.cdk.edges import Edges, connected
from infra.cdk.stages import Stage
from infra.cdk.surfaces import SURFACES

OVERDUE_S = 300
"""What is owed is looked at every few seconds: so late it is stuck."""
DROPPED_SHARE = 0.2
"""Of connected charge points, within five minutes."""
NEEDS_OWNER = "a refund needs its owner"
"""Logged by `app.bootstrap.adapters`."""
Treat = cloudwatch.TreatMissingData
Compare = cloudwatch.ComparisonOperator


class Alarms(Construct):
    """Each alarm has a sentence that says what it means and what to do first."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "Alarms")
        self._stage = stage
        self.topic = sns.Topic(self, "Topic", topic_name=f"{stage.prefix}-alarms", enforce_ssl=True)
        self.topic.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("cloudwatch.amazonaws.com")],
                actions=["sns:Publish"],
                resources=[self.topic.topic_arn],
            )
        )
        self.topic.add_subscription(subscriptions.EmailSubscription(stage.alarms_to))
        self.all: list[cloudwatch.Alarm] = []

    def of_money(
        self, failed: sqs.Queue, unheard: sqs.Queue, performing: logs.LogGroup
    ) -> dict[str, cloudwatch.IMetric]:
        """What is owed and not done; returns the metrics, for the dashboard."""
        overdue = self._own("OldestOverdue", "Maximum")
        self._alarm(
            "MoneyStuck",
            overdue,
            OVERDUE_S,
            3,
            "Something owed (a start, a stop, a refund) is minutes late, or the sweep does not "
            "run. Look at the logs of sweep and perform.",
            missing=Treat.BREACHING,
        )
        for name, queue in (("PerformFails", failed), ("SweepFails", unheard)):
            self._alarm(
                name,
                queue.metric_approximate_number_of_messages_visible(period=Duration.minutes(1)),
                0,
                1,
                "What failed five times lies in this queue; the log of perform says why. It is "
                "still owed in the table: mend the cause, then purge the queue.",
            )
        needs = self._refunds_in_doubt(performing)
        self._alarm(
            "RefundsNeedOwners",
            needs,
            10,
            1,
            "Many refunds at once could not be paid or are in doubt: is one wallet service down?",
        )
        return {"overdue": overdue, "in doubt": needs}

    def of_edges(self, edges: Edges) -> None:
        """Charge points that go, and edges that are not well."""
        gone = self._own("Dropped", "Sum", minutes=5)
        here = connected(self._stage, "Maximum").with_(period=Duration.minutes(5))
        share = cloudwatch.MathExpression(
            expression="IF(here > 20, gone / (here + gone), 0)",
            using_metrics={"here": here, "gone": gone},
            label="share of charge points that went",
            period=Duration.minutes(5),
        )
        self._alarm(
            "ChargersDropping",
            share,
            DROPPED_SHARE,
            1,
            "Charge points lose their connections, more than a deploy explains. Look at the edge's "
            "log: which reasons, one network or all?",
        )
        self._alarm(
            "EdgesUnhealthy",
            edges.targets.metrics.un_healthy_host_count(period=Duration.minutes(1)),
            0,
            5,
            "An edge does not answer its health check for five minutes.",
        )

    def of_functions(self, live: Mapping[str, lambda_.Alias]) -> None:
        """Slow, failing or throttled functions."""
        for surface in SURFACES:
            alias, name = live[surface.name], surface.name.capitalize()
            if surface.p99_ms:
                self._alarm(
                    f"{name}Slow",
                    alias.metric_duration(statistic="p99", period=Duration.minutes(5)),
                    surface.p99_ms,
                    2,
                    "One answer in a hundred takes longer than somebody waits.",
                )
            self._alarm(
                f"{name}Errors",
                alias.metric_errors(statistic="Sum", period=Duration.minutes(5)),
                5,
                1,
                "The function fails: see its log.",
            )
            self._alarm(
                f"{name}Throttled",
                alias.metric_throttles(statistic="Sum", period=Duration.minutes(5)),
                0,
                1,
                "The account's limit of concurrent functions is reached: have it raised.",
            )

    def of_table(self, table: dynamodb.TableV2) -> None:
        """A table that takes no more."""
        for kind in ("Read", "Write"):
            metric = cloudwatch.Metric(
                namespace="AWS/DynamoDB",
                metric_name=f"{kind}ThrottleEvents",
                dimensions_map={"TableName": table.table_name},
                statistic="Sum",
                period=Duration.minutes(5),
            )
            self._alarm(
                f"Table{kind}sThrottled",
                metric,
                10,
                1,
                "The table throttles: one partition is too hot, or traffic has doubled at once.",
            )

    def of_cost(self) -> None:
        """A mail at 80 % of the month's budget, and when it will not last."""
        stage = self._stage
        mail = budgets.CfnBudget.SubscriberProperty(
            address=stage.alarms_to, subscription_type="EMAIL"
        )
        at = {"ACTUAL": 80, "FORECASTED": 100}
        budgets.CfnBudget(
            self,
            "Budget",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=stage.prefix,
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=stage.budget_usd, unit="USD"),
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        notification_type=kind,
                        comparison_operator="GREATER_THAN",
                        threshold=percent,
                    ),
                    subscribers=[mail],
                )
                for kind, percent in at.items()
            ],
        )

    def dashboard(
        self,
        live: Mapping[str, lambda_.Alias],
        money: Mapping[str, cloudwatch.IMetric],
        table: dynamodb.TableV2,
        queue: sqs.Queue,
    ) -> None:
        """The same on one page."""
        board = cloudwatch.Dashboard(self, "Dashboard", dashboard_name=self._stage.prefix)
        board.add_widgets(
            cloudwatch.AlarmStatusWidget(title="Alarms", alarms=list(self.all), width=24)
        )
        board.add_widgets(
            _graph("Overdue (s), refunds in doubt", [*money.values()]),
            _graph(
                "Waiting in the perform queue",
                [queue.metric_approximate_number_of_messages_visible()],
            ),
            _graph(
                "Charge points", [connected(self._stage, "Average"), self._own("Dropped", "Sum")]
            ),
        )
        board.add_widgets(
            _graph(
                "p99 (ms)", [live[each.name].metric_duration(statistic="p99") for each in SURFACES]
            ),
            _graph("Calls", [live[each.name].metric_invocations() for each in SURFACES]),
            _graph(
                "Errors, throttles",
                [
                    metric
                    for each in SURFACES
                    for metric in (
                        live[each.name].metric_errors(),
                        live[each.name].metric_throttles(),
                    )
                ],
            ),
        )
        board.add_widgets(
            _graph(
                "Table: units an interval",
                [
                    table.metric_consumed_read_capacity_units(),
                    table.metric_consumed_write_capacity_units(),
                ],
            ),
        )

    def _refunds_in_doubt(self, performing: logs.LogGroup) -> cloudwatch.IMetric:
        found = logs.MetricFilter(
            self,
            "InDoubt",
            log_group=performing,
            filter_pattern=logs.FilterPattern.string_value("$.message", "=", NEEDS_OWNER),
            metric_namespace=self._stage.prefix,
            metric_name="RefundsInDoubt",
            metric_value="1",
        )
        return found.metric(statistic="Sum", period=Duration.minutes(5))

    def _own(self, name: str, statistic: str, minutes: int = 1) -> cloudwatch.Metric:
        return cloudwatch.Metric(
            namespace=self._stage.prefix,
            metric_name=name,
            statistic=statistic,
            period=Duration.minutes(minutes),
        )

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        above: float,
        periods: int,
        meaning: str,
        missing: Treat = Treat.NOT_BREACHING,
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=f"{self._stage.prefix}-{name}",
            alarm_description=meaning,
            metric=metric,
            threshold=above,
            evaluation_periods=periods,
            comparison_operator=Compare.GREATER_THAN_THRESHOLD,
            treat_missing_data=missing,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        alarm.add_ok_action(actions.SnsAction(self.topic))
        self.all.append(alarm)


def _graph(title: str, metrics: list[cloudwatch.IMetric]) -> cloudwatch.GraphWidget:
    return cloudwatch.GraphWidget(title=title, left=metrics, width=8)
