"""What the key that seals owners' secrets refuses by itself, whatever IAM allows to whom."""

from __future__ import annotations

import json
import re
import subprocess
from typing import Any

import pytest

from tests.infra.iam import is_allowed
from tests.infra.templates import Properties, Statement, Template
from tests.infra.test_rights import KEY, MAY, of
from tests.support.servers import ROOT

ACCOUNT = "arn:aws:iam::111122223333"
OPENING = ("kms:Decrypt", "kms:ReEncryptFrom")
SEALING = (
    "kms:Encrypt",
    "kms:GenerateDataKey",
    "kms:GenerateDataKeyWithoutPlaintext",
    "kms:GenerateDataKeyPair",
    "kms:ReEncryptTo",
)
OTHERS = (
    f"{ACCOUNT}:root",
    f"{ACCOUNT}:user/admin",
    f"{ACCOUNT}:role/cdk-hnb659fds-cfn-exec-role-111122223333-eu-central-1",
    f"{ACCOUNT}:role/strom-dev-perform",
    f"{ACCOUNT}:role/strom-prod-perform2",
    f"{ACCOUNT}:role/path/strom-prod-perform",
    "arn:aws:iam::444455556666:role/strom-prod-perform",
)
EVERYTHING = Statement("Allow", frozenset({"*"}), frozenset({"*"}), {})
"""What an administrator has by IAM, and whoever was given too much."""


def role(name: str, stage: str = "prod") -> str:
    return f"{ACCOUNT}:role/strom-{stage}-{name}"


EVERYBODY = (*map(role, MAY), *OTHERS)


def policy(core: Template) -> Properties:
    """Of the sealing key, as KMS has it: with the names in it."""
    (key,) = [
        each
        for each in core.of_type("AWS::KMS::Key").values()
        if each["Description"] == "strom-prod: owners' secrets"
    ]
    return dict(_named(core, key["KeyPolicy"]))


def _named(core: Template, value: Any) -> Any:
    if isinstance(value, list):
        return [_named(core, each) for each in value]
    if isinstance(value, dict) and not {"Ref", "Fn::Join"} & set(value):
        return {key: _named(core, each) for key, each in value.items()}
    return core.text(value)


def denials(document: Properties) -> list[Statement]:
    found = []
    for each in document["Statement"]:
        if each["Effect"] == "Deny":
            assert each["Principal"] == {"AWS": "*"}
            actions = [each["Action"]] if isinstance(each["Action"], str) else each["Action"]
            resources = frozenset({each["Resource"]})
            found.append(Statement("Deny", frozenset(actions), resources, each["Condition"]))
    return found


def context(who: str, kind: str) -> dict[str, str | list[str]]:
    return {
        "aws:PrincipalArn": who,
        "kms:EncryptionContext:kind": kind,
        "kms:EncryptionContext:tenant": "abcdefghijkl",
        "kms:EncryptionContextKeys": ["kind", "tenant"],
    }


def is_left_to_iam(document: Properties, who: str, action: str, kind: str) -> bool:
    return is_allowed([EVERYTHING, *denials(document)], action, KEY, context(who, kind))


@pytest.mark.parametrize("action", OPENING)
def test_perform_alone_opens_wallets_whoever_else_may_use_keys(core: Template, action: str) -> None:
    opening = {who for who in EVERYBODY if is_left_to_iam(policy(core), who, action, "wallet")}
    assert opening == {role("perform")}


@pytest.mark.parametrize("action", SEALING)
def test_the_portal_alone_seals_wallets_so_nobody_puts_another_in_its_place(
    core: Template, action: str
) -> None:
    sealing = {who for who in EVERYBODY if is_left_to_iam(policy(core), who, action, "wallet")}
    assert sealing == {role("portal")}


def test_who_has_a_right_by_iam_is_not_refused_it_by_the_key(core: Template) -> None:
    document, used = policy(core), 0
    for name in MAY:
        for kind in ("wallet", "setup", "prices"):
            for action in ("kms:Decrypt", "kms:GenerateDataKey"):
                given = context(role(name), kind)
                if is_allowed(of(core, name), action, KEY, given):
                    assert is_allowed([*of(core, name), *denials(document)], action, KEY, given)
                    used += 1
    assert used > 10


@pytest.mark.parametrize("kind", ["setup", "prices"])
def test_other_secrets_are_left_to_iam(core: Template, kind: str) -> None:
    for who in EVERYBODY:
        for action in (*OPENING, *SEALING):
            assert is_left_to_iam(policy(core), who, action, kind)


@pytest.mark.parametrize(
    "action",
    ["PutKeyPolicy", "GetKeyPolicy", "DescribeKey", "ReplicateKey", "RotateKeyOnDemand",
     "EnableKeyRotation", "ScheduleKeyDeletion", "CancelKeyDeletion", "TagResource"],
)  # fmt: skip
def test_nobody_who_cares_for_the_key_is_locked_out(core: Template, action: str) -> None:
    """The account's IAM decides about the key itself: what is refused can be taken back."""
    document = policy(core)
    (account,) = [each for each in document["Statement"] if each["Effect"] == "Allow"]
    assert account["Principal"] == {"AWS": f"{ACCOUNT}:root"}
    assert account["Action"] == "kms:*"
    for who in EVERYBODY:
        assert is_left_to_iam(document, who, f"kms:{action}", "wallet")


def test_the_copy_of_the_key_is_given_the_same_policy_for_who_takes_over(core: Template) -> None:
    """A copy has a policy of its own, and by default one that refuses nothing."""
    runbook = (ROOT / "docs/guide/runbook.md").read_text()
    (made,) = re.findall(r"aws kms replicate-key .*?```", runbook, re.DOTALL)
    (expression,) = re.findall(r"sed '([^']+)'", made)
    done = subprocess.run(
        ["sed", expression],  # as somebody would at night
        input=json.dumps(policy(core)), capture_output=True, text=True, check=True,
    )  # fmt: skip
    copied = json.loads(done.stdout)
    everybody = (*EVERYBODY, *(role(name, "prodb") for name in MAY))
    for actions, name in ((OPENING, "perform"), (SEALING, "portal")):
        for action in actions:
            may = {who for who in everybody if is_left_to_iam(copied, who, action, "wallet")}
            assert may == {role(name, "prodb")}
