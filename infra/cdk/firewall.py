"""The firewall before the front: AWS's rules, but those that wallets would fail, and a limit."""

from aws_cdk import aws_wafv2 as waf
from constructs import Construct

from infra.cdk.stages import Stage

REQUESTS_IN_5_MIN = 3000
"""Of one address: a network of mobile phones has few of them."""
COUNTED = (
    "NoUserAgent_HEADER",
    "SizeRestrictions_QUERYSTRING",
    "SizeRestrictions_BODY",
    "GenericRFI_QUERYARGUMENTS",
    "EC2MetaDataSSRF_QUERYARGUMENTS",
    "CrossSiteScripting_QUERYARGUMENTS",
)
"""Counted and let through: wallets name no agent, a zap request (NIP-57) and payer data (LUD-18)
are JSON with addresses in the query, longer than 2 KiB; owners' forms hold prices and notes."""


class Firewall(Construct):
    """For CloudFront."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "Firewall")
        acl = waf.CfnWebACL(
            self,
            "Rules",
            name=f"{stage.prefix}-front",
            scope="CLOUDFRONT",
            default_action=waf.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_counted(f"{stage.prefix}-front"),
            rules=[
                _limit(0),
                _managed(1, "AWSManagedRulesAmazonIpReputationList"),
                _managed(2, "AWSManagedRulesKnownBadInputsRuleSet"),
                _managed(3, "AWSManagedRulesCommonRuleSet", COUNTED),
            ],
        )
        self.arn = acl.attr_arn


def _limit(priority: int) -> waf.CfnWebACL.RuleProperty:
    rated = waf.CfnWebACL.RateBasedStatementProperty(
        limit=REQUESTS_IN_5_MIN, aggregate_key_type="IP"
    )
    return waf.CfnWebACL.RuleProperty(
        name="Limit",
        priority=priority,
        action=waf.CfnWebACL.RuleActionProperty(block={}),
        statement=waf.CfnWebACL.StatementProperty(rate_based_statement=rated),
        visibility_config=_counted("Limit"),
    )


def _managed(priority: int, name: str, counted: tuple[str, ...] = ()) -> waf.CfnWebACL.RuleProperty:
    overrides = [
        waf.CfnWebACL.RuleActionOverrideProperty(
            name=each, action_to_use=waf.CfnWebACL.RuleActionProperty(count={})
        )
        for each in counted
    ]
    group = waf.CfnWebACL.ManagedRuleGroupStatementProperty(
        vendor_name="AWS", name=name, rule_action_overrides=overrides or None
    )
    return waf.CfnWebACL.RuleProperty(
        name=name,
        priority=priority,
        override_action=waf.CfnWebACL.OverrideActionProperty(none={}),
        statement=waf.CfnWebACL.StatementProperty(managed_rule_group_statement=group),
        visibility_config=_counted(name),
    )


def _counted(name: str) -> waf.CfnWebACL.VisibilityConfigProperty:
    return waf.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
