"""What a month may cost, and who is told."""

from aws_cdk import aws_budgets as budgets
from constructs import Construct

from infra.cdk.stages import Stage

AT_PERCENT = {"ACTUAL": 80, "FORECASTED": 100}


class Budget(Construct):
    """A mail at 80 % of the month's budget, and when it will not last.

    It counts what bears the stage's tag, once the tag ``strom`` is activated for billing: by hand,
    as only the account that pays may (docs/guide/runbook.md).
    """

    def __init__(self, scope: Construct, stage: Stage) -> None:
        super().__init__(scope, "Budget")
        mail = budgets.CfnBudget.SubscriberProperty(
            address=stage.alarms_to, subscription_type="EMAIL"
        )
        budgets.CfnBudget(
            self,
            "Month",
            budget=budgets.CfnBudget.BudgetDataProperty(
                budget_name=stage.prefix,
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=budgets.CfnBudget.SpendProperty(amount=stage.budget_usd, unit="USD"),
                cost_filters={"TagKeyValue": [f"user:strom${stage.name}"]},
            ),
            notifications_with_subscribers=[
                budgets.CfnBudget.NotificationWithSubscribersProperty(
                    notification=budgets.CfnBudget.NotificationProperty(
                        notification_type=kind,
                        comparison_operator="GREATER_THAN",
                        threshold=percent,
                    ),
                    subscribers=[mail],
                )
                for kind, percent in AT_PERCENT.items()
            ],
        )
