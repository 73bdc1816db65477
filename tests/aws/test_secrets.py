"""The installation's keys in Secrets Manager, and the one before after a rotation."""

from __future__ import annotations

import uuid

import pytest

from app.aws.calls import SECRETS
from app.aws.secrets import previous_secret_keys, secret_key
from tests.support.aws import local_aws


async def test_the_key_before_is_known_after_a_new_value_was_put(ministack_endpoint: str) -> None:
    name = f"strom-{uuid.uuid4().hex[:8]}/server"
    async with local_aws(ministack_endpoint) as aws:
        await aws.call(SECRETS, "CreateSecret", {"Name": name, "SecretString": "a" * 64})
        first = await secret_key(aws, name)
        assert await previous_secret_keys(aws, name) == ()

        await aws.call(SECRETS, "PutSecretValue", {"SecretId": name, "SecretString": "b" * 64})
        assert await secret_key(aws, name) != first
        assert await previous_secret_keys(aws, name) == (first,)

        await aws.call(SECRETS, "PutSecretValue", {"SecretId": name, "SecretString": "short"})
        with pytest.raises(ValueError, match="too short"):
            await secret_key(aws, name)
