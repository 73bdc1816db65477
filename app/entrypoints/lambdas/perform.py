"""The one function that may pay, and open wallets at all."""

from typing import Any

from app.bootstrap.perform import perform_alone
from app.entrypoints.lambdas.performing import answer, perform_all
from app.entrypoints.lambdas.starting import Event, made, of, start
from app.settings import read_settings
from app.wallets.answering import WalletAnswers

_started = start(read_settings())
_answers = WalletAnswers(perform_alone(_started.common))


@made
def handler(event: Event, context: Any) -> Event:
    """Lambda's entry point: a batch of SQS, or one question."""
    with of(context):
        if "Records" in event:
            return _started.run(perform_all(_started.common.flow, event["Records"]))
        return _started.run(answer(_answers, event))
