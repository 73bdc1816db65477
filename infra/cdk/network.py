"""The network of edges and worker: public subnets without a NAT, and nothing let in but by the
load balancer.

A NAT gateway costs $33 a month and zone, and more for traffic, only to hide addresses that security
groups close anyway. Functions are in no network at all.
"""

from typing import Any

from aws_cdk import aws_ec2 as ec2
from aws_cdk import aws_ecs as ecs
from constructs import Construct

from infra.cdk.logbook import log_group
from infra.cdk.stages import Stage


class Network(Construct):
    """Where tasks run."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "Network")
        self.vpc = ec2.Vpc(
            self,
            "Vpc",
            **_zones(stage),
            nat_gateways=0,
            subnet_configuration=[
                ec2.SubnetConfiguration(
                    name="public", subnet_type=ec2.SubnetType.PUBLIC, cidr_mask=20
                )
            ],
            gateway_endpoints={
                "Table": ec2.GatewayVpcEndpointOptions(
                    service=ec2.GatewayVpcEndpointAwsService.DYNAMODB
                )
            },
            restrict_default_security_group=False,
        )
        self.vpc.add_flow_log(
            "Refused",
            destination=ec2.FlowLogDestination.to_cloud_watch_logs(
                log_group(self, stage, "refused-packets")
            ),
            traffic_type=ec2.FlowLogTrafficType.REJECT,
        )
        self.cluster = ecs.Cluster(
            self,
            "Cluster",
            cluster_name=stage.prefix,
            vpc=self.vpc,
            container_insights_v2=ecs.ContainerInsights.ENABLED,
        )


def _zones(stage: Stage) -> dict[str, Any]:
    """Without an account, the CDK knows of two; a third is called by its name."""
    if stage.zones == 2:
        return {"max_azs": 2}
    return {"availability_zones": [f"{stage.region}{letter}" for letter in "abc"[: stage.zones]]}
