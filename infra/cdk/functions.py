"""The Lambda functions, from the list in `surfaces.py`."""

from collections.abc import Mapping
from pathlib import Path

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as sources
from aws_cdk import aws_logs as logs
from aws_cdk import aws_scheduler as scheduler
from aws_cdk import aws_scheduler_targets as targets
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.cdk.logbook import log_group
from infra.cdk.nag import because
from infra.cdk.rights import Resources, explain_edge_queues, statements
from infra.cdk.surfaces import INTERNAL, PERFORM, SURFACES, SWEEP, Right, Surface

BATCH = 10


class Functions(Construct):
    """A function, a role and a log for each surface; behind the alias ``live``."""

    def __init__(
        self, scope: Construct, on: Resources, zips: Path, environment: Mapping[str, str]
    ) -> None:
        super().__init__(scope, "Functions")
        self._on = on
        self._zips = zips
        self._environment = environment
        self.roles: dict[str, iam.Role] = {}
        self.logs: dict[str, logs.LogGroup] = {}
        self.live: dict[str, lambda_.Alias] = {}
        for surface in SURFACES:
            self.live[surface.name] = self._function(surface)
        self.internal_url = self.live[INTERNAL.name].add_function_url(
            auth_type=lambda_.FunctionUrlAuthType.AWS_IAM
        )

    def perform_from(self, queue: sqs.Queue) -> None:
        """The *perform* function takes what lies in the queue."""
        source = sources.SqsEventSource(
            queue,
            batch_size=BATCH,
            report_batch_item_failures=True,
            max_concurrency=self._on.stage.performs_at_once,  # a wallet is asked by a bucket too
        )
        self.live[PERFORM.name].add_event_source(source)

    def sweep_each_minute(self, unheard: sqs.Queue) -> None:
        """Scheduler's shortest interval; the worker sweeps every few seconds between."""
        scheduler.Schedule(
            self,
            "EachMinute",
            schedule=scheduler.ScheduleExpression.rate(Duration.minutes(1)),
            description="What is overdue is found also while no worker runs",
            target=targets.LambdaInvoke(
                self.live[SWEEP.name],
                retry_attempts=0,  # the next one comes in a minute
                max_event_age=Duration.minutes(1),
                dead_letter_queue=unheard,
            ),
        )

    def _function(self, surface: Surface) -> lambda_.Alias:
        prefix = self._on.stage.prefix
        group = log_group(self, self._on.stage, surface.name)
        role, policy = self._role(surface, group)
        function = lambda_.Function(
            self,
            surface.name,
            function_name=f"{prefix}-{surface.name}",
            description=f"Strom ({self._on.stage.name}): {surface.name}",
            runtime=lambda_.Runtime.PYTHON_3_12,
            architecture=lambda_.Architecture.ARM_64,
            handler=f"app.entrypoints.lambdas.{surface.name}.handler",
            code=lambda_.Code.from_asset(str(self._zips / surface.packed)),
            memory_size=surface.memory_mb,
            timeout=Duration.seconds(surface.timeout_s),
            role=role.without_policy_updates(),
            log_group=group,
            environment=self._environment_of(surface),
            # what `make rollback` goes back to; `make deploy` removes the older ones
            current_version_options=lambda_.VersionOptions(removal_policy=RemovalPolicy.RETAIN),
            snap_start=lambda_.SnapStartConf.ON_PUBLISHED_VERSIONS if surface.is_snapped else None,
        )
        because(
            function,
            "AwsSolutions-L1",
            "Python 3.12: a library for LNURL does not resolve on a newer one (docs/adr/0001).",
        )
        function.node.add_dependency(policy)  # a snapshot is made by running what needs it
        self.roles[surface.name], self.logs[surface.name] = role, group
        return lambda_.Alias(
            self, f"{surface.name}-live", alias_name="live", version=function.current_version
        )

    def _role(self, surface: Surface, group: logs.LogGroup) -> tuple[iam.Role, iam.Policy]:
        role = iam.Role(
            self,
            f"{surface.name}-role",
            role_name=f"{self._on.stage.prefix}-{surface.name}",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
        )
        policy = iam.Policy(self, f"{surface.name}-policy", roles=[role])
        policy.add_statements(
            iam.PolicyStatement(
                actions=["logs:CreateLogStream", "logs:PutLogEvents"],
                resources=[group.log_group_arn],
            )
        )
        for right in sorted(surface.rights, key=lambda right: right.name):
            policy.add_statements(*statements(right, self._on))
        if surface is PERFORM:
            policy.add_statements(
                iam.PolicyStatement(
                    actions=["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
                    resources=[self._on.perform_queue.queue_arn],
                )
            )
        explain_edge_queues(policy, self._on.stage)
        return role, policy

    def _environment_of(self, surface: Surface) -> dict[str, str]:
        """Only what it needs to know: a setting that is not there is a right not meant."""
        rights, on = surface.rights, self._on
        found = dict(self._environment)
        found["KEYS"] = str(on.stage.keys)  # another environment is another version
        if Right.FRONT_KEY in rights:
            found["STROM_FRONT_SECRET"] = on.stage.front_secret
        if Right.ONE_TENANT in rights:
            found["STROM_TENANT_ROLE"] = on.tenant_role_arn
        if Right.ASK_WALLETS in rights:
            found["STROM_PERFORM_FUNCTION"] = f"{on.stage.prefix}-perform:live"
        return found
