"""The worker: sweeps every few seconds, looks at wallets and certificates."""

from collections.abc import Mapping

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from infra.cdk.nag import because
from infra.cdk.network import Network
from infra.cdk.rights import Resources, statements
from infra.cdk.surfaces import WORKER_RIGHTS
from infra.cdk.tasks import Task

CPU = 256
MEMORY_MB = 512


class Worker(Construct):
    """One task; while it is replaced, the sweep function does what cannot wait.

    A new service begins with one. No ``desired_count``: a deploy while the money is held
    (docs/guide/runbook.md) would start it again.
    """

    def __init__(
        self,
        scope: Construct,
        on: Resources,
        network: Network,
        image: ecs.ContainerImage,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, "Worker")
        perform = f"{on.stage.prefix}-perform:live"
        self.task = Task(
            self,
            on.stage,
            image,
            "worker",
            cpu=CPU,
            memory_mb=MEMORY_MB,
            environment={
                **environment,
                "STROM_PERFORM_FUNCTION": perform,
                "KEYS": str(on.stage.keys),  # another definition is another task, which reads them
            },
            statements=[
                statement
                for right in sorted(WORKER_RIGHTS, key=lambda right: right.name)
                for statement in statements(right, on)
            ],
        )
        because(
            self.task,
            "AwsSolutions-IAM5[Resource::*]",
            "SQS lists names of queues for the whole account or not at all.",
        )
        self.service = ecs.FargateService(
            self,
            "Service",
            service_name=f"{on.stage.prefix}-worker",
            cluster=network.cluster,
            task_definition=self.task.definition,
            min_healthy_percent=0,
            max_healthy_percent=200,
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            assign_public_ip=True,
            security_groups=[ec2.SecurityGroup(self, "Group", vpc=network.vpc)],
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
            enable_execute_command=False,
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
        )
