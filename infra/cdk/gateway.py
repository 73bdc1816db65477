"""The HTTP API behind the front: which route goes to which function."""

import json
from collections.abc import Mapping

from aws_cdk import aws_apigatewayv2 as api
from aws_cdk import aws_apigatewayv2_integrations as integrations
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_route53 as dns
from aws_cdk import aws_route53_targets as dns_targets
from constructs import Construct

from infra.cdk.logbook import log_group
from infra.cdk.nag import because
from infra.cdk.stages import Stage
from infra.cdk.surfaces import SURFACES, Surface

BURST_S = 2
LOGGED = {
    "at": "$context.requestTime",
    "route": "$context.routeKey",
    "status": "$context.status",
    "latency_ms": "$context.responseLatency",
    "request": "$context.requestId",
}
"""Never the path: it carries tokens."""


class Gateway(Construct):
    """Answers at ``origin.`` alone; functions refuse what does not show the front's key."""

    def __init__(
        self,
        scope: Construct,
        stage: Stage,
        zone: dns.IHostedZone,
        functions: Mapping[str, lambda_.Alias],
    ) -> None:
        super().__init__(scope, "Gateway")
        self.api = api.HttpApi(
            self,
            "Api",
            api_name=stage.prefix,
            create_default_stage=False,
            disable_execute_api_endpoint=True,
        )
        for surface in SURFACES:
            self._route(surface, functions)
        self._stage(stage, self._domain(stage, zone))

    def _route(self, surface: Surface, functions: Mapping[str, lambda_.Alias]) -> None:
        for at, route in enumerate(surface.routes):
            method, _, path = route.rpartition(" ")
            key = (
                api.HttpRouteKey.with_(path, api.HttpMethod[method])
                if method
                else api.HttpRouteKey.DEFAULT
            )
            integration = integrations.HttpLambdaIntegration(
                f"{surface.name}-{at}", functions[surface.name]
            )
            made = api.HttpRoute(
                self,
                f"{surface.name}-route-{at}",
                http_api=self.api,
                integration=integration,
                route_key=key,
            )
            because(
                made,
                "AwsSolutions-APIG4",
                "Wallets and drivers have no account: functions check the front's key, then links, "
                "cookies and API keys themselves.",
            )

    def _domain(self, stage: Stage, zone: dns.IHostedZone) -> api.DomainName:
        certificate = acm.Certificate(
            self,
            "Certificate",
            domain_name=stage.origin,
            validation=acm.CertificateValidation.from_dns(zone),
        )
        domain = api.DomainName(self, "Domain", domain_name=stage.origin, certificate=certificate)
        here = dns_targets.ApiGatewayv2DomainProperties(
            domain.regional_domain_name, domain.regional_hosted_zone_id
        )
        dns.ARecord(
            self,
            "Here",
            zone=zone,
            record_name=f"{stage.origin}.",
            target=dns.RecordTarget.from_alias(here),
        )
        return domain

    def _stage(self, stage: Stage, domain: api.DomainName) -> None:
        made = self.api.add_stage(
            "Stage",
            stage_name="$default",
            auto_deploy=True,
            domain_mapping=api.DomainMappingOptions(domain_name=domain),
            throttle=api.ThrottleSettings(
                rate_limit=stage.requests_per_s, burst_limit=BURST_S * stage.requests_per_s
            ),
        )
        below = made.node.default_child
        assert isinstance(below, api.CfnStage)
        below.access_log_settings = api.CfnStage.AccessLogSettingsProperty(
            destination_arn=log_group(self, stage, "gateway").log_group_arn,
            format=json.dumps(LOGGED),
        )
