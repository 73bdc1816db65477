"""Rights as IAM statements: exact actions on exact resources, tenants and kinds as conditions."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from aws_cdk import ArnFormat, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sqs as sqs

from infra.cdk.nag import because
from infra.cdk.stages import Stage
from infra.cdk.surfaces import Right

_COLON = ArnFormat.COLON_RESOURCE_NAME

ROWS = (
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
    "dynamodb:DeleteItem",
    "dynamodb:ConditionCheckItem",
)
"""Also what a transaction is made of. No Scan, no batches, no PartiQL, nothing about the table."""
WALLET = "wallet"
"""A kind of secrets, named where data keys are asked for (`app/aws/kms.py`)."""
TENANT_ID = "?" * 12
"""As long as ids of tenants are (`app.records.ids.new_id`)."""


@dataclass(frozen=True, slots=True)
class Resources:
    """What statements name."""

    stage: Stage
    stack: Stack
    table: dynamodb.ITableV2
    sealing_key: kms.IKey
    perform_queue: sqs.Queue
    tenant_role_arn: str

    @property
    def edge_queues(self) -> str:
        """Every edge makes a queue of its own, by this name and its instance's."""
        return self.stack.format_arn(service="sqs", resource=f"{self.stage.prefix}-edge-*")

    def secret(self, name: str) -> str:
        """A secret by its name; Secrets Manager adds six characters."""
        return self.stack.format_arn(
            service="secretsmanager",
            resource="secret",
            resource_name=f"{name}-??????",
            arn_format=_COLON,
        )

    @property
    def perform_function(self) -> str:
        """What answers about wallets; by its alias alone."""
        return self.stack.format_arn(
            service="lambda",
            resource="function",
            resource_name=f"{self.stage.prefix}-perform:live",
            arn_format=_COLON,
        )


def rows_like(
    table: dynamodb.ITableV2, prefix: str, actions: Sequence[str] = ROWS
) -> iam.PolicyStatement:
    """Rows whose partition keys look like this, and none where no key is named."""
    return iam.PolicyStatement(
        actions=list(actions),
        resources=[table.table_arn],
        conditions={
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [prefix]},
            # without any key "for all values" would hold
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    )


def explain_edge_queues(policy: iam.Policy, stage: Stage) -> None:
    """Why a statement ends in a pattern."""
    queues = f"arn:<AWS::Partition>:sqs:{stage.region}:<AWS::AccountId>:{stage.prefix}-edge-*"
    because(
        policy,
        f"AwsSolutions-IAM5[Resource::{queues}]",
        "Edges come and go, each with a queue named after it under this prefix.",
    )


def statements(right: Right, on: Resources) -> list[iam.PolicyStatement]:
    """What IAM is told for a right."""
    return list(_STATEMENTS[right](on))


def _due(on: Resources) -> list[iam.PolicyStatement]:
    return [
        iam.PolicyStatement(
            actions=["dynamodb:Query"],
            resources=[f"{on.table.table_arn}/index/due"],
            conditions={
                "ForAllValues:StringLike": {"dynamodb:LeadingKeys": ["DUE#*"]},
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        )
    ]


def _assume(on: Resources) -> list[iam.PolicyStatement]:
    return [
        iam.PolicyStatement(
            actions=["sts:AssumeRole", "sts:TagSession"], resources=[on.tenant_role_arn]
        )
    ]


def _sealing(action: str, kind: str) -> Callable[[Resources], list[iam.PolicyStatement]]:
    """Use of the sealing key, for a kind of secrets, always in some tenant's name."""

    def made(on: Resources) -> list[iam.PolicyStatement]:
        return [
            iam.PolicyStatement(
                actions=[action],
                resources=[on.sealing_key.key_arn],
                conditions={
                    "StringEquals": {"kms:EncryptionContext:kind": kind},
                    "StringLike": {"kms:EncryptionContext:tenant": "?*"},
                    "ForAllValues:StringEquals": {"kms:EncryptionContextKeys": ["kind", "tenant"]},
                },
            )
        ]

    return made


def _send(on: Resources) -> list[iam.PolicyStatement]:
    return [
        iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[on.perform_queue.queue_arn])
    ]


def _tell(on: Resources) -> list[iam.PolicyStatement]:
    return [
        iam.PolicyStatement(
            actions=["sqs:GetQueueUrl", "sqs:SendMessage"], resources=[on.edge_queues]
        )
    ]


def _clear(on: Resources) -> list[iam.PolicyStatement]:
    return [
        iam.PolicyStatement(actions=["sqs:ListQueues"], resources=["*"]),
        iam.PolicyStatement(
            actions=["sqs:DeleteQueue", "sqs:GetQueueAttributes"], resources=[on.edge_queues]
        ),
    ]


def _ask(on: Resources) -> list[iam.PolicyStatement]:
    return [iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[on.perform_function])]


def _secret(name: Callable[[Stage], str]) -> Callable[[Resources], list[iam.PolicyStatement]]:
    def made(on: Resources) -> list[iam.PolicyStatement]:
        if not name(on.stage):
            return []
        return [
            iam.PolicyStatement(
                actions=["secretsmanager:GetSecretValue"], resources=[on.secret(name(on.stage))]
            )
        ]

    return made


_STATEMENTS: Mapping[Right, Callable[[Resources], Sequence[iam.PolicyStatement]]] = {
    Right.DIRECTORY: lambda on: [rows_like(on.table, "G#*")],
    Right.ONE_TENANT: _assume,
    Right.TENANTS: lambda on: [rows_like(on.table, "T#*")],
    Right.DUE: _due,
    Right.OWE: _send,
    Right.TELL_EDGES: _tell,
    Right.CLEAR_QUEUES: _clear,
    Right.ASK_WALLETS: _ask,
    Right.SEAL_SETUP: _sealing("kms:GenerateDataKey", "setup"),
    Right.SEAL_PRICES: _sealing("kms:GenerateDataKey", "prices"),
    Right.SEAL_WALLETS: _sealing("kms:GenerateDataKey", WALLET),
    Right.OPEN_SETUP: _sealing("kms:Decrypt", "setup"),
    Right.OPEN_PRICES: _sealing("kms:Decrypt", "prices"),
    Right.OPEN_WALLETS: _sealing("kms:Decrypt", WALLET),
    Right.SERVER_KEY: _secret(lambda stage: stage.server_secret),
    Right.FRONT_KEY: _secret(lambda stage: stage.front_secret),
    Right.MAIL: _secret(lambda stage: stage.smtp_secret),
}
