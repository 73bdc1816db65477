"""What the world reaches: the front, charge points' port, and nothing else."""

from __future__ import annotations

import json

import pytest

from app.entrypoints.lambdas.web import FRONT, HOST, VIEWER
from tests.infra.templates import Template, strings

ANY = ("0.0.0.0/0", "::/0")


def test_one_port_is_open_to_the_world(core: Template) -> None:
    opened = [
        (group["GroupDescription"], rule["FromPort"], rule["ToPort"])
        for group in core.of_type("AWS::EC2::SecurityGroup").values()
        for rule in group.get("SecurityGroupIngress", ())
        if rule.get("CidrIp") in ANY or rule.get("CidrIpv6") in ANY
    ]
    assert opened == [("strom-prod/Edges/BalancerGroup", 443, 443)] * 2


def test_edges_are_reached_through_the_load_balancer_alone(core: Template) -> None:
    (rule,) = core.of_type("AWS::EC2::SecurityGroupIngress").values()
    assert "BalancerGroup" in str(rule["SourceSecurityGroupId"])
    assert (rule["FromPort"], rule["ToPort"]) == (9000, 9000)
    assert "CidrIp" not in rule


def test_charge_points_come_by_tls(core: Template) -> None:
    listener = core.one("AWS::ElasticLoadBalancingV2::Listener")
    assert (listener["Port"], listener["Protocol"]) == (443, "TLS")
    assert listener["SslPolicy"].startswith("ELBSecurityPolicy-TLS13-1-2-")


def test_the_function_url_takes_signed_requests_alone(core: Template) -> None:
    url = core.one("AWS::Lambda::Url")
    assert url["AuthType"] == "AWS_IAM"
    assert "Cors" not in url


def test_functions_are_called_by_gateway_and_scheduler_alone(core: Template) -> None:
    callers = {each["Principal"] for each in core.of_type("AWS::Lambda::Permission").values()}
    assert callers == {"apigateway.amazonaws.com"}
    called = {
        core.text(core.whole(alias)["Properties"]["FunctionName"])
        for each in core.of_type("AWS::Lambda::Permission").values()
        for alias in core.of_type("AWS::Lambda::Alias")
        if alias in str(each["FunctionName"])
    }
    assert called == {"<strom-prod-lnurl>", "<strom-prod-portal>"}


def test_no_resource_policy_lets_in_whom_we_do_not_name(core: Template) -> None:
    """Queues and topic only refuse plain HTTP; the table's key serves the account, by the table."""
    for kind in ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy"):
        for policy in core.of_type(kind).values():
            for statement in policy["PolicyDocument"]["Statement"]:
                if statement["Principal"] in ("*", {"AWS": "*"}):
                    assert statement["Effect"] == "Deny"
    for key in core.of_type("AWS::KMS::Key").values():
        for statement in key["KeyPolicy"]["Statement"]:
            everybody = statement["Principal"] in ("*", {"AWS": "*"})
            if everybody and statement["Effect"] == "Allow":
                wanted = statement["Condition"]["StringEquals"]
                assert core.text(wanted["kms:CallerAccount"]) == "111122223333"
                assert wanted["kms:ViaService"] == "dynamodb.eu-central-1.amazonaws.com"


def test_the_gateway_answers_under_its_own_name_alone_and_logs_no_path(core: Template) -> None:
    assert core.one("AWS::ApiGatewayV2::Api")["DisableExecuteApiEndpoint"] is True
    assert core.one("AWS::ApiGatewayV2::DomainName")["DomainName"] == "origin.strom.example"
    stage = core.one("AWS::ApiGatewayV2::Stage")
    logged = json.loads(stage["AccessLogSettings"]["Format"])
    assert not [value for value in logged.values() if "path" in value.lower()]
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0


def test_the_front_shows_its_key_and_says_who_asks(front: Template) -> None:
    for distribution in front.of_type("AWS::CloudFront::Distribution").values():
        config = distribution["DistributionConfig"]
        for origin in config["Origins"]:
            assert origin["DomainName"] == "origin.strom.example"
            (header,) = origin["OriginCustomHeaders"]
            assert header["HeaderName"] == FRONT
            secret = front.text(header["HeaderValue"])
            assert secret.startswith("{{resolve:secretsmanager:")
            assert ":secret:strom-prod/front:" in secret or ":strom-prod/front:" in secret
            assert origin["CustomOriginConfig"]["OriginProtocolPolicy"] == "https-only"
        behaviors = [config["DefaultCacheBehavior"], *config.get("CacheBehaviors", ())]
        assert all(each["ViewerProtocolPolicy"] == "redirect-to-https" for each in behaviors)
        assert all(len(each["FunctionAssociations"]) == 1 for each in behaviors)
    code = front.one("AWS::CloudFront::Function")["FunctionCode"]
    for header in (HOST, VIEWER):
        assert f"request.headers['{header}'] = " in code
    assert FRONT not in code


def test_every_distribution_stands_behind_the_firewall(front: Template) -> None:
    distributions = front.of_type("AWS::CloudFront::Distribution")
    assert len(distributions) == 2
    for each in distributions.values():
        assert "Firewall" in str(each["DistributionConfig"]["WebACLId"])
    rules = front.one("AWS::WAFv2::WebACL")["Rules"]
    assert rules[0]["Name"] == "Limit"
    assert "Block" in rules[0]["Action"]


def test_pages_and_addresses_are_never_kept_by_the_front(front: Template) -> None:
    disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"  # CloudFront's CachingDisabled
    for each in front.of_type("AWS::CloudFront::Distribution").values():
        config = each["DistributionConfig"]
        assert config["DefaultCacheBehavior"]["CachePolicyId"] == disabled
        kept = {behavior["PathPattern"] for behavior in config.get("CacheBehaviors", ())}
        assert kept <= {"/static/*", "/assets/*"}


def test_owners_domains_have_certificates_of_their_own(front: Template) -> None:
    tenant = front.one("AWS::CloudFront::DistributionTenant")
    assert tenant["Domains"] == ["pay.acme.example"]
    assert tenant["ManagedCertificateRequest"]["PrimaryDomainName"] == "pay.acme.example"


@pytest.mark.parametrize("name", ["core", "front"])
def test_no_bucket_and_no_secret_is_in_a_template(
    request: pytest.FixtureRequest, name: str
) -> None:
    template: Template = request.getfixturevalue(name)
    assert not template.of_type("AWS::S3::Bucket")
    for secret in template.of_type("AWS::SecretsManager::Secret").values():
        assert "SecretString" not in secret
    text = "\n".join(strings(template.content["Resources"]))
    assert "BEGIN" not in text
    assert "AKIA" not in text
