"""New keys at home: what was sealed opens, links that were given out go on or end as promised."""

from __future__ import annotations

import secrets
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.bootstrap.charger_security import charger_security
from app.bootstrap.common import Common, common_parts
from app.bootstrap.local import local_foundation, local_tables
from app.bootstrap.own_keys import require_own_keys
from app.bootstrap.wallets import owners_wallets
from app.charging.errors import BadInput, NotFound, Unavailable
from app.charging.ports import Item, Value
from app.entrypoints.loops import LocalQueue
from app.entrypoints.rotating import rotate_master_key, rotate_server_key
from app.envelope import KeyFile, KeyFileEnvelope, previous
from app.operations import SetPassword
from app.records import rows
from app.records.charge_points import ChargePoint
from app.records.owners import Tenant
from app.settings import Settings, read_settings

TENANT = "abcdefghij23"


@pytest.fixture
def settings(ministack_endpoint: str, tmp_path: Path) -> Settings:
    return read_settings(
        data_dir=tmp_path,
        table=f"strom-{secrets.token_hex(6)}",
        dynamodb_endpoint=ministack_endpoint,
    )


@asynccontextmanager
async def started(settings: Settings) -> AsyncIterator[Common]:
    """As `strom serve` starts: only with the keys that the table knows."""
    async with local_foundation(settings, LocalQueue(), migrate=True) as base:
        await require_own_keys(base.tables, settings.data_dir)
        yield common_parts(base)


async def entrust(common: Common) -> str:
    """A secret of each form that rows hold; returns the wallet's id."""
    now = common.base.clock.now()
    tenant = Tenant(TENANT, "A", "active", "sandbox", "a@example.org", now)
    await rows.tenants(common.base.tables).add(TENANT, tenant)
    wallet = await owners_wallets(common).connect(tenant, "sandbox", {})
    charge_point = ChargePoint("cp1", "p", "One", "one", "loc1", "", "sha", now)
    await rows.charge_points(common.base.tables).add(TENANT, charge_point)
    await common.passwords.rotate(TENANT, "cp1", by="an owner")
    await charger_security(common).authorities.of(TENANT)
    return wallet.id


async def everything(settings: Settings) -> list[Item]:
    async with local_tables(settings) as tables:
        return list((await tables.whole().page(limit=500)).items)


def holds(value: Value, sought: bytes) -> bool:
    """Whether these bytes stand in a value, in any of the ways that rows are written in."""
    match value:
        case bytes():
            packed = b""
            if value[:1] == b"x":
                packed = zlib.decompress(value)
            return sought in value or sought in packed or sought.hex().encode() in packed
        case str():
            return sought.hex() in value
        case list():
            return any(holds(each, sought) for each in value)
        case dict():
            return any(holds(each, sought) for each in value.values())
    return False


async def test_a_new_master_key_opens_all_and_the_old_one_nothing(settings: Settings) -> None:
    async with started(settings) as common:
        wallet = await entrust(common)
    file = settings.data_dir / "master.key"
    before = file.read_bytes()
    old_id = KeyFile(file)._id
    assert sum(holds(dict(each), old_id) for each in await everything(settings)) >= 4

    told = await rotate_master_key(settings)
    assert "rows are sealed under the new" in told
    assert file.read_bytes() != before
    assert previous(file).read_bytes() == before
    assert not [each for each in await everything(settings) if holds(dict(each), old_id)]

    assert "is removed" in await rotate_master_key(settings)
    assert not previous(file).exists()
    async with started(settings) as common:
        opened = await owners_wallets(common).open(TENANT, wallet)
        assert opened.capabilities.is_sandbox
        (given,) = await common.commands.newest(TENANT, "cp1")
        told_to_edge = given.carries
        assert isinstance(told_to_edge, SetPassword)
        revealed = await common.passwords.reveal(TENANT, "cp1", told_to_edge)
        assert revealed is not None
        await charger_security(common).authorities.of(TENANT)
    old = settings.data_dir / "old.key"
    old.write_bytes(before)
    sealed = await KeyFileEnvelope(file).seal(TENANT, "wallet", b"x")
    with pytest.raises(Unavailable):
        await KeyFileEnvelope(old).open(TENANT, "wallet", sealed)


async def test_a_rotation_that_was_cut_off_goes_on_with_the_same_key(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with started(settings) as common:
        wallet = await entrust(common)
    old_id = KeyFile(settings.data_dir / "master.key")._id

    class CutOffError(Exception):
        pass

    async def one_row(_: object, item: Item) -> bool:
        raise CutOffError(item["pk"])

    with monkeypatch.context() as patched:
        patched.setattr("app.migrations.resealing.Resealer._change", one_row)
        with pytest.raises(CutOffError):
            await rotate_master_key(settings)
    begun = (settings.data_dir / "master.key").read_bytes()

    assert "rows are sealed" in await rotate_master_key(settings)
    assert (settings.data_dir / "master.key").read_bytes() == begun
    assert not [each for each in await everything(settings) if holds(dict(each), old_id)]
    async with started(settings) as common:  # and the table knows the new file
        assert (await owners_wallets(common).open(TENANT, wallet)).capabilities.is_sandbox


async def test_links_live_through_one_new_server_key_and_not_through_two(
    settings: Settings,
) -> None:
    async with started(settings) as common:
        link = common.signer.session_token(TENANT, "session1")
        pin = common.signer.mac("pin", TENANT, "session1", "1234")
    told = await rotate_server_key(settings, at_once=False)
    assert "still work" in told
    async with started(settings) as common:
        assert common.signer.session(link).session_id == "session1"
        assert common.signer.has_made(pin, "pin", TENANT, "session1", "1234")
        assert not common.signer.has_made(pin, "pin", TENANT, "session1", "1235")
        assert common.signer.session_token(TENANT, "session1") != link
    await rotate_server_key(settings, at_once=False)
    async with started(settings) as common:
        with pytest.raises(NotFound):
            common.signer.session(link)


async def test_a_server_key_that_others_know_signs_nothing_that_counts(settings: Settings) -> None:
    async with started(settings) as common:
        link = common.signer.session_token(TENANT, "session1")
    assert "is void" in await rotate_server_key(settings, at_once=True)
    async with started(settings) as common:
        with pytest.raises(NotFound):
            common.signer.session(link)


async def test_where_there_are_no_key_files_nothing_is_made(settings: Settings) -> None:
    for elsewhere in (
        settings.changed(kms_key="arn:aws:kms:x"),
        settings.changed(embedded_tables="ministack"),
    ):
        with pytest.raises(BadInput):
            await rotate_master_key(elsewhere)
    with pytest.raises(NotFound, match="STROM_DATA_DIR"):
        await rotate_server_key(settings, at_once=False)
    assert not list(settings.data_dir.iterdir())
