"""Going back to the functions of the deploy before, on ministack's Lambda."""

from __future__ import annotations

import io
import secrets
import zipfile
from typing import Any

import pytest
from botocore.session import Session
from function_versions import ALIAS, FUNCTIONS, prune, rollback, versions

from tests.support.aws import REGION


@pytest.fixture
def client(ministack_endpoint: str) -> Any:
    session = Session()
    session.set_credentials("testing", "testing")
    return session.create_client("lambda", REGION, endpoint_url=ministack_endpoint)


@pytest.fixture
def stage(client: Any) -> str:
    """Deployed three times."""
    name = f"t{secrets.token_hex(3)}"
    for number in range(3):
        for function in FUNCTIONS:
            deploy(client, f"strom-{name}-{function}", number)
    return name


def deploy(client: Any, function: str, number: int) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("here.py", f"def handler(event, context):\n    return {number}\n")
    code = packed.getvalue()
    if number == 0:
        client.create_function(
            FunctionName=function,
            Runtime="python3.12",
            Handler="here.handler",
            Role="arn:aws:iam::000000000000:role/r",
            Code={"ZipFile": code},
        )
    else:
        client.update_function_code(FunctionName=function, ZipFile=code)
    version = client.publish_version(FunctionName=function)["Version"]
    change = client.create_alias if number == 0 else client.update_alias
    change(FunctionName=function, Name=ALIAS, FunctionVersion=version)


def live(client: Any, stage: str) -> set[str]:
    return {
        client.get_alias(FunctionName=f"strom-{stage}-{name}", Name=ALIAS)["FunctionVersion"]
        for name in FUNCTIONS
    }


def test_every_function_goes_back_by_one_version(client: Any, stage: str) -> None:
    assert live(client, stage) == {"3"}
    assert len(rollback(client, stage)) == len(FUNCTIONS)
    assert live(client, stage) == {"2"}


def test_the_live_version_and_the_one_before_it_are_kept(client: Any, stage: str) -> None:
    assert len(prune(client, stage)) == len(FUNCTIONS)
    for name in FUNCTIONS:
        assert versions(client, f"strom-{stage}-{name}") == [2, 3]
    assert prune(client, stage) == []
    rollback(client, stage)
    assert prune(client, stage)  # the version that was no good
    assert live(client, stage) == {"2"}


def test_where_one_has_nothing_to_go_back_to_none_goes(client: Any, stage: str) -> None:
    client.delete_function(FunctionName=f"strom-{stage}-sweep", Qualifier="1")
    client.delete_function(FunctionName=f"strom-{stage}-sweep", Qualifier="2")
    with pytest.raises(SystemExit, match="sweep: there is no version before 3"):
        rollback(client, stage)
    assert live(client, stage) == {"3"}


def test_before_the_first_deploy_there_is_nothing_to_remove(client: Any) -> None:
    assert prune(client, "never") == []


def test_they_are_the_functions_of_the_stacks() -> None:
    surfaces = pytest.importorskip("infra.cdk.surfaces", reason="run `make setup-infra`")
    assert tuple(each.name for each in surfaces.SURFACES) == FUNCTIONS
