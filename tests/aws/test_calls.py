"""Calls to AWS: what is asked again, what is refused, what Lambda's failures become."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import httpx
import pytest
from botocore.credentials import Credentials

from app.aws.calls import SECRETS, SQS, Aws, Refusal
from app.aws.credentials import Surroundings
from app.aws.secrets import secret_key, secret_text
from app.charging.errors import Unavailable
from tests.support.aws import local_aws

Answers = Callable[[httpx.Request], httpx.Response]


def aws_that(answers: Answers) -> Aws:
    client = httpx.AsyncClient(transport=httpx.MockTransport(answers))
    return Aws("eu-central-1", client, Surroundings(lambda: Credentials("a", "b")))


async def test_what_passes_is_asked_again() -> None:
    asked: list[str] = []

    def answers(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        if len(asked) == 1:
            raise httpx.ConnectError("nobody")
        if len(asked) == 2:
            return httpx.Response(400, json={"__type": "com.amazonaws.sqs#ThrottlingException"})
        return httpx.Response(200, json={"MessageId": "1"})

    assert await aws_that(answers).call(SQS, "SendMessage", {}) == {"MessageId": "1"}
    assert asked == ["https://sqs.eu-central-1.amazonaws.com/"] * 3


async def test_a_refusal_is_told_at_once_and_says_which() -> None:
    asked: list[httpx.Request] = []

    def answers(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(400, json={"__type": "com.amazonaws.sqs#AccessDenied"})

    with pytest.raises(Refusal) as refused:
        await aws_that(answers).call(SQS, "SendMessage", {})
    assert refused.value.code == "AccessDenied"
    assert len(asked) == 1


async def test_a_function_is_asked_once() -> None:
    asked: list[httpx.Request] = []

    def answers(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, headers={"x-amz-function-error": "Unhandled"}, json={})

    with pytest.raises(Unavailable):
        await aws_that(answers).invoke("perform:live", b"{}", timeout_s=1)
    assert [each.url.path for each in asked] == ["/2015-03-31/functions/perform:live/invocations"]


async def test_without_credentials_nothing_is_sent() -> None:
    def answers(_: httpx.Request) -> httpx.Response:
        raise AssertionError("sent")

    client = httpx.AsyncClient(transport=httpx.MockTransport(answers))
    with pytest.raises(Unavailable):
        await Aws("r", client, Surroundings(lambda: None)).call(SQS, "SendMessage", {})


async def test_the_server_key_is_made_of_a_secret(ministack_endpoint: str) -> None:
    name, text = f"strom-{uuid.uuid4().hex}", "x" * 64
    async with local_aws(ministack_endpoint) as aws:
        await aws.call(SECRETS, "CreateSecret", {"Name": name, "SecretString": text})
        assert await secret_text(aws, name) == text
        key = await secret_key(aws, name)
        assert len(key) == 32
        await aws.call(SECRETS, "PutSecretValue", {"SecretId": name, "SecretString": "y" * 64})
        assert await secret_key(aws, name) != key
        await aws.call(SECRETS, "PutSecretValue", {"SecretId": name, "SecretString": "short"})
        with pytest.raises(ValueError, match="too short"):
            await secret_key(aws, name)
