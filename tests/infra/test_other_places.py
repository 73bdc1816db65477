"""A restored table, a copy in another region, and what runs there when the region is lost."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.infra.conftest import read
from tests.infra.templates import Template, strings
from tests.support.stacks import REPLICA, STANDBY, stacks

RESTORED = "strom-prod-restored"


@pytest.fixture(scope="session")
def restored() -> Template:
    return read("restored", "strom-prod")


@pytest.fixture(scope="session")
def copied() -> Template:
    return read("copied", "strom-prod")


@pytest.fixture(scope="session")
def elsewhere() -> Template:
    return read("elsewhere", "strom-prodb")


def tables_named_in(template: Template) -> set[str]:
    """Every table that some policy, function, task, alarm or widget names."""
    found = {
        name
        for text in strings(template.content["Resources"])
        for name in re.findall(r":table/([\w.-]+)", text)
    }
    for kind, key in (("AWS::Lambda::Function", "Variables"),):
        found |= {
            each["Environment"][key]["STROM_TABLE"] for each in template.of_type(kind).values()
        }
    for alarm in template.of_type("AWS::CloudWatch::Alarm").values():
        found |= {
            template.text(each["Value"])
            for each in alarm.get("Dimensions", ())
            if each["Name"] == "TableName"
        }
    return found


def test_strom_works_on_the_restored_table_and_on_no_other(restored: Template) -> None:
    assert tables_named_in(restored) == {RESTORED}
    own = restored.one("AWS::DynamoDB::GlobalTable")
    assert own["TableName"] == "strom-prod"  # kept, untouched, until somebody deletes it
    named = {each for role in ("perform", "tenant") for each in _tables_of(restored, role)}
    assert all(each.endswith(f":table/{RESTORED}") for each in named)
    assert "strom-prod-restored/index/due" in str(restored.statements("strom-prod-sweep"))


def test_metrics_are_read_under_the_name_they_are_written_by(restored: Template) -> None:
    read_from = set(re.findall(r"'Namespace': '(strom[\w-]*)'", str(restored.content)))
    assert read_from == {RESTORED}


def test_a_copy_has_a_key_recovery_and_protection_of_its_own(copied: Template) -> None:
    table = copied.one("AWS::DynamoDB::GlobalTable")
    copies = {each["Region"]: each for each in table["Replicas"]}
    assert set(copies) == {"eu-central-1", STANDBY}
    copy = copies[STANDBY]
    assert copy["DeletionProtectionEnabled"] is True
    assert copy["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"] is True
    key = copied.text(copy["SSESpecification"]["KMSMasterKeyId"])
    assert key == f"arn:aws:kms:{STANDBY}:111122223333:alias/strom-prod-table"
    standby = read("copied", "strom-prod-standby")
    assert standby.one("AWS::KMS::Alias")["AliasName"] == "alias/strom-prod-table"
    secrets = copied.of_type("AWS::SecretsManager::Secret").values()
    assert all(STANDBY in str(each["ReplicaRegions"]) for each in secrets)


def test_the_key_of_owners_secrets_can_be_copied(core: Template) -> None:
    regions = {
        each["Description"]: each.get("MultiRegion", False)
        for each in core.of_type("AWS::KMS::Key").values()
    }
    assert regions == {"strom-prod: the table": False, "strom-prod: owners' secrets": True}


def test_elsewhere_it_uses_what_was_copied_there_and_makes_none_of_it(elsewhere: Template) -> None:
    for kind in ("AWS::DynamoDB::GlobalTable", "AWS::KMS::Key", "AWS::SecretsManager::Secret"):
        assert not elsewhere.of_type(kind)
    assert tables_named_in(elsewhere) == {"strom-prod"}
    (perform,) = [
        each
        for each in elsewhere.of_type("AWS::Lambda::Function").values()
        if each["FunctionName"] == "strom-prodb-perform"
    ]
    told = perform["Environment"]["Variables"]
    assert told["STROM_KMS_KEY"] == REPLICA
    assert told["STROM_SERVER_KEY_SECRET"] == "strom-prod/server"
    opened = [
        each
        for each in elsewhere.statements("strom-prodb-perform")
        if "kms:Decrypt" in each.actions
    ]
    assert {resource for each in opened for resource in each.resources} == {REPLICA}


def test_the_front_is_not_made_twice() -> None:
    folder: Path = stacks("elsewhere")
    assert [each.name for each in folder.glob("*.template.json")] == ["strom-prodb.template.json"]


def _tables_of(template: Template, role: str) -> set[str]:
    return {
        resource
        for each in template.statements(f"strom-prod-{role}")
        if any(action.startswith("dynamodb:") for action in each.actions)
        for resource in each.resources
    }


def test_every_limit_that_a_million_charge_points_meet_can_be_raised() -> None:
    grown = read("grown", "strom-prod")
    stage = grown.one("AWS::ApiGatewayV2::Stage")["DefaultRouteSettings"]
    assert (stage["ThrottlingRateLimit"], stage["ThrottlingBurstLimit"]) == (4000, 8000)
    mapping = grown.one("AWS::Lambda::EventSourceMapping")
    assert mapping["ScalingConfig"] == {"MaximumConcurrency": 400}
    zones = {each["AvailabilityZone"] for each in grown.of_type("AWS::EC2::Subnet").values()}
    assert zones == {"eu-central-1a", "eu-central-1b", "eu-central-1c"}
    target = grown.one("AWS::ApplicationAutoScaling::ScalableTarget")
    assert (target["MinCapacity"], target["MaxCapacity"]) == (200, 400)
    for function in grown.of_type("AWS::Lambda::Function").values():
        told = function["Environment"]["Variables"]
        assert told["STROM_DUE_SHARDS"] == "16"
        assert told["STROM_TRACES_ENDPOINT"] == "https://collector.example"
        assert told["STROM_TRACES_SHARE"] == "0.001"
    for task in grown.of_type("AWS::ECS::TaskDefinition").values():
        (container,) = task["ContainerDefinitions"]
        told = {each["Name"]: each["Value"] for each in container["Environment"]}
        assert told["STROM_TRACES_ENDPOINT"] == "https://collector.example"
