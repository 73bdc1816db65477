"""cdk-nag's rules, and our reasons where we do otherwise."""

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct

PACK = "AwsSolutions"


def check(app: App) -> None:
    """Have every synthesis checked; what is found and not explained fails it."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def because(construct: IConstruct, rule: str, reason: str) -> None:
    """A rule that this construct and what is below it need not follow, and why."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"{PACK}::{rule}", reason=reason))
