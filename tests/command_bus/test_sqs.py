"""The bus over SQS, and the perform queue."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import AsyncIterator

import pytest

from app.aws.calls import SQS
from app.command_bus.sqs import SqsBus
from app.command_bus.sqs_perform import SqsPerformQueue, read_attempts, read_ref
from app.edge_messages import CommandBus
from app.records.effects import EffectRef
from tests.contracts.command_bus import BusContract, kick, next_of
from tests.support.aws import local_aws

QUEUES = ("edge-a", "edge-b")


@pytest.fixture
async def sqs(ministack_endpoint: str) -> AsyncIterator[SqsBus]:
    async with local_aws(ministack_endpoint) as aws:
        yield SqsBus(aws, f"strom-{uuid.uuid4().hex[:8]}-")


class TestSqsBus(BusContract):
    @pytest.fixture
    async def bus(self, sqs: SqsBus) -> CommandBus:
        for queue in QUEUES:
            await sqs.open(queue)
        return sqs

    @pytest.fixture
    async def queues(self) -> tuple[str, str]:
        return QUEUES


async def test_the_app_finds_the_queue_that_the_edge_has_made(sqs: SqsBus) -> None:
    await sqs.open("edge-a")
    await SqsBus(sqs.aws, sqs.prefix).send("edge-a", kick(3))
    assert await next_of(sqs, "edge-a", 1) == [kick(3)]


async def test_for_an_instance_that_is_gone_nothing_is_left(sqs: SqsBus) -> None:
    await sqs.open("edge-a")
    app = SqsBus(sqs.aws, sqs.prefix)
    await app.send("edge-a", kick(1))  # it knows the address now
    await sqs.remove("edge-a")
    await app.send("edge-a", kick(2))
    await app.send("never-was", kick(2))


async def test_what_is_not_ours_in_the_queue_is_passed_over(sqs: SqsBus) -> None:
    await sqs.open("edge-a")
    url = await sqs._url("edge-a")
    for body in ("no json", '{"type":"unheard of"}'):
        await sqs.aws.call(SQS, "SendMessage", {"QueueUrl": url, "MessageBody": body})
    await sqs.send("edge-a", kick(1))
    assert await next_of(sqs, "edge-a", 1) == [kick(1)]


async def test_a_queue_that_was_taken_away_is_made_again(sqs: SqsBus) -> None:
    await sqs.open("edge-a")
    await SqsBus(sqs.aws, sqs.prefix).remove("edge-a")

    async def later() -> None:
        for _ in range(200):
            await sqs.send("edge-a", kick(1))

    sending = asyncio.create_task(later())
    assert await next_of(sqs, "edge-a", 1)
    sending.cancel()


async def test_an_owed_effect_is_named_and_read_again(sqs: SqsBus) -> None:
    await sqs.open("perform")
    queue = SqsPerformQueue(sqs.aws, await sqs._url("perform"))
    ref = EffectRef("abc", "T#abc#S#1", "E#refund.1")
    await queue.put(ref)
    answer = await sqs.aws.call(SQS, "ReceiveMessage", {"QueueUrl": queue.url})
    assert read_ref(answer["Messages"][0]["Body"]) == ref


async def test_an_effect_is_brought_back_at_its_time_for_the_attempt_that_was_meant(
    sqs: SqsBus,
) -> None:
    await sqs.open("perform")
    queue = SqsPerformQueue(sqs.aws, await sqs._url("perform"))
    ref = EffectRef("abc", "T#abc#S#1", "E#await.1")
    began = time.monotonic()
    await queue.bring(ref, 3, 0.2)
    asked = {"QueueUrl": queue.url, "WaitTimeSeconds": 5}
    answer = await sqs.aws.call(SQS, "ReceiveMessage", asked, timeout_s=10)
    body = answer["Messages"][0]["Body"]
    assert (read_ref(body), read_attempts(body)) == (ref, 3)
    assert time.monotonic() - began >= 0.9, "SQS counts whole seconds"
    assert read_attempts('{"tenant":"abc","pk":"T#abc#S#1","sk":"E#await.1"}') is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        '{"tenant":"abc","pk":"T#other#S#1","sk":"E#refund.1"}',
        '{"tenant":"abc","pk":"T#abc-2#S#1","sk":"E#refund.1"}',
        '{"tenant":"abc"}',
    ],
)
def test_a_message_that_names_no_row_of_its_tenant_is_refused(body: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_ref(body)
