"""What an operator must know, by mail."""

import math
from collections.abc import Mapping

from aws_cdk import Duration
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

from infra.cdk.edges import Edges
from infra.cdk.metrics import TOLD_EVERY_S, connected, own
from infra.cdk.queues import Queues
from infra.cdk.stages import Stage
from infra.cdk.surfaces import SURFACES

OVERDUE_S = 300
"""What is owed is looked at every few seconds: so late it is stuck."""
OLD_S = 24 * 3600
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
        self, queues: Queues, unheard: sqs.Queue, performing: logs.LogGroup
    ) -> dict[str, cloudwatch.IMetric]:
        """What is owed and not done; returns the metrics, for the dashboard."""
        overdue = own(self._stage, "OldestOverdue", "Maximum")
        self._alarm(
            "MoneyStuck",
            overdue,
            OVERDUE_S,
            3,
            "Something owed (a start, a stop, a refund) is minutes late, or the sweep does not "
            "run. Look at the logs of sweep and perform.",
            missing=Treat.BREACHING,
        )
        self._alarm(
            "PerformLate",
            queues.perform.metric_approximate_age_of_oldest_message(period=Duration.minutes(1)),
            OVERDUE_S,
            3,
            "What is owed waits in the perform queue for minutes. Is perform throttled, or does a "
            "wallet service that many owners use not answer?",
        )
        for name, queue in (("PerformFails", queues.failed), ("SweepFails", unheard)):
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
        self._alarm(
            "RefundOld",
            own(self._stage, "OldestRefundPaying", "Maximum", minutes=60),
            OLD_S,
            self._hours_of(1),
            "A refund has been under way, or in doubt, for a day: its owner was told and has not "
            "said what became of it. Ask them.",
            of_them=1,  # in the hours between two looks nothing is told
        )
        return {"overdue": overdue, "in doubt": needs}

    def of_edges(self, edges: Edges) -> None:
        """Charge points that go, and edges that are not well."""
        minutes = 5
        all_of_them = f"here / {minutes * 60 // TOLD_EVERY_S}"  # in the mean
        share = cloudwatch.MathExpression(
            expression=f"IF({all_of_them} > 20, gone / ({all_of_them} + gone), 0)",
            using_metrics={
                "here": connected(self._stage, "Sum", minutes),
                "gone": own(self._stage, "Dropped", "Sum", minutes),
            },
            label="share of charge points that went",
            period=Duration.minutes(minutes),
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
            edges.targets.metrics.un_healthy_host_count(
                statistic="Maximum", period=Duration.minutes(1)
            ),
            0,
            5,
            "An edge does not answer its health check for five minutes.",
        )
        self._alarm(
            "NoEdges",
            # each zone of the load balancer counts for itself: an average may be half an edge
            edges.targets.metrics.healthy_host_count(
                statistic="Maximum", period=Duration.minutes(1)
            ),
            1,
            3,
            "No edge is there: charge points keep charging, but nothing new can begin. Look at "
            "what stopped the edge's tasks in ECS.",
            missing=Treat.BREACHING,
            compare=Compare.LESS_THAN_THRESHOLD,
        )

    def of_worker(self) -> None:
        """One task alone: what it tells is missing without it, and what is missing is no number."""
        running = cloudwatch.Metric(
            namespace="ECS/ContainerInsights",
            metric_name="RunningTaskCount",
            dimensions_map={
                "ClusterName": self._stage.prefix,
                "ServiceName": f"{self._stage.prefix}-worker",
            },
            statistic="Maximum",
            period=Duration.minutes(1),
        )
        self._alarm(
            "NoWorker",
            running,
            1,
            10,
            "No worker runs: wallets, certificates and price sources are not looked at, old "
            "refunds not told of; what is owed is done each minute instead of every few seconds. "
            "Look at what stopped its task in ECS.",
            missing=Treat.BREACHING,
            compare=Compare.LESS_THAN_THRESHOLD,
        )
        self._alarm(
            "WalletsUnwatched",
            own(self._stage, "SessionsOpen", "SampleCount", minutes=60),
            1,
            self._hours_of(2),
            "Nobody has been through all wallets for two rounds: what drivers are owed and how old "
            "refunds are is not known. Look at the worker's log.",
            missing=Treat.BREACHING,
            compare=Compare.LESS_THAN_THRESHOLD,
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

    def of_gateway(self, api_id: str) -> None:
        """What drivers, wallets and owners see when nothing behind the gateway answers."""
        metric = cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name="5xx",
            dimensions_map={"ApiId": api_id},
            statistic="Sum",
            period=Duration.minutes(5),
        )
        self._alarm(
            "GatewayErrors",
            metric,
            10,
            1,
            "Drivers and wallets are answered by errors: see the logs of lnurl and portal, and "
            "whether they are throttled.",
        )

    def of_table(self, table: dynamodb.ITableV2) -> None:
        """A table, or its index of what is due, that takes no more."""
        hot = "throttles: one partition is too hot, or traffic has doubled at once."
        whole = {"TableName": table.table_name}
        due = {**whole, "GlobalSecondaryIndexName": "due"}
        for name, kind, of, what in (
            ("TableReadsThrottled", "Read", whole, f"The table {hot}"),
            ("TableWritesThrottled", "Write", whole, f"The table {hot}"),
            ("DueThrottled", "Write", due, f"The index of what is due {hot} Raise `due_shards`."),
        ):
            metric = cloudwatch.Metric(
                namespace="AWS/DynamoDB",
                metric_name=f"{kind}ThrottleEvents",
                dimensions_map=of,
                statistic="Sum",
                period=Duration.minutes(5),
            )
            self._alarm(name, metric, 10, 1, what)

    def _refunds_in_doubt(self, performing: logs.LogGroup) -> cloudwatch.IMetric:
        found = logs.MetricFilter(
            self,
            "InDoubt",
            log_group=performing,
            filter_pattern=logs.FilterPattern.string_value("$.message", "=", NEEDS_OWNER),
            metric_namespace=self._stage.table,
            metric_name="RefundsInDoubt",
            metric_value="1",
        )
        return found.metric(statistic="Sum", period=Duration.minutes(5))

    def _hours_of(self, rounds: int) -> int:
        """Within which so many looks at all wallets have ended: each waits first, then may take an
        hour for all of them."""
        return math.ceil(rounds * self._stage.wallet_watch_s / 3600) + 1

    def _alarm(
        self,
        name: str,
        metric: cloudwatch.IMetric,
        above: float,
        periods: int,
        meaning: str,
        missing: Treat = Treat.NOT_BREACHING,
        compare: Compare = Compare.GREATER_THAN_THRESHOLD,
        of_them: int | None = None,
    ) -> None:
        alarm = cloudwatch.Alarm(
            self,
            name,
            alarm_name=f"{self._stage.prefix}-{name}",
            alarm_description=meaning,
            metric=metric,
            threshold=above,
            evaluation_periods=periods,
            datapoints_to_alarm=of_them,
            comparison_operator=compare,
            treat_missing_data=missing,
        )
        alarm.add_alarm_action(actions.SnsAction(self.topic))
        alarm.add_ok_action(actions.SnsAction(self.topic))
        self.all.append(alarm)
