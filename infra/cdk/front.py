"""What the world sees: CloudFront with the provider's certificate, and the firewall's rules.

In us-east-1, where CloudFront wants both. It needs nothing of the core's stack but its name in DNS
and the secret that Secrets Manager copies there.
"""

from collections.abc import Mapping

from aws_cdk import App, CfnOutput, Environment, SecretValue, Stack, Tags
from aws_cdk import aws_certificatemanager as acm
from aws_cdk import aws_cloudfront as cloudfront
from aws_cdk import aws_cloudfront_origins as origins
from aws_cdk import aws_route53 as dns
from aws_cdk import aws_route53_targets as dns_targets
from constructs import Construct

from infra.cdk.firewall import Firewall
from infra.cdk.nag import because
from infra.cdk.own_domains import OwnDomains
from infra.cdk.stages import Stage
from infra.cdk.storage import FRONT_REGION

KEPT_PATHS = ("/static/*", "/assets/*")
"""Files whose address changes with their content."""
TELLS_WHO = """\
function handler(event) {
    var request = event.request;
    request.headers['x-strom-host'] = {value: request.headers.host.value};
    request.headers['x-strom-viewer'] = {value: event.viewer.ip};
    return request;
}
"""
"""The origin is asked under its own name: this says which was meant, and by whom. What a viewer
sends under these names is overwritten."""


class FrontStack(Stack):
    """Distribution, certificate, firewall, names."""

    def __init__(self, app: App, stage: Stage) -> None:
        super().__init__(
            app,
            f"{stage.prefix}-front",
            env=Environment(region=FRONT_REGION),
            description=f"Strom ({stage.name}): the front",
            termination_protection=stage.is_protected,
        )
        Tags.of(self).add("strom", stage.name)
        zone = dns.HostedZone.from_hosted_zone_attributes(
            self, "Zone", hosted_zone_id=stage.hosted_zone_id, zone_name=stage.domain
        )
        names = [stage.domain, f"*.{stage.domain}"]
        certificate = acm.Certificate(
            self,
            "Certificate",
            domain_name=names[0],
            subject_alternative_names=names[1:],
            validation=acm.CertificateValidation.from_dns(zone),
        )
        firewall = Firewall(self, stage)
        origin = origins.HttpOrigin(
            stage.origin,
            protocol_policy=cloudfront.OriginProtocolPolicy.HTTPS_ONLY,
            origin_ssl_protocols=[cloudfront.OriginSslPolicy.TLS_V1_2],
            custom_headers={
                "x-strom-front": SecretValue.secrets_manager(stage.front_secret).unsafe_unwrap()
            },
        )
        tells = cloudfront.Function(
            self,
            "TellsWho",
            code=cloudfront.FunctionCode.from_inline(TELLS_WHO),
            runtime=cloudfront.FunctionRuntime.JS_2_0,
        )
        distribution = cloudfront.Distribution(
            self,
            "Distribution",
            comment=f"{stage.prefix}, keys {stage.keys}",  # or a new front key is not fetched
            domain_names=names,
            certificate=certificate,
            minimum_protocol_version=cloudfront.SecurityPolicyProtocol.TLS_V1_2_2021,
            http_version=cloudfront.HttpVersion.HTTP2_AND_3,
            price_class=cloudfront.PriceClass.PRICE_CLASS_100,
            web_acl_id=firewall.arn,
            default_behavior=_passed_on(origin, tells),
            additional_behaviors={path: _kept(origin, tells) for path in KEPT_PATHS},
        )
        _explain(distribution)
        for name in names:
            for kind in (dns.ARecord, dns.AaaaRecord):
                kind(
                    self,
                    f"{kind.__name__}-{'any' if '*' in name else 'here'}",
                    zone=zone,
                    record_name=f"{name}.",
                    target=dns.RecordTarget.from_alias(dns_targets.CloudFrontTarget(distribution)),
                )
        if stage.tenant_domains:
            OwnDomains(self, stage, firewall.arn, tells)
        CfnOutput(self, "Distribution-domain", value=distribution.distribution_domain_name)


def _associated(tells: cloudfront.Function) -> list[cloudfront.FunctionAssociation]:
    viewer = cloudfront.FunctionEventType.VIEWER_REQUEST
    return [cloudfront.FunctionAssociation(function=tells, event_type=viewer)]


def _passed_on(
    origin: cloudfront.IOrigin, tells: cloudfront.Function
) -> cloudfront.BehaviorOptions:
    """Every request, with all that the viewer sent; nothing is kept."""
    return cloudfront.BehaviorOptions(
        origin=origin,
        allowed_methods=cloudfront.AllowedMethods.ALLOW_ALL,
        cache_policy=cloudfront.CachePolicy.CACHING_DISABLED,
        origin_request_policy=cloudfront.OriginRequestPolicy.ALL_VIEWER_EXCEPT_HOST_HEADER,
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        function_associations=_associated(tells),
    )


def _kept(origin: cloudfront.IOrigin, tells: cloudfront.Function) -> cloudfront.BehaviorOptions:
    """Files, kept where they are asked for."""
    return cloudfront.BehaviorOptions(
        origin=origin,
        cache_policy=cloudfront.CachePolicy.CACHING_OPTIMIZED,
        viewer_protocol_policy=cloudfront.ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
        function_associations=_associated(tells),
        compress=True,
    )


def _explain(distribution: Construct) -> None:
    reasons: Mapping[str, str] = {
        "AwsSolutions-CFR1": "Drivers and their wallets may come from any country.",
        "AwsSolutions-CFR3": "Paths carry links to charges: who reads such a log could stop and "
        "refund them. The gateway logs routes, states and times; the firewall counts.",
    }
    for rule, reason in reasons.items():
        because(distribution, rule, reason)
