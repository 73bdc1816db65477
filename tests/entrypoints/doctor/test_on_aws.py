"""The parts on AWS: a key that is disabled, a secret that is gone; and over by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.aws.calls import KMS, Aws
from app.bootstrap.foundation import SystemClock
from app.charging.errors import Unavailable
from app.entrypoints.doctor import cloud, given
from app.entrypoints.doctor.examining import standing
from app.entrypoints.doctor.findings import Finding
from app.wallets.sealing import PURPOSE
from tests.support.aws import local_aws
from tests.support.on_aws import Installation, install


@pytest.fixture
async def installation(ministack_endpoint: str, tmp_path: Path) -> Installation:
    return await install(ministack_endpoint, tmp_path)


async def look(installation: Installation, **changes: str) -> dict[str, Finding]:
    async with standing(installation.settings_with(**changes), SystemClock()) as ground:
        return {each.check: each for each in await cloud.look(ground)}


async def test_a_key_that_is_disabled_and_enabled_again(installation: Installation) -> None:
    assert (await look(installation))["KMS"].state == "ok"
    key = {"KeyId": installation.settings.kms_key}

    async with (
        local_aws(installation.endpoint) as aws,
        standing(installation.settings, SystemClock()) as ground,
    ):
        envelope = ground.looked.base.envelope
        sealed = await envelope.seal("t", PURPOSE, b"credentials")
        await _told(aws, "DisableKey", key)
        found = (await look(installation))["KMS"]
        assert found.state == "problem"
        assert "DisabledException" in found.seen
        assert "Enable it in KMS" in found.do
        with pytest.raises(Unavailable):
            await envelope.open("t", PURPOSE, sealed)

        await _told(aws, "EnableKey", key)
        assert await envelope.open("t", PURPOSE, sealed) == b"credentials"
    assert (await look(installation))["KMS"].state == "ok"


async def test_a_secret_and_a_queue_that_are_gone(installation: Installation) -> None:
    url = f"{installation.settings.perform_queue_url}-gone"
    found = await look(installation, server_key_secret="gone", perform_queue_url=url)
    assert found["secrets"].state == "ok", "the front's, which is told last"
    assert "QueueDoesNotExist" in found["perform queue"].seen
    found = await look(installation, server_key_secret="gone", front_secret="")
    assert found["secrets"].state == "problem"
    assert found["edges"].state == "problem"


async def test_a_setting_that_is_missing(installation: Installation) -> None:
    settings = installation.settings_with(perform_queue_url="")
    async with standing(settings, SystemClock()) as ground:
        seen = [each.seen for each in await given.look(ground) if each.state == "problem"]
    assert seen == ["STROM_PERFORM_QUEUE_URL: is needed on AWS."]


async def _told(aws: Aws, operation: str, key: dict[str, str]) -> None:
    await aws.call(KMS, operation, key)
