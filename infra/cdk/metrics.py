"""Numbers that Strom writes itself (`app/entrypoints/emf.py`), as CloudWatch finds them."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch

from infra.cdk.stages import Stage

TOLD_EVERY_S = 30
"""How often each edge tells how many charge points it has (`app/entrypoints/edge.py`)."""


def own(stage: Stage, name: str, statistic: str, minutes: int = 1) -> cloudwatch.Metric:
    """A number of this installation, of all its parts together."""
    return cloudwatch.Metric(
        namespace=stage.table,
        metric_name=name,
        statistic=statistic,
        period=Duration.minutes(minutes),
    )


def connected(stage: Stage, statistic: str, minutes: int = 1) -> cloudwatch.Metric:
    """Charge points that are connected to an edge. All edges write into the same metric: its
    average and its maximum are of one edge, its sum counts each charge point every half minute."""
    return own(stage, "Connected", statistic, minutes)
