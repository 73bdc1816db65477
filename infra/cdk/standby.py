"""What lies ready in another region: the key of the table's copy there.

The copy itself, and those of the secrets, are made by the stack they are copies of. The sealing
key is replicated by hand (docs/guide/runbook.md), once: CloudFormation would have to know it in
both regions at the same time.
"""

from aws_cdk import App, Duration, Environment, RemovalPolicy, Stack, Tags
from aws_cdk import aws_kms as kms

from infra.cdk.stages import Stage
from infra.cdk.storage import by_way_of_dynamodb


class StandbyStack(Stack):
    """Deployed before the core, whose table is copied with this key."""

    def __init__(self, app: App, stage: Stage) -> None:
        super().__init__(
            app,
            f"{stage.prefix}-standby",
            env=Environment(region=stage.standby_region),
            description=f"Strom ({stage.name}): what lies ready elsewhere",
            termination_protection=stage.is_protected,
        )
        Tags.of(self).add("strom", stage.name)
        key = kms.Key(
            self,
            "TableKey",
            description=f"{stage.prefix}: the copy of the table",
            enable_key_rotation=True,
            pending_window=Duration.days(30),
            removal_policy=RemovalPolicy.RETAIN if stage.is_protected else RemovalPolicy.DESTROY,
        )
        key.add_to_resource_policy(by_way_of_dynamodb(self))
        key.add_alias(stage.standby_key_alias)
