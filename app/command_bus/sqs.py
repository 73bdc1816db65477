"""The command bus on AWS: an SQS queue for each edge instance, made and removed by the edge.

What lies in it is a doorbell or a notice: commands are rows that the sweep rings again. So a queue
keeps for minutes only, and what cannot be sent, read or deleted is at worst late or twice.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from app.aws.calls import SQS, Aws, Refusal
from app.charging.errors import Unavailable
from app.edge_messages import BusMessage

log = logging.getLogger(__name__)

KEPT_S = 600
HIDDEN_S = 30
LONG_POLL_S = 20
AT_ONCE = 10  # what SQS gives at most
GONE = frozenset({"QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue"})
PAUSE_S = 1.0


@dataclass(slots=True)
class SqsBus:
    """The ``CommandBus``; a queue's name is ``prefix`` and the instance's."""

    aws: Aws
    prefix: str
    key: str = ""
    """The KMS key that new queues are encrypted with; empty: SQS's own."""
    _urls: dict[str, str] = field(default_factory=dict)
    _deleting: set[asyncio.Task[None]] = field(default_factory=set)

    async def open(self, queue: str) -> None:
        """Make the queue of an instance; one that exists stays."""
        attributes = {
            "MessageRetentionPeriod": str(KEPT_S),
            "VisibilityTimeout": str(HIDDEN_S),
            "ReceiveMessageWaitTimeSeconds": str(LONG_POLL_S),
        }
        if self.key:
            attributes |= {"KmsMasterKeyId": self.key, "KmsDataKeyReusePeriodSeconds": "86400"}
        name = self.prefix + queue
        answer = await self.aws.call(
            SQS, "CreateQueue", {"QueueName": name, "Attributes": attributes}
        )
        self._urls[queue] = str(answer["QueueUrl"])

    async def remove(self, queue: str) -> None:
        """Remove the queue of an instance that goes."""
        await self.aws.call(SQS, "DeleteQueue", {"QueueUrl": await self._url(queue)})
        self._urls.pop(queue, None)

    async def send(self, queue: str, message: BusMessage) -> None:
        """Leave a message; for an instance that is gone there is nobody to leave it for."""
        body = msgspec.json.encode(message).decode()
        try:
            url = await self._url(queue)
            await self.aws.call(SQS, "SendMessage", {"QueueUrl": url, "MessageBody": body})
        except Refusal as refusal:
            if refusal.code not in GONE:
                raise
            self._urls.pop(queue, None)
            log.info("the queue of an edge instance is gone", extra={"q": queue})

    async def receive(self, queue: str) -> tuple[BusMessage, ...]:
        """Wait for the next messages; returns at least one."""
        while True:
            try:
                told = await self._poll(queue)
            except Refusal as refusal:
                if refusal.code in GONE:
                    await self.open(queue)
                else:
                    log.warning("the command bus: %s", refusal)
                    await asyncio.sleep(PAUSE_S)
            except Unavailable as error:
                log.warning("the command bus: %s", error)
                await asyncio.sleep(PAUSE_S)
            else:
                if told:
                    return told

    async def _poll(self, queue: str) -> tuple[BusMessage, ...]:
        url = await self._url(queue)
        answer = await self.aws.call(
            SQS,
            "ReceiveMessage",
            {"QueueUrl": url, "MaxNumberOfMessages": AT_ONCE, "WaitTimeSeconds": LONG_POLL_S},
            timeout_s=LONG_POLL_S + 5,
        )
        received: Sequence[Mapping[str, Any]] = answer.get("Messages") or ()
        if received:
            deleting = asyncio.create_task(self._delete(url, received))
            self._deleting.add(deleting)
            deleting.add_done_callback(self._deleting.discard)
        return tuple(message for each in received if (message := _decoded(each)) is not None)

    async def _delete(self, url: str, received: Sequence[Mapping[str, Any]]) -> None:
        entries = [
            {"Id": str(at), "ReceiptHandle": each["ReceiptHandle"]}
            for at, each in enumerate(received)
        ]
        try:
            await self.aws.call(SQS, "DeleteMessageBatch", {"QueueUrl": url, "Entries": entries})
        except Unavailable as error:
            log.warning("messages of the command bus will come twice: %s", error)

    async def _url(self, queue: str) -> str:
        found = self._urls.get(queue)
        if found is None:
            answer = await self.aws.call(SQS, "GetQueueUrl", {"QueueName": self.prefix + queue})
            found = self._urls[queue] = str(answer["QueueUrl"])
        return found


def _decoded(received: Mapping[str, Any]) -> BusMessage | None:
    try:
        message: BusMessage = msgspec.json.decode(received["Body"], type=BusMessage)
    except (msgspec.DecodeError, KeyError):
        log.warning("a message of the command bus cannot be read")
        return None
    return message
