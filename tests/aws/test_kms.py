"""Data keys wrapped by KMS, and by a key file: the same contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from botocore.credentials import Credentials

from app.aws.calls import KMS, Aws
from app.aws.credentials import Surroundings
from app.aws.kms import KmsWrapping
from app.charging.errors import Unavailable
from app.envelope import DataKeyEnvelope, KeyFile, KeyWrapping
from tests.contracts.key_wrapping import KeyWrappingContract
from tests.support.aws import local_aws


@pytest.fixture
async def aws(ministack_endpoint: str) -> AsyncIterator[Aws]:
    async with local_aws(ministack_endpoint) as aws:
        yield aws


async def new_key(aws: Aws) -> str:
    answer = await aws.call(KMS, "CreateKey", {})
    return str(answer["KeyMetadata"]["Arn"])


class TestKms(KeyWrappingContract):
    @pytest.fixture
    async def wrapping(self, aws: Aws) -> KeyWrapping:
        return KmsWrapping(aws, await new_key(aws), "wallet")

    @pytest.fixture
    async def stranger(self, aws: Aws, wrapping: KmsWrapping) -> KeyWrapping:
        """Of another kind; whether the key is another the emulator does not look at."""
        return KmsWrapping(aws, wrapping.key, "setup")

    async def test_a_damaged_one_does_not_unwrap(self, wrapping: KeyWrapping) -> None:
        """The emulator gives another key instead of refusing: nothing opens with it either."""
        sealed = bytearray(await DataKeyEnvelope(wrapping).seal("t1", "wallet", b"x"))
        at = 4 + int.from_bytes(sealed[2:4], "big") - 1  # the wrapped key's last byte
        sealed[at] ^= 1
        with pytest.raises(Unavailable):
            await DataKeyEnvelope(wrapping).open("t1", "wallet", bytes(sealed))


@pytest.mark.parametrize(
    "code", ["IncorrectKeyException", "InvalidCiphertextException", "AccessDeniedException"]
)
async def test_what_kms_refuses_stays_closed(code: str) -> None:
    def refuses(_: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"__type": code})

    client = httpx.AsyncClient(transport=httpx.MockTransport(refuses))
    aws = Aws("eu-central-1", client, Surroundings(lambda: Credentials("a", "b")))
    with pytest.raises(Unavailable, match=code):
        await KmsWrapping(aws, "arn:key", "wallet").unwrap("t1", b"x")


class TestKeyFile(KeyWrappingContract):
    @pytest.fixture
    async def wrapping(self, tmp_path: Path) -> KeyWrapping:
        return KeyFile(tmp_path / "a.key")

    @pytest.fixture
    async def stranger(self, tmp_path: Path) -> KeyWrapping:
        return KeyFile(tmp_path / "b.key")
