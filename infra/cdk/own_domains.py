"""Owners' own domains: a distribution of many tenants, each with a certificate of its own.

A certificate on the provider's distribution would have to name every owner's domain, and one whose
DNS is not right would hold up the deploy of all. Here each is issued by itself, as soon as the
owner's CNAME points to the connection group's endpoint.
"""

from aws_cdk import CfnOutput, SecretValue
from aws_cdk import aws_cloudfront as cloudfront
from constructs import Construct

from infra.cdk.nag import because
from infra.cdk.stages import Stage

ORIGIN = "app"
METHODS = ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"]


class OwnDomains(Construct):
    """The same front under other names."""

    def __init__(
        self, scope: Construct, stage: Stage, firewall: str, tells: cloudfront.Function
    ) -> None:
        super().__init__(scope, "OwnDomains")
        distribution = cloudfront.CfnDistribution(
            self,
            "Distribution",
            distribution_config=cloudfront.CfnDistribution.DistributionConfigProperty(
                enabled=True,
                comment=f"{stage.prefix}: owners' domains, keys {stage.keys}",
                connection_mode="tenant-only",
                http_version="http2and3",
                web_acl_id=firewall,
                origins=[_origin(stage)],
                default_cache_behavior=_behavior(tells),
            ),
        )
        because(
            distribution,
            "AwsSolutions-CFR3",
            "As for the provider's own distribution: paths carry links to charges.",
        )
        because(
            distribution,
            "AwsSolutions-CFR1",
            "Drivers and their wallets may come from any country.",
        )
        because(
            distribution,
            "AwsSolutions-CFR4",
            "Viewers see the tenants' certificates, whose least protocol is CloudFront's newest.",
        )
        group = cloudfront.CfnConnectionGroup(
            self, "Group", name=f"{stage.prefix}-own-domains", enabled=True, ipv6_enabled=True
        )
        for domain in stage.tenant_domains:
            self._tenant(domain, distribution, group)
        CfnOutput(self, "PointTo", value=group.attr_routing_endpoint)

    def _tenant(
        self,
        domain: str,
        distribution: cloudfront.CfnDistribution,
        group: cloudfront.CfnConnectionGroup,
    ) -> None:
        request = cloudfront.CfnDistributionTenant.ManagedCertificateRequestProperty(
            primary_domain_name=domain,
            validation_token_host="cloudfront",  # noqa: S106  # who answers for the certificate
        )
        cloudfront.CfnDistributionTenant(
            self,
            domain,
            name=domain.replace(".", "-"),
            distribution_id=distribution.attr_id,
            connection_group_id=group.attr_id,
            domains=[domain],
            enabled=True,
            managed_certificate_request=request,
        )


def _origin(stage: Stage) -> cloudfront.CfnDistribution.OriginProperty:
    shown = cloudfront.CfnDistribution.OriginCustomHeaderProperty(
        header_name="x-strom-front",
        header_value=SecretValue.secrets_manager(stage.front_secret).unsafe_unwrap(),
    )
    return cloudfront.CfnDistribution.OriginProperty(
        id=ORIGIN,
        domain_name=stage.origin,
        custom_origin_config=cloudfront.CfnDistribution.CustomOriginConfigProperty(
            origin_protocol_policy="https-only", origin_ssl_protocols=["TLSv1.2"]
        ),
        origin_custom_headers=[shown],
    )


def _behavior(
    tells: cloudfront.Function,
) -> cloudfront.CfnDistribution.DefaultCacheBehaviorProperty:
    return cloudfront.CfnDistribution.DefaultCacheBehaviorProperty(
        target_origin_id=ORIGIN,
        viewer_protocol_policy="redirect-to-https",
        allowed_methods=METHODS,
        cache_policy_id=cloudfront.CachePolicy.CACHING_DISABLED.cache_policy_id,
        origin_request_policy_id=(
            cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER.origin_request_policy_id
        ),
        function_associations=[
            cloudfront.CfnDistribution.FunctionAssociationProperty(
                event_type="viewer-request", function_arn=tells.function_arn
            )
        ],
    )
