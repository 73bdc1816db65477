"""How many tasks run, and who is told when none does."""

from __future__ import annotations

import pytest

from tests.infra.templates import Template


@pytest.mark.parametrize("name", ["edge", "worker"])
def test_a_deploy_leaves_the_number_of_tasks_as_it_is(core: Template, name: str) -> None:
    """Without a number CloudFormation sends none, so what autoscaling, or an operator who holds the
    money, has set stays; a service that is new begins with one task."""
    (service,) = [
        each
        for each in core.of_type("AWS::ECS::Service").values()
        if each["ServiceName"] == f"strom-prod-{name}"
    ]
    assert "DesiredCount" not in service
