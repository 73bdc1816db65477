"""A payment that is told of again is counted again."""

from contextlib import AbstractContextManager
from unittest.mock import patch

from app.charging.decision import Draft
from app.charging.events import PaymentHeld, PaymentSettled
from app.charging.ledger import Account
from app.charging.payments import count_payment, payment
from app.charging.session import PaymentState


def injected() -> AbstractContextManager[object]:
    def count(draft: Draft, event: PaymentHeld | PaymentSettled) -> None:
        known = payment(draft.session, event.payment_hash)
        if known is not None and known.state is PaymentState.SETTLED:
            cause = f"payment {event.payment_hash}"
            draft.post(Account.PAID, Account.REFUNDABLE, event.amount_msat, cause)
        count_payment(draft, event)

    return patch("app.charging.advance.count_payment", count)
