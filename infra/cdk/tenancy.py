"""The role that reaches one tenant's rows: whose, says the tag of the session."""

from collections.abc import Sequence

from aws_cdk import Duration, Stack
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.cdk.rights import TENANT_ID, rows_like
from infra.cdk.stages import Stage


def tenant_role_arn(stack: Stack, stage: Stage) -> str:
    """Known before the role is made: functions name it, and it names functions."""
    name = f"{stage.prefix}-tenant"
    return stack.format_arn(service="iam", region="", resource="role", resource_name=name)


class TenantRole(Construct):
    """Assumed with a tag ``tenant``; without one, with another, or with a longer id, it is not."""

    def __init__(
        self,
        scope: Construct,
        stage: Stage,
        table: dynamodb.ITableV2,
        assumed_by: Sequence[iam.IRole],
    ) -> None:
        super().__init__(scope, "TenantRole")
        trusted = iam.CompositePrincipal(*(iam.ArnPrincipal(role.role_arn) for role in assumed_by))
        tagged = iam.SessionTagsPrincipal(
            iam.PrincipalWithConditions(
                trusted,
                {
                    "StringLike": {"aws:RequestTag/tenant": TENANT_ID},
                    "ForAllValues:StringEquals": {"aws:TagKeys": ["tenant"]},
                },
            )
        )
        self.role = iam.Role(
            self,
            "Role",
            role_name=f"{stage.prefix}-tenant",
            assumed_by=tagged,
            max_session_duration=Duration.hours(1),
        )
        self.role.add_to_policy(rows_like(table, "T#${aws:PrincipalTag/tenant}#*"))
