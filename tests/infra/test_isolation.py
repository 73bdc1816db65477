"""A tenant cannot name another's rows: decided as IAM decides, on the policies as synthesised."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.records import keys
from tests.infra.iam import is_allowed
from tests.infra.templates import Template

ID = st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=12, max_size=12)
OWN_PREFIX = ("internal", "perform", "sweep", "worker")
"""Behind the guard, but of all tenants."""


def table(core: Template) -> str:
    (found,) = {
        resource for each in core.statements("strom-prod-tenant") for resource in each.resources
    }
    return found


def reaches(core: Template, role: str, action: str, *rows: str, tenant: str | None = None) -> bool:
    context: dict[str, str | list[str]] = {}
    if rows:
        context["dynamodb:LeadingKeys"] = list(rows)
    if tenant is not None:
        context["aws:PrincipalTag/tenant"] = tenant
    statements = core.statements(f"strom-prod-{role}")
    return is_allowed(statements, f"dynamodb:{action}", table(core), context)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ours=ID, theirs=ID, session=ID)
def test_with_a_tenants_tag_its_rows_are_reached_and_no_others(
    core: Template, ours: str, theirs: str, session: str
) -> None:
    own = [
        keys.tenant_pk(ours),
        keys.session_pk(ours, session),
        keys.charge_point_pk(ours, session),
        keys.claim(ours, "payment", session).pk,
    ]
    for action in ("GetItem", "Query", "PutItem", "UpdateItem", "DeleteItem", "ConditionCheckItem"):
        assert reaches(core, "tenant", action, *own, tenant=ours)
        if theirs != ours:
            other = keys.session_pk(theirs, session)
            assert not reaches(core, "tenant", action, other, tenant=ours)
            assert not reaches(core, "tenant", action, own[0], other, tenant=ours)


def test_an_id_that_begins_like_another_reaches_nothing_of_it(core: Template) -> None:
    for row in ("T#acme2#", "T#acme-corp#S#1", "T#acm#", "T#acme", "T#ACME#", "T#*#", "T#"):
        assert not reaches(core, "tenant", "GetItem", row, tenant="acme")


def test_without_a_tag_or_without_a_key_nothing_is_reached(core: Template) -> None:
    assert not reaches(core, "tenant", "GetItem", "T#acme#")
    for role in ("tenant", "lnurl", "portal", *OWN_PREFIX):
        for action in ("Query", "GetItem"):
            assert not reaches(core, role, action, tenant="acme")


@pytest.mark.parametrize("role", ["lnurl", "portal"])
def test_what_the_world_reaches_has_no_tenants_rows_of_its_own(core: Template, role: str) -> None:
    assert reaches(core, role, "GetItem", keys.directory("address", "a@b").pk)
    assert not reaches(core, role, "GetItem", "T#acme#")
    assert not reaches(core, role, "PutItem", "T#acme#", "G#address#a")


@pytest.mark.parametrize("role", OWN_PREFIX)
def test_what_serves_all_tenants_reaches_tenants_and_directory_alone(
    core: Template, role: str
) -> None:
    assert reaches(core, role, "UpdateItem", "T#acme#S#1")
    assert reaches(core, role, "GetItem", "G#address#a")
    for row in ("DUE#0", "X#", "", "t#acme#"):
        assert not reaches(core, role, "GetItem", row)


def test_the_directory_and_tenants_are_not_reached_by_one_tenants_role(core: Template) -> None:
    assert not reaches(core, "tenant", "GetItem", "G#address#a", tenant="acme")


@pytest.mark.parametrize("role", ["lnurl", "portal", "tenant", *OWN_PREFIX])
@pytest.mark.parametrize(
    "action",
    [
        "Scan",
        "BatchGetItem",
        "BatchWriteItem",
        "PartiQLSelect",
        "DeleteTable",
        "ExportTableToPointInTime",
    ],
)
def test_nobody_may_go_around_the_keys(core: Template, role: str, action: str) -> None:
    assert not reaches(core, role, action, "T#acme#", tenant="acme")


def test_what_is_due_is_read_by_sweep_and_worker_alone(core: Template) -> None:
    index = f"{table(core)}/index/due"
    for role in ("lnurl", "portal", "tenant", "internal", "perform", "sweep", "worker", "edge"):
        statements = core.statements(f"strom-prod-{role}")
        context = {"dynamodb:LeadingKeys": ["DUE#0"], "aws:PrincipalTag/tenant": "acme"}
        may = is_allowed(statements, "dynamodb:Query", index, context)
        assert may == (role in ("sweep", "worker"))
        assert not is_allowed(statements, "dynamodb:Query", index, {})


def test_a_tenants_role_is_assumed_with_a_tenants_tag_and_nothing_else(core: Template) -> None:
    _, role = core.role("strom-prod-tenant")
    statements = role["AssumeRolePolicyDocument"]["Statement"]
    trusted = {
        core.text(principal)
        for each in statements
        for principal in (
            each["Principal"]["AWS"]
            if isinstance(each["Principal"]["AWS"], list)
            else [each["Principal"]["AWS"]]
        )
    }
    assert trusted == {"<strom-prod-lnurl.Arn>", "<strom-prod-portal.Arn>"}
    for each in statements:
        condition = each["Condition"]
        assert condition["StringLike"] == {"aws:RequestTag/tenant": "?" * 12}
        assert condition["ForAllValues:StringEquals"] == {"aws:TagKeys": ["tenant"]}


def test_what_the_world_reaches_may_assume_that_role_alone(core: Template) -> None:
    for role in ("lnurl", "portal"):
        (resources,) = [
            each.resources
            for each in core.statements(f"strom-prod-{role}")
            if "sts:AssumeRole" in each.actions
        ]
        assert resources == {"arn:aws:iam::111122223333:role/strom-prod-tenant"}
