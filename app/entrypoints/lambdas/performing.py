"""What the *perform* function does: owed effects from the queue, and questions about wallets."""

import asyncio
import json
import logging
from collections.abc import Sequence

from app.charging.errors import StromError
from app.command_bus.sqs_perform import read_attempts, read_ref
from app.entrypoints.lambdas.starting import Event
from app.flow import Flow
from app.telemetry.context import about
from app.wallets.answering import WalletAnswers

log = logging.getLogger(__name__)


async def perform_all(flow: Flow, records: Sequence[Event]) -> Event:
    """Perform what the messages name; those that failed as nobody foresaw come again.

    What could not be done just now is still owed: the sweep finds it, not the queue.
    """
    done = await asyncio.gather(*(_perform(flow, record) for record in records))
    failed = [
        record["messageId"] for record, is_done in zip(records, done, strict=True) if not is_done
    ]
    return {"batchItemFailures": [{"itemIdentifier": each} for each in failed]}


async def answer(answers: WalletAnswers, question: Event) -> Event:
    """What a function that may open no wallet has asked."""
    told: Event = json.loads(await answers.answer(json.dumps(question).encode()))
    return told


async def _perform(flow: Flow, record: Event) -> bool:
    try:
        ref, attempts = read_ref(record["body"]), read_attempts(record["body"])
    except ValueError:
        log.exception("perform")
        return False
    with about(tenant=ref.tenant):
        try:
            await flow.perform(ref, attempts=attempts)
        except StromError as error:
            log.warning("perform: %s", error)
        except Exception:
            log.exception("perform")
            return False
    return True
