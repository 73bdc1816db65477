"""Queues of edge instances that were killed: nobody is left to remove them."""

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from app.aws.calls import SQS, Aws, Refusal
from app.charging.ports import Clock
from app.command_bus.sqs import GONE

log = logging.getLogger(__name__)

YOUNG_S = 3600
"""A queue is made before its instance's first lease."""


@dataclass(frozen=True, slots=True)
class QueueClearing:
    """Removes the queues under ``prefix`` whose instance is not alive."""

    aws: Aws
    prefix: str
    is_alive: Callable[[str], Awaitable[bool]]
    clock: Clock

    async def clear(self) -> int:
        """Look at every queue once; returns how many were removed."""
        removed = 0
        for url in await self._urls():
            if not await self.is_alive(self._instance(url)) and await self._is_old(url):
                await self.aws.call(SQS, "DeleteQueue", {"QueueUrl": url})
                log.info("the queue of an edge instance that is gone is removed")
                removed += 1
        return removed

    async def counted(self) -> tuple[int, int]:
        """How many instances with a queue are alive, and how many are not."""
        found = [await self.is_alive(self._instance(url)) for url in await self._urls()]
        return sum(found), len(found) - sum(found)

    def _instance(self, url: str) -> str:
        return url.rpartition("/")[2].removeprefix(self.prefix)

    async def _urls(self) -> list[str]:
        parameters: dict[str, object] = {"QueueNamePrefix": self.prefix, "MaxResults": 1000}
        found: list[str] = []
        while True:
            answer = await self.aws.call(SQS, "ListQueues", parameters)
            found += answer.get("QueueUrls") or ()
            if not answer.get("NextToken"):
                return found
            parameters["NextToken"] = answer["NextToken"]

    async def _is_old(self, url: str) -> bool:
        wanted = {"QueueUrl": url, "AttributeNames": ["CreatedTimestamp"]}
        try:
            answer = await self.aws.call(SQS, "GetQueueAttributes", wanted)
        except Refusal as refusal:
            if refusal.code in GONE:
                return False
            raise
        made_s = int(answer["Attributes"]["CreatedTimestamp"])
        return self.clock.now().timestamp() - made_s > YOUNG_S
