"""One image, few roles: a Fargate task that runs a role of the image."""

from collections.abc import Mapping, Sequence

from aws_cdk import Duration
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.cdk.logbook import log_group
from infra.cdk.nag import because
from infra.cdk.rights import explain_edge_queues
from infra.cdk.stages import Stage

STOP_S = 120  # as long as Fargate allows
OPEN_FILES = 65_536


class Task(Construct):
    """A task definition with one container, a log, and a role of its own."""

    def __init__(
        self,
        scope: Construct,
        stage: Stage,
        image: ecs.ContainerImage,
        role_of_image: str,
        *,
        cpu: int,
        memory_mb: int,
        environment: Mapping[str, str],
        statements: Sequence[iam.PolicyStatement],
        ports: Sequence[int] = (),
    ) -> None:
        super().__init__(scope, f"{role_of_image}-task")
        self.log: logs.LogGroup = log_group(self, stage, role_of_image)
        self.role = iam.Role(
            self,
            "Role",
            role_name=f"{stage.prefix}-{role_of_image}",
            assumed_by=iam.ServicePrincipal("ecs-tasks.amazonaws.com"),
        )
        policy = iam.Policy(self, "Policy", roles=[self.role], statements=list(statements))
        explain_edge_queues(policy, stage)
        self.definition = ecs.FargateTaskDefinition(
            self,
            "Definition",
            family=f"{stage.prefix}-{role_of_image}",
            cpu=cpu,
            memory_limit_mib=memory_mb,
            task_role=self.role.without_policy_updates(),
            runtime_platform=ecs.RuntimePlatform(
                cpu_architecture=ecs.CpuArchitecture.ARM64,
                operating_system_family=ecs.OperatingSystemFamily.LINUX,
            ),
        )
        container = self.definition.add_container(
            role_of_image,
            image=image,
            command=[role_of_image],
            environment=dict(environment),
            logging=ecs.LogDrivers.aws_logs(stream_prefix=role_of_image, log_group=self.log),
            readonly_root_filesystem=True,
            stop_timeout=Duration.seconds(STOP_S),
            user="10001",
        )
        container.add_ulimits(
            ecs.Ulimit(name=ecs.UlimitName.NOFILE, soft_limit=OPEN_FILES, hard_limit=OPEN_FILES)
        )
        for port in ports:
            container.add_port_mappings(ecs.PortMapping(container_port=port))
        self._explain()

    def _explain(self) -> None:
        because(
            self.definition,
            "AwsSolutions-ECS2",
            "The environment holds names and addresses, no secrets: those are read from Secrets "
            "Manager by the task's role.",
        )
        because(
            self.definition,
            "AwsSolutions-IAM5[Resource::*]",
            "CDK's execution role asks ECR for a login, which knows no resource.",
        )
