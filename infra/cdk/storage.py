"""The table and the keys: what everything else stands on."""

from aws_cdk import Duration, RemovalPolicy, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_secretsmanager as secrets
from constructs import Construct

from infra.cdk.nag import because
from infra.cdk.stages import Stage

FRONT_REGION = "us-east-1"


class Storage(Construct):
    """One table, as `app.storage.schema` makes it elsewhere; one key for it, one to seal with."""

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "Storage")
        self._kept = RemovalPolicy.RETAIN if stage.is_protected else RemovalPolicy.DESTROY
        self.table_key = self._key("TableKey", f"{stage.prefix}: the table")
        self.table_key.add_to_resource_policy(_by_way_of_dynamodb(Stack.of(self)))
        self.sealing_key = self._key("SealingKey", f"{stage.prefix}: owners' secrets")
        self.table = dynamodb.TableV2(
            self,
            "Table",
            table_name=stage.prefix,
            partition_key=_attribute("pk"),
            sort_key=_attribute("sk"),
            billing=dynamodb.Billing.on_demand(),
            encryption=dynamodb.TableEncryptionV2.customer_managed_key(self.table_key),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            time_to_live_attribute="expires_at",
            deletion_protection=stage.is_protected,
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
        self.server_secret = self._secret("ServerSecret", stage.server_secret)
        self.front_secret = self._secret(
            "FrontSecret",
            stage.front_secret,
            # the front's stack lies there, and reads it there
            replicas=[secrets.ReplicaRegion(region=FRONT_REGION)]
            if stage.region != FRONT_REGION
            else [],
        )

    def _key(self, name: str, description: str) -> kms.Key:
        return kms.Key(
            self,
            name,
            description=description,
            enable_key_rotation=True,
            pending_window=Duration.days(30),
            removal_policy=self._kept,
        )

    def _secret(
        self, construct: str, name: str, replicas: list[secrets.ReplicaRegion] | None = None
    ) -> secrets.Secret:
        secret = secrets.Secret(
            self,
            construct,
            secret_name=name,
            generate_secret_string=secrets.SecretStringGenerator(
                password_length=64, exclude_punctuation=True
            ),
            replica_regions=replicas or None,
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


def _by_way_of_dynamodb(stack: Stack) -> iam.PolicyStatement:
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
