"""What each function and task may do: all of it, and nothing else."""

from __future__ import annotations

import pytest

from tests.infra.iam import is_allowed
from tests.infra.templates import Statement, Template

# What rights are on, as it reads in the template.
TABLE = "<strom-prod.Arn>"
DUE = "<strom-prod.Arn>/index/due"
KEY = "<StorageSealingKeyDEBA8CB3.Arn>"
HERE = "eu-central-1:111122223333"
PERFORM_QUEUE = "<strom-prod-perform.Arn>"
EDGE_QUEUES = f"arn:aws:sqs:{HERE}:strom-prod-edge-*"
PERFORM = f"arn:aws:lambda:{HERE}:function:strom-prod-perform:live"
INTERNAL = "<FunctionsinternalliveEE1D936C>"
TENANT_ROLE = "arn:aws:iam::111122223333:role/strom-prod-tenant"
SERVER_KEY, FRONT_KEY = (
    f"arn:aws:secretsmanager:{HERE}:secret:strom-prod/{name}-??????" for name in ("server", "front")
)

Pair = tuple[str, str]
"""An action, and what on."""


def on(resource: str, *actions: str) -> set[Pair]:
    return {(action, resource) for action in actions}


ROWS = on(
    TABLE,
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:ConditionCheckItem",
)
OWE = on(PERFORM_QUEUE, "sqs:SendMessage")
TELL = on(EDGE_QUEUES, "sqs:SendMessage", "sqs:GetQueueUrl")
COMMON = ROWS | OWE | TELL | on(SERVER_KEY, "secretsmanager:GetSecretValue")
FRONT = on(FRONT_KEY, "secretsmanager:GetSecretValue")
ONE_TENANT = on(TENANT_ROLE, "sts:AssumeRole", "sts:TagSession")
ASK = on(PERFORM, "lambda:InvokeFunction")
SEAL, OPEN = on(KEY, "kms:GenerateDataKey"), on(KEY, "kms:Decrypt")
FIND_DUE = on(DUE, "dynamodb:Query")
LIST_QUEUES = on("*", "sqs:ListQueues")
"""Of the account or not at all: SQS knows no resource for it."""


def log(name: str) -> set[Pair]:
    return on(f"</strom-prod/{name}.Arn>", "logs:CreateLogStream", "logs:PutLogEvents")


MAY: dict[str, set[Pair]] = {
    "lnurl": COMMON | log("lnurl") | FRONT | ONE_TENANT | ASK | OPEN,
    "portal": COMMON | log("portal") | FRONT | ONE_TENANT | ASK | SEAL | OPEN,
    "internal": COMMON | log("internal") | SEAL | OPEN,
    "perform": COMMON
    | log("perform")
    | OPEN
    | on(PERFORM_QUEUE, "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"),
    "sweep": COMMON | log("sweep") | FIND_DUE,
    "worker": COMMON
    | FIND_DUE
    | ASK
    | OPEN
    | LIST_QUEUES
    | on(EDGE_QUEUES, "sqs:DeleteQueue", "sqs:GetQueueAttributes"),
    "edge": on(
        EDGE_QUEUES,
        "sqs:CreateQueue",
        "sqs:DeleteMessage",
        "sqs:DeleteQueue",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
    )
    | on(INTERNAL, "lambda:InvokeFunction", "lambda:InvokeFunctionUrl"),
    "tenant": ROWS,
}
"""The whole of what each role may do, and on what; under which conditions is below."""


def of(core: Template, name: str) -> list[Statement]:
    return core.statements(f"strom-prod-{name}")


def pairs(statements: list[Statement]) -> set[Pair]:
    return {
        (action, resource)
        for each in statements
        for action in each.actions
        for resource in each.resources
    }


@pytest.mark.parametrize("name", MAY)
def test_a_role_may_do_exactly_this(core: Template, name: str) -> None:
    assert pairs(of(core, name)) == MAY[name]


def test_no_role_of_ours_is_left_out_of_the_table(core: Template) -> None:
    named = {
        role["RoleName"] for role in core.of_type("AWS::IAM::Role").values() if "RoleName" in role
    }
    assert named == {f"strom-prod-{name}" for name in MAY}


def test_roles_that_cdk_makes_itself_only_start_what_they_are_for(core: Template) -> None:
    """Execution of tasks, Scheduler's call, flow logs: the roles without a name of ours."""
    found: dict[str, set[str]] = {}
    for logical_id, role in core.of_type("AWS::IAM::Role").items():
        if "RoleName" not in role:
            assert not role.get("ManagedPolicyArns")
            actions = {
                action
                for policy in core.of_type("AWS::IAM::Policy").values()
                if {"Ref": logical_id} in policy["Roles"]
                for statement in policy["PolicyDocument"]["Statement"]
                for action in core.texts(statement["Action"])
            }
            service = role["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"]
            found.setdefault(service, set()).update(actions)
    assert found == {
        "ecs-tasks.amazonaws.com": {
            "ecr:BatchCheckLayerAvailability",
            "ecr:BatchGetImage",
            "ecr:GetAuthorizationToken",
            "ecr:GetDownloadUrlForLayer",
            "logs:CreateLogStream",
            "logs:PutLogEvents",
        },
        "scheduler.amazonaws.com": {"lambda:InvokeFunction", "sqs:SendMessage"},
        "vpc-flow-logs.amazonaws.com": {
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
        },
    }


@pytest.mark.parametrize("name", MAY)
def test_no_action_and_no_resource_is_any(core: Template, name: str) -> None:
    for each in of(core, name):
        assert not [action for action in each.actions if "*" in action]
        may_be_any = {"*"} if pairs([each]) == LIST_QUEUES else set()
        for resource in each.resources - may_be_any:
            ends_in_pattern = resource.endswith((":strom-prod-edge-*", "-??????"))
            assert ("*" not in resource and "?" not in resource) or ends_in_pattern, resource


# --- only perform can pay ----------------------------------------------------------------------


def opens(core: Template, name: str, kind: str) -> bool:
    context = {
        "kms:EncryptionContext:kind": kind,
        "kms:EncryptionContext:tenant": "abcdefghijkl",
        "kms:EncryptionContextKeys": ["kind", "tenant"],
    }
    return is_allowed(of(core, name), "kms:Decrypt", KEY, context)


def test_one_function_alone_opens_wallets(core: Template) -> None:
    assert [name for name in MAY if opens(core, name, "wallet")] == ["perform"]


def test_other_secrets_are_opened_where_charge_points_are_told_them(core: Template) -> None:
    opening = {name for name in MAY if opens(core, name, "setup")}
    assert opening == {"portal", "internal", "perform", "worker"}


def test_who_asks_prices_opens_price_sources_and_no_other_secret_for_it(core: Template) -> None:
    opening = {name for name in MAY if opens(core, name, "prices")}
    assert opening == {"lnurl", "portal", "internal", "worker"}
    assert not opens(core, "lnurl", "setup")
    assert not [name for name in opening if opens(core, name, "wallet")]


@pytest.mark.parametrize(
    "named",
    [
        {},
        {"tenant": "abcdefghijkl"},
        {"kind": "wallet"},
        {"kind": "setup"},
        {"kind": "prices"},
        {"tenant": "abcdefghijkl", "kind": "other"},
        {"tenant": "", "kind": "wallet"},
        {"tenant": "abcdefghijkl", "kind": "wallet", "more": "x"},
    ],
)
def test_no_key_is_used_but_in_a_tenants_name_for_a_kind(
    core: Template, named: dict[str, str]
) -> None:
    context = {f"kms:EncryptionContext:{key}": value for key, value in named.items()}
    given = {**context, "kms:EncryptionContextKeys": list(named)}
    for name in MAY:
        for each in of(core, name):
            for action in each.actions & {"kms:Decrypt", "kms:GenerateDataKey"}:
                (key,) = each.resources
                assert not is_allowed([each], action, key, given)


@pytest.mark.parametrize("kind", ["wallet", "prices"])
def test_a_wallet_and_a_price_source_are_sealed_by_the_portal_alone(
    core: Template, kind: str
) -> None:
    sealing = {
        name
        for name in MAY
        for each in of(core, name)
        if "kms:GenerateDataKey" in each.actions
        and each.conditions["StringEquals"]["kms:EncryptionContext:kind"] == kind
    }
    assert sealing == {"portal"}


def test_only_perform_takes_from_its_queue(core: Template) -> None:
    for name in MAY:
        takes = is_allowed(of(core, name), "sqs:ReceiveMessage", PERFORM_QUEUE, {})
        assert takes == (name == "perform")


def test_who_asks_about_wallets_reaches_the_alias_alone(core: Template) -> None:
    function = "arn:aws:lambda:eu-central-1:111122223333:function:strom-prod-perform"
    asking = {"lnurl", "portal", "worker"}
    for name in MAY:
        statements = of(core, name)
        assert is_allowed(statements, "lambda:InvokeFunction", f"{function}:live", {}) == (
            name in asking
        )
        for other in (function, f"{function}:1", f"{function}:live2"):
            assert not is_allowed(statements, "lambda:InvokeFunction", other, {})


# --- the edge ----------------------------------------------------------------------------------


def test_the_edge_reaches_no_row_no_secret_and_no_key(core: Template) -> None:
    services = {action.partition(":")[0] for each in of(core, "edge") for action in each.actions}
    assert services == {"lambda", "sqs"}


def test_the_edge_calls_the_app_by_its_url_and_in_no_other_way(core: Template) -> None:
    statements = of(core, "edge")
    (alias,) = {
        resource
        for each in statements
        if "lambda:InvokeFunctionUrl" in each.actions
        for resource in each.resources
    }
    (made,) = [
        each
        for logical_id, each in core.of_type("AWS::Lambda::Alias").items()
        if logical_id in alias
    ]
    assert core.text(made["FunctionName"]) == "<strom-prod-internal>"
    assert not is_allowed(statements, "lambda:InvokeFunction", alias, {})
    by_url = {"lambda:InvokedViaFunctionUrl": "true"}
    assert is_allowed(statements, "lambda:InvokeFunction", alias, by_url)


def test_a_secret_is_read_by_whoever_needs_it(core: Template) -> None:
    arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:strom-prod"
    readers = {
        "server": {"lnurl", "portal", "internal", "perform", "sweep", "worker"},
        "front": {"lnurl", "portal"},
    }
    for secret, who in readers.items():
        reading = {
            name
            for name in MAY
            if is_allowed(
                of(core, name), "secretsmanager:GetSecretValue", f"{arn}/{secret}-AbC123", {}
            )
        }
        assert reading == who
