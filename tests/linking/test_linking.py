"""Challenges of ours, signed by a wallet, once."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from app.charging.errors import BadInput, NotAllowed
from app.linking import WalletKeys, verify
from app.linking.challenges import Purpose
from app.storage.memory import MemoryTables
from app.tokens import Signer
from tests.support.lnurl_vectors import VECTORS
from tests.support.tenancy import SeededChance, SetClock
from tests.support.wallet_key import LinkingKey

LUD04 = VECTORS["lud04"]


class World:
    def __init__(self) -> None:
        self.clock, self.tables = SetClock(), MemoryTables()
        self.keys = WalletKeys.over(self.tables, Signer(b"k" * 32), self.clock, SeededChance())
        self.wallet = LinkingKey()

    async def answers(self, purpose: Purpose, k1: str) -> str:
        return await self.keys.answer(purpose, k1, self.wallet.signs(k1), self.wallet.key)


@pytest.fixture
def world() -> World:
    return World()


def test_the_signature_of_the_document_is_good() -> None:
    assert verify(LUD04["k1"], LUD04["sig"], LUD04["key"]) == LUD04["key"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("k1", "00" * 32),
        ("key", LinkingKey().key),
        ("key", "04" + "11" * 64),
        ("key", "02" + "ff" * 32),
        ("key", ""),
        ("sig", LUD04["sig"][:-2] + "00"),
        ("sig", "30" * 70),
        ("sig", "00" * 64),
        ("sig", "zz"),
        ("sig", ""),
        ("sig", "é"),
    ],
)
def test_any_other_is_not(field: str, value: str) -> None:
    sent = {**LUD04, field: value}
    with pytest.raises(BadInput):
        verify(sent["k1"], sent["sig"], sent["key"])


async def test_the_browser_that_asked_learns_the_key_once_the_wallet_has_signed(
    world: World,
) -> None:
    asked = world.keys.ask("login")
    assert len(bytes.fromhex(asked.k1)) == 32
    assert await world.keys.answered("login", asked.k1, asked.secret) is None
    await world.answers("login", asked.k1)
    assert await world.keys.answered("login", asked.k1, asked.secret) == world.wallet.key
    assert await world.keys.take("login", asked.k1, asked.secret) == world.wallet.key
    assert await world.keys.take("login", asked.k1, asked.secret) is None


async def test_asking_writes_nothing(world: World) -> None:
    world.keys.ask("login")
    assert world.tables.rows() == []


async def test_a_challenge_is_answered_once(world: World) -> None:
    asked = world.keys.ask("login")
    await world.answers("login", asked.k1)
    thief = LinkingKey(8)
    with pytest.raises(NotAllowed):
        await world.keys.answer("login", asked.k1, thief.signs(asked.k1), thief.key)
    with pytest.raises(NotAllowed):
        await world.answers("login", asked.k1.upper())
    assert await world.keys.take("login", asked.k1, asked.secret) == world.wallet.key


async def test_a_challenge_for_one_thing_answers_no_other(world: World) -> None:
    for purpose in ("register", "link", "auth", "payer"):
        with pytest.raises(NotAllowed):
            await world.answers(purpose, world.keys.ask("login").k1)


async def test_whoever_photographs_the_code_does_not_collect(world: World) -> None:
    asked, other = world.keys.ask("login"), world.keys.ask("login")
    await world.answers("login", asked.k1)
    for secret in (other.secret, "", "zz", "é"):
        with pytest.raises(NotAllowed):
            await world.keys.take("login", asked.k1, secret)


@pytest.mark.parametrize("k1", ["", "00" * 32, "zz" * 32, "é", "00" * 5000, LUD04["k1"]])
async def test_a_challenge_that_is_not_ours_is_refused(world: World, k1: str) -> None:
    with pytest.raises(NotAllowed):
        await world.keys.answer("login", k1, LUD04["sig"], LUD04["key"])
    with pytest.raises(NotAllowed):
        await world.keys.take("login", k1, "")


async def test_a_challenge_expires(world: World) -> None:
    asked = world.keys.ask("login")
    world.clock.at += timedelta(minutes=11)
    with pytest.raises(NotAllowed, match="expired"):
        await world.answers("login", asked.k1)


async def test_of_many_who_collect_at_once_one_does(world: World) -> None:
    asked = world.keys.ask("login")
    await world.answers("login", asked.k1)
    taking = (world.keys.take("login", asked.k1, asked.secret) for _ in range(20))
    assert sum(key is not None for key in await asyncio.gather(*taking)) == 1
