"""The table and the keys: what everything else stands on."""

from aws_cdk import CfnOutput, CfnTag, Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secrets
from constructs import Construct

from infra.cdk.nag import because
from infra.cdk.rights import WALLET
from infra.cdk.stages import Stage
from infra.cdk.surfaces import SURFACES, Right

FRONT_REGION = "us-east-1"
RECOVERABLE = dynamodb.PointInTimeRecoverySpecification(point_in_time_recovery_enabled=True)


class Storage(Construct):
    """One table, as `app.storage.schema` makes it elsewhere; one key for it, one to seal with."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "Storage")
        self._kept = RemovalPolicy.RETAIN if stage.is_protected else RemovalPolicy.DESTROY
        self.table: dynamodb.ITableV2
        self.sealing_key: kms.IKey
        if stage.takes_over:
            self._take_over(stage)
        else:
            self._make(stage)
        if stage.table != stage.prefix:
            self.table = dynamodb.TableV2.from_table_attributes(
                self, "OtherTable", table_name=stage.table, global_indexes=["due"]
            )

    def _take_over(self, stage: Stage) -> None:
        """What another stage has left in this region."""
        self.sealing_key = kms.Key.from_key_arn(self, "SealingKey", stage.sealing_key)
        self.secrets: tuple[secrets.Secret, ...] = ()

    def _make(self, stage: Stage) -> None:
        table_key = self._key("TableKey", f"{stage.prefix}: the table")
        table_key.add_to_resource_policy(by_way_of_dynamodb(Stack.of(self)))
        # Immutable: a copy of it elsewhere can be made later, and only then.
        sealing_key = self._key("SealingKey", f"{stage.prefix}: owners' secrets", multi_region=True)
        for refused in wallets_for_two(Stack.of(self), stage):
            sealing_key.add_to_resource_policy(refused)
        self.sealing_key = sealing_key
        CfnOutput(self, "SealingKeyArn", value=sealing_key.key_arn)
        self.table = dynamodb.TableV2(
            self,
            "Table",
            table_name=stage.prefix,
            partition_key=_attribute("pk"),
            sort_key=_attribute("sk"),
            billing=dynamodb.Billing.on_demand(),
            encryption=dynamodb.TableEncryptionV2.customer_managed_key(
                table_key, _standby_key(Stack.of(self), stage)
            ),
            point_in_time_recovery_specification=RECOVERABLE,
            replicas=_copies(stage),
            time_to_live_attribute="expires_at",
            deletion_protection=stage.is_protected,
            tags=[CfnTag(key="strom", value=stage.name)],
            removal_policy=self._kept,
            global_secondary_indexes=[
                dynamodb.GlobalSecondaryIndexPropsV2(
                    index_name="due",
                    partition_key=_attribute("due_shard"),
                    sort_key=_attribute("due_at", dynamodb.AttributeType.NUMBER),
                    projection_type=dynamodb.ProjectionType.KEYS_ONLY,
                )
            ],
        )
        standby = {stage.standby_region} - {""}
        self.secrets = (
            self._secret("ServerSecret", stage.server_secret, standby),
            # the front's stack lies there, and reads it there
            self._secret("FrontSecret", stage.front_secret, standby | {FRONT_REGION}),
        )

    def _key(self, name: str, description: str, *, multi_region: bool = False) -> kms.Key:
        return kms.Key(
            self,
            name,
            description=description,
            enable_key_rotation=True,
            multi_region=multi_region,
            pending_window=Duration.days(30),
            removal_policy=self._kept,
        )

    def _secret(self, construct: str, name: str, copied_to: set[str]) -> secrets.Secret:
        copies = [
            secrets.ReplicaRegion(region=region)
            for region in sorted(copied_to - {Stack.of(self).region})
        ]
        secret = secrets.Secret(
            self,
            construct,
            secret_name=name,
            generate_secret_string=secrets.SecretStringGenerator(
                password_length=64, exclude_punctuation=True
            ),
            replica_regions=copies or None,
            removal_policy=self._kept,
        )
        because(
            secret,
            "AwsSolutions-SMG4",
            "A new server key ends every link and session at once, a new front key has to reach "
            "front and functions together: both are changed by hand, never on a date.",
        )
        return secret


def _attribute(
    name: str, kind: dynamodb.AttributeType = dynamodb.AttributeType.STRING
) -> dynamodb.Attribute:
    return dynamodb.Attribute(name=name, type=kind)


def _standby_key(stack: Stack, stage: Stage) -> dict[str, str] | None:
    """The key of each copy, by its alias; the stack of `standby.py` makes it."""
    if not stage.standby_region:
        return None
    kind, _, name = stage.standby_key_alias.partition("/")
    region = stage.standby_region
    return {
        region: stack.format_arn(service="kms", region=region, resource=kind, resource_name=name)
    }


def _copies(stage: Stage) -> list[dynamodb.ReplicaTableProps] | None:
    if not stage.standby_region:
        return None
    return [
        dynamodb.ReplicaTableProps(
            region=stage.standby_region,
            point_in_time_recovery_specification=RECOVERABLE,
            deletion_protection=stage.is_protected,
            tags=[CfnTag(key="strom", value=stage.name)],
        )
    ]


def wallets_for_two(stack: Stack, stage: Stage) -> list[iam.PolicyStatement]:
    """Refused to all others, whatever IAM allows them: to open wallets, and to seal one that could
    be put in the place of an owner's.

    By the roles' names, so that a role that is made again is the same, and none has to be there
    before the key. Nothing that concerns the key itself is refused: who administers the account can
    take this back, for all to see in CloudTrail. A copy in another region has a policy of its own,
    which the runbook (A lost region) puts there.
    """

    def but(right: Right, actions: list[str]) -> iam.PolicyStatement:
        return iam.PolicyStatement(
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=actions,
            resources=["*"],
            conditions={
                "StringEquals": {"kms:EncryptionContext:kind": WALLET},
                "ArnNotEquals": {"aws:PrincipalArn": _roles_with(right, stack, stage)},
            },
        )

    return [
        but(Right.OPEN_WALLETS, ["kms:Decrypt", "kms:ReEncryptFrom"]),
        but(Right.SEAL_WALLETS, ["kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncryptTo"]),
    ]


def _roles_with(right: Right, stack: Stack, stage: Stage) -> list[str]:
    return [
        stack.format_arn(
            service="iam", region="", resource="role", resource_name=f"{stage.prefix}-{each.name}"
        )
        for each in SURFACES
        if right in each.rights
    ]


def by_way_of_dynamodb(stack: Stack) -> iam.PolicyStatement:
    """Whoever may use the table in this account may, through DynamoDB alone, use its key."""
    return iam.PolicyStatement(
        principals=[iam.AnyPrincipal()],
        actions=[
            "kms:Decrypt",
            "kms:DescribeKey",
            "kms:Encrypt",
            "kms:GenerateDataKey*",
            "kms:ReEncrypt*",
        ],
        resources=["*"],
        conditions={
            "StringEquals": {
                "kms:CallerAccount": stack.account,
                "kms:ViaService": f"dynamodb.{stack.region}.amazonaws.com",
            }
        },
    )
