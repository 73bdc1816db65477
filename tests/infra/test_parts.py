"""The parts as the app expects them: table, functions, environment, edges, alarms."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.settings import DEFAULTS, Settings
from app.storage import schema
from tests.infra.templates import Properties, Template
from tests.support.servers import ROOT

COST = {
    "AWS::ApiGatewayV2::Api",
    "AWS::ApiGatewayV2::Stage",
    "AWS::CloudFront::Distribution",
    "AWS::CloudWatch::Alarm",
    "AWS::DynamoDB::GlobalTable",
    "AWS::ECS::Cluster",
    "AWS::ECS::Service",
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    "AWS::KMS::Key",
    "AWS::Lambda::Function",
    "AWS::Logs::LogGroup",
    "AWS::SQS::Queue",
    "AWS::SecretsManager::Secret",
    "AWS::WAFv2::WebACL",
}
"""What AWS asks money for."""


def environment_of(core: Template, function: str) -> dict[str, str]:
    (found,) = [
        each
        for each in core.of_type("AWS::Lambda::Function").values()
        if each["FunctionName"] == f"strom-prod-{function}"
    ]
    return {key: core.text(value) for key, value in found["Environment"]["Variables"].items()}


def test_the_table_is_the_one_that_strom_makes_elsewhere(core: Template) -> None:
    table = core.one("AWS::DynamoDB::GlobalTable")
    assert table["AttributeDefinitions"] == schema._ATTRIBUTES
    assert table["KeySchema"] == schema._KEY
    (index,) = table["GlobalSecondaryIndexes"]
    assert index["IndexName"] == schema.DUE_INDEX
    assert index["KeySchema"] == schema._DUE_KEY
    assert index["Projection"] == {"ProjectionType": "KEYS_ONLY"}
    assert table["TimeToLiveSpecification"] == {
        "AttributeName": schema.EXPIRY_ATTRIBUTE,
        "Enabled": True,
    }
    assert table["BillingMode"] == "PAY_PER_REQUEST"


def test_the_table_is_kept_whatever_happens_to_the_stack(core: Template) -> None:
    (logical_id,) = core.of_type("AWS::DynamoDB::GlobalTable")
    whole = core.whole(logical_id)
    assert whole["DeletionPolicy"] == whole["UpdateReplacePolicy"] == "Retain"
    (replica,) = whole["Properties"]["Replicas"]
    assert replica["DeletionProtectionEnabled"] is True
    assert replica["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    assert "TableKey" in str(replica["SSESpecification"]["KMSMasterKeyId"])
    assert whole["Properties"]["SSESpecification"] == {"SSEEnabled": True, "SSEType": "KMS"}
    for key in core.of_type("AWS::KMS::Key"):
        assert core.whole(key)["DeletionPolicy"] == "Retain"
        assert core.whole(key)["Properties"]["EnableKeyRotation"] is True


def test_every_function_has_its_module_and_starts_alike(core: Template) -> None:
    functions = core.of_type("AWS::Lambda::Function")
    modules = {path.stem for path in (ROOT / "app/entrypoints/lambdas").glob("*.py")}
    for each in functions.values():
        module, _, name = each["Handler"].rpartition(".")
        assert name == "handler"
        assert module.rpartition(".")[2] in modules
        assert each["Runtime"] == "python3.12"
        assert each["Architectures"] == ["arm64"]
    assert {each["Handler"].split(".")[-2] for each in functions.values()} == {
        "lnurl",
        "portal",
        "internal",
        "perform",
        "sweep",
    }
    for alias in core.of_type("AWS::Lambda::Alias").values():
        assert alias["Name"] == "live"


def test_who_is_waited_for_starts_from_a_snapshot(core: Template) -> None:
    snapped = {
        each["FunctionName"].removeprefix("strom-prod-")
        for each in core.of_type("AWS::Lambda::Function").values()
        if each.get("SnapStart") == {"ApplyOn": "PublishedVersions"}
    }
    assert snapped == {"lnurl", "portal", "internal", "perform"}


def test_a_function_waits_for_what_its_snapshot_reads(core: Template) -> None:
    """Its start reads secrets: without the policy it could not be published."""
    for logical_id in core.of_type("AWS::Lambda::Function"):
        waits_for = " ".join(core.whole(logical_id)["DependsOn"])
        assert "policy" in waits_for
        assert "ServerSecret" in waits_for


@pytest.mark.parametrize("function", ["lnurl", "portal", "internal", "perform", "sweep"])
def test_what_a_function_is_told_are_settings_of_ours(core: Template, function: str) -> None:
    told = environment_of(core, function)
    assert told.pop("KEYS") == "1"
    for name in told:
        assert name.startswith("STROM_")
        assert name.removeprefix("STROM_").lower() in DEFAULTS
    wanted = {"STROM_KMS_KEY", "STROM_SERVER_KEY_SECRET", "STROM_PERFORM_QUEUE_URL"}
    assert wanted <= set(told)
    assert ("STROM_TENANT_ROLE" in told) == (function in ("lnurl", "portal"))
    assert ("STROM_FRONT_SECRET" in told) == (function in ("lnurl", "portal"))
    assert ("STROM_PERFORM_FUNCTION" in told) == (function in ("lnurl", "portal"))


def container(core: Template, name: str) -> Properties:
    (found,) = [
        each
        for definition in core.of_type("AWS::ECS::TaskDefinition").values()
        for each in definition["ContainerDefinitions"]
        if each["Name"] == name
    ]
    return found


def test_the_edge_is_told_where_things_are_and_nothing_secret(core: Template) -> None:
    told = {each["Name"]: each["Value"] for each in container(core, "edge")["Environment"]}
    assert all(name.removeprefix("STROM_").lower() in DEFAULTS for name in told)
    assert not {"STROM_KMS_KEY", "STROM_SERVER_KEY_SECRET", "STROM_PERFORM_QUEUE_URL"} & set(told)
    assert told["STROM_EDGE_BEHIND_TLS"] == "true"


@pytest.mark.parametrize("name", ["edge", "worker"])
def test_tasks_are_read_only_not_root_and_given_time_to_end(core: Template, name: str) -> None:
    found = container(core, name)
    assert found["ReadonlyRootFilesystem"] is True
    assert found["User"] == "10001"
    assert found["StopTimeout"] == 120
    assert found["Ulimits"] == [{"Name": "nofile", "SoftLimit": 65536, "HardLimit": 65536}]


def test_edges_drain_within_the_time_that_fargate_gives(core: Template) -> None:
    told = {each["Name"]: each["Value"] for each in container(core, "edge")["Environment"]}
    assert int(told["STROM_DRAIN_S"]) < container(core, "edge")["StopTimeout"]


def test_edges_grow_with_charge_points_and_shrink_slowly(core: Template) -> None:
    policies = [
        each["TargetTrackingScalingPolicyConfiguration"]
        for each in core.of_type("AWS::ApplicationAutoScaling::ScalingPolicy").values()
    ]
    (by_chargers,) = [each for each in policies if "CustomizedMetricSpecification" in each]
    metric = by_chargers["CustomizedMetricSpecification"]
    assert (metric["MetricName"], metric["Namespace"]) == ("Connected", "strom-prod")
    assert metric["Statistic"] == "Average"
    assert by_chargers["TargetValue"] == 7000
    assert all(each["ScaleInCooldown"] == 1800 for each in policies)
    target = core.one("AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (2, 20)


def test_a_deploy_begins_new_edges_before_it_ends_old_ones(core: Template) -> None:
    services = {
        each["ServiceName"]: each["DeploymentConfiguration"]
        for each in core.of_type("AWS::ECS::Service").values()
    }
    assert services["strom-prod-edge"]["MinimumHealthyPercent"] == 100
    assert all(
        each["DeploymentCircuitBreaker"] == {"Enable": True, "Rollback": True}
        for each in services.values()
    )


def test_who_pays_is_not_cut_off_while_its_lease_lasts(core: Template) -> None:
    perform = core.of_type("AWS::Lambda::Function")
    (timeout,) = [
        each["Timeout"] for each in perform.values() if each["FunctionName"] == "strom-prod-perform"
    ]
    assert timeout > Settings().lease_s
    queues = {each["QueueName"]: each for each in core.of_type("AWS::SQS::Queue").values()}
    assert queues["strom-prod-perform"]["VisibilityTimeout"] >= 6 * timeout
    assert queues["strom-prod-perform"]["RedrivePolicy"]["maxReceiveCount"] == 5
    mapping = core.one("AWS::Lambda::EventSourceMapping")
    assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]


def test_the_sweep_comes_each_minute(core: Template) -> None:
    schedule = core.one("AWS::Scheduler::Schedule")
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert "DeadLetterConfig" in schedule["Target"]


def test_an_operator_is_told_what_must_be_known(core: Template) -> None:
    alarms = {
        each["AlarmName"].removeprefix("strom-prod-"): each
        for each in core.of_type("AWS::CloudWatch::Alarm").values()
    }
    assert {
        "MoneyStuck",
        "PerformFails",
        "SweepFails",
        "RefundsNeedOwners",
        "RefundOld",
        "ChargersDropping",
        "EdgesUnhealthy",
        "LnurlSlow",
        "PortalSlow",
        "InternalSlow",
        "LnurlThrottled",
        "PerformErrors",
        "PerformLate",
        "NoEdges",
        "GatewayErrors",
        "TableWritesThrottled",
        "DueThrottled",
    } <= set(alarms)
    assert alarms["MoneyStuck"]["TreatMissingData"] == "breaching"
    for each in alarms.values():
        assert each["AlarmActions"]
        assert len(each["AlarmDescription"]) > 20
    assert alarms["NoEdges"]["TreatMissingData"] == "breaching"
    index = [each["Value"] for each in alarms["DueThrottled"]["Dimensions"]]
    assert schema.DUE_INDEX in index  # an index is throttled, and counted, apart from its table


def test_every_queue_of_failures_has_its_alarm(core: Template) -> None:
    queues = core.of_type("AWS::SQS::Queue")
    ends = {
        name
        for name, each in queues.items()
        if name in str([one.get("RedrivePolicy", "") for one in queues.values()])
        or name in str(core.of_type("AWS::Scheduler::Schedule"))
    }
    assert len(ends) == 2
    watched = str(
        [each.get("Dimensions") for each in core.of_type("AWS::CloudWatch::Alarm").values()]
    )
    assert all(name in watched for name in ends)


def test_the_budget_counts_what_bears_the_stages_tag(core: Template, front: Template) -> None:
    budget = core.one("AWS::Budgets::Budget")["Budget"]
    assert budget["BudgetLimit"]["Amount"] == 300
    assert budget["CostFilters"] == {"TagKeyValue": ["user:strom$prod"]}
    tag = {"Key": "strom", "Value": "prod"}
    for template in (core, front):
        for logical_id, resource in template.content["Resources"].items():
            if resource["Type"] in COST:
                tags = resource["Properties"].get("Tags") or _of_replicas(resource["Properties"])
                listed = [tags] if isinstance(tags, dict) else tags
                assert tag in listed or {"strom": "prod"} in listed, logical_id
    for service in core.of_type("AWS::ECS::Service").values():
        assert service["PropagateTags"] == "SERVICE"  # tasks are what Fargate bills


def _of_replicas(properties: Properties) -> list[dict[str, str]]:
    found: list[dict[str, str]] = []
    for replica in properties.get("Replicas", ()):
        found += replica["Tags"]
    return found


def test_metrics_that_alarms_and_scaling_read_are_written_somewhere(core: Template) -> None:
    """Names are agreed on between the templates and the app by nothing but this test."""
    written = "".join(
        (ROOT / "app/entrypoints" / name).read_text()
        for name in ("edge.py", "emf.py", "lambdas/sweep.py")
    )
    read = set(re.findall(r"'MetricName': '(\w+)', 'Namespace': 'strom-prod'", str(core.content)))
    read |= set(re.findall(r'"strom-prod","(\w+)"', str(core.content)))
    assert {"Connected", "Dropped", "OldestOverdue"} <= read
    assert all(f'"{name}"' in written for name in read - {"RefundsInDoubt"})
    (pattern,) = [
        each["FilterPattern"] for each in core.of_type("AWS::Logs::MetricFilter").values()
    ]
    (said,) = re.findall(r'"([^"]+)"', pattern)
    assert f'log.warning("{said}"' in (ROOT / "app/bootstrap/adapters.py").read_text()


def test_image_and_functions_come_from_one_place() -> None:
    assert (ROOT / "Dockerfile").exists()
    assert "10001" in Path(ROOT / "Dockerfile").read_text()


def test_an_operators_shell_is_told_what_the_worker_is(core: Template) -> None:
    told = core.text(core.content["Outputs"]["Settings"]["Value"])
    given = dict(pair.split("=", 1) for pair in told.split(" "))
    worker = {
        each["Name"]: core.text(each["Value"]) for each in container(core, "worker")["Environment"]
    }
    assert given == {name: value for name, value in worker.items() if name != "KEYS"}
