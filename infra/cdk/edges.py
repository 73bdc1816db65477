"""The edges: charge points' sockets behind a network load balancer that takes TLS off; where charge
points come with certificates, a second port of it passes on what it cannot read (ADR 25)."""

from collections.abc import Mapping

from aws_cdk import Duration, Stack
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from aws_cdk import aws_elasticloadbalancingv2 as balancing
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_route53 as dns
from aws_cdk import aws_route53_targets as dns_targets
from constructs import Construct

from infra.cdk.metrics import connected
from infra.cdk.nag import because
from infra.cdk.network import Network
from infra.cdk.stages import Stage
from infra.cdk.tasks import STOP_S, Task

PORT = 9000
TLS_PORT = 9443
"""Where an edge takes TLS itself."""
CPU = 1024
MEMORY_MB = 2048
DRAIN_S = 100  # STROM_DRAIN_S at most; what is left until the kill is for saving


class Edges(Construct):
    """As many tasks as there are charge points for; a deploy lets them go one after another."""

    def __init__(
        self,
        scope: Construct,
        stage: Stage,
        network: Network,
        zone: dns.IHostedZone,
        image: ecs.ContainerImage,
        internal: lambda_.Alias,
        internal_url: lambda_.FunctionUrl,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, "Edges")
        self.certificate = self._exportable(stage, zone) if stage.certificate_port else None
        self.task = Task(
            self,
            stage,
            image,
            "edge",
            cpu=CPU,
            memory_mb=MEMORY_MB,
            environment={
                **environment,
                "STROM_HOST": "0.0.0.0",  # noqa: S104  # only the load balancer's group reaches it
                "STROM_EDGE_PORT": str(PORT),
                "STROM_EDGE_BEHIND_TLS": "true",
                "STROM_DRAIN_S": str(DRAIN_S),
                "STROM_INTERNAL_URL": internal_url.url,
                **self._with_tls(),
            },
            statements=[*_own_queue(stage, Stack.of(self)), *_calls(internal), *self._exports()],
            ports=(PORT, TLS_PORT) if self.certificate else (PORT,),
        )
        assert DRAIN_S < STOP_S
        self._groups(stage, network)
        self.service = self._service(stage, network)
        self.balancer, self.targets = self._balancer(stage, network, zone)
        self._pass_on(stage)
        self._scale(stage)

    def _exportable(self, stage: Stage, zone: dns.IHostedZone) -> acm.Certificate:
        """Of the same root as the load balancer's: who came by TLS trusts this one as well."""
        return acm.Certificate(
            self,
            "Exportable",
            domain_name=stage.chargers,
            validation=acm.CertificateValidation.from_dns(zone),
            allow_export=True,
        )

    def _with_tls(self) -> dict[str, str]:
        if self.certificate is None:
            return {}
        return {
            "STROM_EDGE_TLS_ACM": self.certificate.certificate_arn,
            "STROM_EDGE_TLS_PORT": str(TLS_PORT),
        }

    def _exports(self) -> list[iam.PolicyStatement]:
        """The key of this one certificate."""
        if self.certificate is None:
            return []
        return [
            iam.PolicyStatement(
                actions=["acm:ExportCertificate"], resources=[self.certificate.certificate_arn]
            )
        ]

    def _groups(self, stage: Stage, network: Network) -> None:
        self.balancer_group = ec2.SecurityGroup(
            self, "BalancerGroup", vpc=network.vpc, allow_all_outbound=False
        )
        for port in filter(None, (443, stage.certificate_port)):
            for anybody in (ec2.Peer.any_ipv4(), ec2.Peer.any_ipv6()):
                self.balancer_group.add_ingress_rule(anybody, ec2.Port.tcp(port), "charge points")
        because(
            self.balancer_group,
            "AwsSolutions-EC23",
            "Charge points come from any network; all that is open takes TLS.",
        )
        self.task_group = ec2.SecurityGroup(self, "TaskGroup", vpc=network.vpc)
        for port in (PORT, TLS_PORT) if self.certificate else (PORT,):
            self.task_group.add_ingress_rule(
                self.balancer_group, ec2.Port.tcp(port), "the load balancer alone"
            )
            self.balancer_group.add_egress_rule(self.task_group, ec2.Port.tcp(port), "the edges")

    def _service(self, stage: Stage, network: Network) -> ecs.FargateService:
        return ecs.FargateService(
            self,
            "Service",
            service_name=f"{stage.prefix}-edge",
            cluster=network.cluster,
            task_definition=self.task.definition,
            # no desired_count: each deploy would set it, and undo what autoscaling has found
            min_healthy_percent=100,  # new ones first: nobody waits for a place
            max_healthy_percent=200,
            circuit_breaker=ecs.DeploymentCircuitBreaker(enable=True, rollback=True),
            health_check_grace_period=Duration.seconds(60),
            assign_public_ip=True,
            security_groups=[self.task_group],
            vpc_subnets=ec2.SubnetSelection(subnet_type=ec2.SubnetType.PUBLIC),
            enable_execute_command=False,
            propagate_tags=ecs.PropagatedTagSource.SERVICE,
        )

    def _balancer(
        self, stage: Stage, network: Network, zone: dns.IHostedZone
    ) -> tuple[balancing.NetworkLoadBalancer, balancing.NetworkTargetGroup]:
        balancer = balancing.NetworkLoadBalancer(
            self,
            "Balancer",
            vpc=network.vpc,
            internet_facing=True,
            security_groups=[self.balancer_group],
            cross_zone_enabled=True,
            deletion_protection=stage.is_protected,
        )
        because(
            balancer,
            "AwsSolutions-ELB2",
            "Its access logs (of TLS alone) name charge points' paths; the edge logs who comes and "
            "goes without them.",
        )
        certificate = acm.Certificate(
            self,
            "Certificate",
            domain_name=stage.chargers,
            validation=acm.CertificateValidation.from_dns(zone),
        )
        listener = balancer.add_listener(
            "Wss",
            port=443,
            protocol=balancing.Protocol.TLS,
            certificates=[balancing.ListenerCertificate.from_certificate_manager(certificate)],
            ssl_policy=balancing.SslPolicy.RECOMMENDED_TLS,
        )
        targets = listener.add_targets(
            "Edges",
            port=PORT,
            protocol=balancing.Protocol.TCP,
            targets=[self.service],
            preserve_client_ip=True,  # limits are by address
            deregistration_delay=Duration.seconds(STOP_S),
            health_check=_health(),
        )
        dns.ARecord(
            self,
            "Here",
            zone=zone,
            record_name=f"{stage.chargers}.",
            target=dns.RecordTarget.from_alias(dns_targets.LoadBalancerTarget(balancer)),
        )
        return balancer, targets

    def _pass_on(self, stage: Stage) -> None:
        """Bytes as they come: whose certificate it is only shows to who takes the TLS off."""
        if self.certificate is None:
            return
        listener = self.balancer.add_listener(
            "WithCertificates", port=stage.certificate_port, protocol=balancing.Protocol.TCP
        )
        listener.add_targets(
            "EdgesByTls",
            port=TLS_PORT,
            protocol=balancing.Protocol.TCP,
            targets=[
                self.service.load_balancer_target(container_name="edge", container_port=TLS_PORT)
            ],
            preserve_client_ip=True,
            deregistration_delay=Duration.seconds(STOP_S),
            health_check=_health(port=str(PORT)),  # an edge listens on both ports or on none
        )

    def _scale(self, stage: Stage) -> None:
        least, most = stage.edge_tasks
        count = self.service.auto_scale_task_count(min_capacity=least, max_capacity=most)
        count.scale_to_track_custom_metric(
            "Chargers",
            metric=connected(stage, "Average"),
            target_value=stage.chargers_per_task,
            scale_out_cooldown=Duration.minutes(2),
            scale_in_cooldown=Duration.minutes(30),  # every task that goes closes its sockets
        )
        count.scale_on_cpu_utilization(
            "Cpu",
            target_utilization_percent=70,
            scale_in_cooldown=Duration.minutes(30),
        )


def _health(port: str | None = None) -> balancing.HealthCheck:
    return balancing.HealthCheck(
        protocol=balancing.Protocol.HTTP,
        path="/health",
        port=port,
        interval=Duration.seconds(10),
        healthy_threshold_count=2,
        unhealthy_threshold_count=3,
    )


def _own_queue(stage: Stage, stack: Stack) -> list[iam.PolicyStatement]:
    """An edge makes, reads and removes its queue; it sends to none."""
    return [
        iam.PolicyStatement(
            actions=[
                "sqs:CreateQueue",
                "sqs:DeleteMessage",
                "sqs:DeleteQueue",
                "sqs:GetQueueUrl",
                "sqs:ReceiveMessage",
            ],
            resources=[stack.format_arn(service="sqs", resource=f"{stage.prefix}-edge-*")],
        )
    ]


def _calls(internal: lambda_.Alias) -> list[iam.PolicyStatement]:
    """The app's internal surface, through its URL and in no other way."""
    return [
        iam.PolicyStatement(
            actions=["lambda:InvokeFunctionUrl"],
            resources=[internal.function_arn],
            conditions={"StringEquals": {"lambda:FunctionUrlAuthType": "AWS_IAM"}},
        ),
        iam.PolicyStatement(
            actions=["lambda:InvokeFunction"],
            resources=[internal.function_arn],
            conditions={"Bool": {"lambda:InvokedViaFunctionUrl": "true"}},
        ),
    ]
