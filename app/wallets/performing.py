"""Performing what sessions owe to wallets: asking about payments, and paying refunds."""

from collections.abc import Mapping

from app.charging.effects import Effect, PayRefund
from app.charging.ports import Clock
from app.flow import Performer
from app.wallets.arrivals import ArrivalWatch
from app.wallets.asking import AskSettings, PaymentAsker
from app.wallets.looking_up import LookUpBudget
from app.wallets.opening import Opens
from app.wallets.refunds import RefundAlert, RefundPayer, RefundSettings


class WalletPerformers:
    """All performers of this room, for the flow."""

    def __init__(
        self,
        wallets: Opens,
        clock: Clock,
        refunding: RefundSettings | None = None,
        *,
        asking: AskSettings | None = None,
        budget: LookUpBudget | None = None,
        alert: RefundAlert | None = None,
        arrivals: ArrivalWatch | None = None,
    ) -> None:
        budget = budget or LookUpBudget(clock)
        self._asker = PaymentAsker(wallets, clock, budget, asking or AskSettings(), arrivals)
        self.refunds = RefundPayer(wallets, clock, budget, refunding or RefundSettings(), alert)

    def by_effect(self) -> Mapping[type[Effect], Performer]:
        """The performer of each effect."""
        return {**self._asker.by_effect(), PayRefund: self.refunds.pay_refund}
