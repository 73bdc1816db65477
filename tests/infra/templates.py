"""The stacks' templates as they would go to CloudFormation, read back as plain data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Template:
    """One stack."""

    content: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path) -> Template:
        return cls(json.loads(path.read_text()))

    def of_type(self, kind: str) -> dict[str, Properties]:
        """Properties by logical id."""
        return {
            name: resource.get("Properties", {})
            for name, resource in self.content["Resources"].items()
            if resource["Type"] == kind
        }

    def one(self, kind: str) -> Properties:
        (found,) = self.of_type(kind).values()
        return found

    def whole(self, logical_id: str) -> Mapping[str, Any]:
        """With its type and policies."""
        resource: Mapping[str, Any] = self.content["Resources"][logical_id]
        return resource

    def text(self, value: Any) -> str:
        """A value as it reads once resources have names; ``<Id.Attribute>``: not known."""
        match value:
            case str():
                return value
            case {"Ref": "AWS::Partition"}:
                return "aws"
            case {"Ref": "AWS::AccountId"}:
                return "111122223333"
            case {"Ref": name}:
                return f"<{self._named(name)}>"
            case {"Fn::GetAtt": [name, attribute]}:
                return f"<{self._named(name)}.{attribute}>"
            case {"Fn::Join": [between, parts]}:
                return str(between).join(self.text(part) for part in parts)
        raise AssertionError(f"cannot read {value}")

    def texts(self, values: Any) -> list[str]:
        listed = values if isinstance(values, list) else [values]
        return [self.text(value) for value in listed]

    def _named(self, logical_id: str) -> str:
        """The name that we gave, where we gave one."""
        properties = self.content["Resources"].get(logical_id, {}).get("Properties", {})
        for key in ("RoleName", "QueueName", "FunctionName", "TableName", "LogGroupName"):
            if isinstance(properties.get(key), str):
                return str(properties[key])
        return logical_id

    # --- who may do what ---------------------------------------------------------------------

    def role(self, name: str) -> tuple[str, Properties]:
        """A role by the name it has in AWS."""
        for logical_id, role in self.of_type("AWS::IAM::Role").items():
            if role.get("RoleName") == name:
                return logical_id, role
        raise AssertionError(f"there is no role {name}")

    def statements(self, role_name: str) -> list[Statement]:
        """All that a role may do, wherever it is written."""
        logical_id, role = self.role(role_name)
        assert not role.get("ManagedPolicyArns"), "a policy of AWS's own says more than we know"
        documents = [each["PolicyDocument"] for each in role.get("Policies", ())]
        for policy in self.of_type("AWS::IAM::Policy").values():
            if {"Ref": logical_id} in policy["Roles"]:
                documents.append(policy["PolicyDocument"])
        return [
            Statement(
                effect=each["Effect"],
                actions=frozenset(_listed(each["Action"])),
                resources=frozenset(self.texts(each["Resource"])),
                conditions=each.get("Condition", {}),
            )
            for document in documents
            for each in document["Statement"]
        ]


@dataclass(frozen=True)
class Statement:
    effect: str
    actions: frozenset[str]
    resources: frozenset[str]
    conditions: Mapping[str, Mapping[str, Any]]


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def strings(value: Any) -> Iterator[str]:
    """Every string in a piece of a template."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
