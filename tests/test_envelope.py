"""What is sealed for one tenant and purpose opens for no other."""

import asyncio
import base64
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app import envelope as module
from app.charging.errors import Unavailable
from app.envelope import DataKeyEnvelope, KeyFile, KeyFileEnvelope

SECRET = b"an admin key"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "new" / "master.key"


@pytest.fixture
def envelope(path: Path) -> KeyFileEnvelope:
    return KeyFileEnvelope(path)


async def test_what_was_sealed_opens(envelope: KeyFileEnvelope) -> None:
    for secret in (SECRET, b"", os.urandom(10_000)):
        sealed = await envelope.seal("t1", "wallet", secret)

        assert await envelope.open("t1", "wallet", sealed) == secret


async def test_the_sealed_form_shows_nothing_and_is_never_the_same(
    envelope: KeyFileEnvelope,
) -> None:
    sealed = [await envelope.seal("t1", "wallet", SECRET) for _ in range(3)]

    assert not any(SECRET in one for one in sealed)
    assert len(set(sealed)) == 3


@pytest.mark.parametrize(
    ("tenant", "purpose"), [("t2", "wallet"), ("t1", "nostr"), ("t1w", "allet"), ("", "t1wallet")]
)
async def test_another_tenant_or_purpose_does_not_open_it(
    path: Path, envelope: KeyFileEnvelope, tenant: str, purpose: str
) -> None:
    sealed = await envelope.seal("t1", "wallet", SECRET)

    for opener in (envelope, KeyFileEnvelope(path)):
        with pytest.raises(Unavailable):
            await opener.open(tenant, purpose, sealed)


async def test_a_wrapped_key_of_another_tenant_is_of_no_use(envelope: KeyFileEnvelope) -> None:
    ours = await envelope.seal("t1", "wallet", SECRET)
    theirs = await envelope.seal("t2", "wallet", b"x")
    assert len(ours) > len(theirs)
    head = 4 + int.from_bytes(ours[2:4], "big")

    with pytest.raises(Unavailable):
        await envelope.open("t1", "wallet", theirs[:head] + ours[head:])


async def test_a_damaged_secret_does_not_open(envelope: KeyFileEnvelope) -> None:
    sealed = await envelope.seal("t1", "wallet", SECRET)

    for position in range(len(sealed)):
        damaged = bytearray(sealed)
        damaged[position] ^= 1
        with pytest.raises(Unavailable):
            await envelope.open("t1", "wallet", bytes(damaged))
    for length in range(len(sealed)):
        with pytest.raises(Unavailable):
            await envelope.open("t1", "wallet", sealed[:length])


async def test_the_key_file_opens_it_in_another_process(
    path: Path, envelope: KeyFileEnvelope
) -> None:
    sealed = await envelope.seal("t1", "wallet", SECRET)

    assert await KeyFileEnvelope(path).open("t1", "wallet", sealed) == SECRET


async def test_another_key_file_is_named_as_the_cause(
    tmp_path: Path, envelope: KeyFileEnvelope
) -> None:
    sealed = await envelope.seal("t1", "wallet", SECRET)

    with pytest.raises(Unavailable, match="another key file"):
        await KeyFileEnvelope(tmp_path / "other").open("t1", "wallet", sealed)


def test_the_key_file_is_its_owners_alone(path: Path, envelope: KeyFileEnvelope) -> None:
    assert path.stat().st_mode & 0o777 == 0o600
    assert len(base64.b64decode(path.read_text())) == 32
    assert [entry.name for entry in path.parent.iterdir()] == ["master.key"]


def test_an_open_key_file_is_warned_of(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    KeyFileEnvelope(path)
    path.chmod(0o644)

    with caplog.at_level(logging.WARNING):
        KeyFileEnvelope(path)

    assert "can be read by others" in caplog.text
    assert path.read_text().strip() not in caplog.text


@pytest.mark.parametrize("content", ["", "not base64!", "c2hvcnQ="])
def test_what_is_no_key_file_is_refused_and_kept(path: Path, content: str) -> None:
    path.parent.mkdir()
    path.write_text(content)

    with pytest.raises(ValueError, match="is not a key file"):
        KeyFileEnvelope(path)

    assert path.read_text() == content


async def test_processes_that_start_at_once_share_one_key(path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: KeyFileEnvelope(path), range(8)))
    sealed = await made[0].seal("t1", "wallet", SECRET)

    opened = await asyncio.gather(*(one.open("t1", "wallet", sealed) for one in made))

    assert set(opened) == {SECRET}


class CountedKeyFile(KeyFile):
    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.made = self.unwrapped = 0

    async def new_data_key(self, tenant: str) -> tuple[bytes, bytes]:
        self.made += 1
        return await super().new_data_key(tenant)

    async def unwrap(self, tenant: str, wrapped: bytes) -> bytes:
        self.unwrapped += 1
        return await super().unwrap(tenant, wrapped)


async def test_the_master_key_is_asked_seldom(path: Path) -> None:
    """On AWS each of these is a paid KMS call."""
    now = [0.0]
    keys = CountedKeyFile(path)
    envelope = DataKeyEnvelope(keys, monotonic=lambda: now[0])

    for _ in range(10):
        await envelope.open("t1", "wallet", await envelope.seal("t1", "wallet", SECRET))
    assert (keys.made, keys.unwrapped) == (1, 1)

    now[0] += 25 * 3600
    await envelope.seal("t1", "wallet", SECRET)
    await envelope.seal("t2", "wallet", SECRET)
    assert keys.made == 3


async def test_few_keys_are_kept_in_memory(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MOST_KEYS", 2)
    keys = CountedKeyFile(path)
    envelope = DataKeyEnvelope(keys)

    sealed = {t: await envelope.seal(t, "wallet", SECRET) for t in ("a", "b", "c")}
    for tenant, one in sealed.items():
        assert await envelope.open(tenant, "wallet", one) == SECRET

    assert len(vars(envelope)["_current"]) == len(vars(envelope)["_unwrapped"]) == 2
