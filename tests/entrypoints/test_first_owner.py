"""The owner of an installation at home: account and node from the settings, once and kept up."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from app.bootstrap.composition import Strom, put_together
from app.bootstrap.foundation import Foundation, SystemChance, SystemClock, outbound_policy
from app.charging.errors import BadInput
from app.command_bus.in_process import InProcessBus
from app.entrypoints.first_owner import connect_node, create_owner, make_first_owner
from app.entrypoints.loops import LocalQueue
from app.envelope import KeyFileEnvelope
from app.outbound.client import guarded_client
from app.records import rows
from app.records.owners import Tenant
from app.settings import read_settings
from app.storage.memory import MemoryTables
from tests.support.lnd_calls import ADMIN, INVOICES, MACAROONS
from tests.support.lnd_certificate import self_signed
from tests.support.lnd_service import LndService
from tests.wallets.lnd_world import lnd

EMAIL = "Ada@Example.com"
PASSWORD = "umbrel gives a long one"
OURS_ALONE = ADMIN.replace("aa", "ee")


@pytest.fixture
async def node(tmp_path: Path) -> AsyncIterator[LndService]:
    async with lnd(tmp_path) as service:
        yield service


@pytest.fixture
def files(tmp_path: Path, node: LndService) -> Path:
    """The node's folder as it is mounted."""
    folder = tmp_path / "lnd"
    folder.mkdir()
    (folder / "admin.macaroon").write_bytes(bytes.fromhex(ADMIN))
    (folder / "tls.cert").write_text(node.certificate.pem)
    return folder


@pytest.fixture
async def strom(tmp_path: Path, node: LndService, files: Path) -> AsyncIterator[Strom]:
    settings = read_settings(
        data_dir=tmp_path,
        allow_private_hosts=True,
        network="regtest",
        owner_email=EMAIL,
        owner_password=PASSWORD,
        owner_lnd_url=node.url,
        owner_lnd_macaroon_file=files / "admin.macaroon",
        owner_lnd_certificate_file=files / "tls.cert",
    )
    async with guarded_client(outbound_policy(settings)) as http:
        strom = put_together(
            Foundation(
                settings=settings,
                tables=MemoryTables(),
                clock=SystemClock(),
                chance=SystemChance(),
                bus=InProcessBus(),
                queue=LocalQueue(),
                http=http,
                server_key=secrets.token_bytes(32),
                envelope=KeyFileEnvelope(tmp_path / "master.key"),
            )
        )
        yield strom
        await strom.wallets.close()


async def the_tenant(strom: Strom) -> Tenant:
    (tenant,) = await strom.tenancy.provider.tenants()
    return tenant


def with_settings(strom: Strom, **changes: Any) -> Strom:
    base = strom.foundation
    settings = base.settings.changed(**changes)
    return replace(strom, foundation=replace(base, settings=settings))


async def test_the_owner_can_sign_in_without_a_mailbox(strom: Strom) -> None:
    await make_first_owner(strom)
    tenant = await the_tenant(strom)
    assert (tenant.mode, tenant.status) == ("live", "active")
    actor = await strom.tenancy.accounts.sign_in(EMAIL, PASSWORD, ip="127.0.0.1")
    assert actor.tenant.id == tenant.id


async def test_a_second_start_makes_no_second_owner(strom: Strom) -> None:
    await make_first_owner(strom)
    await make_first_owner(with_settings(strom, owner_password="another long password"))
    await the_tenant(strom)
    await strom.tenancy.accounts.sign_in(EMAIL, PASSWORD, ip="127.0.0.1")


async def test_the_node_is_connected_from_its_files(strom: Strom) -> None:
    await make_first_owner(strom)
    assert await connect_node(strom) == ""
    assert await connect_node(strom) == ""
    tenant = await the_tenant(strom)
    (wallet,) = await strom.wallets.all(tenant.id)
    assert (wallet.kind, wallet.status, wallet.can_pay) == ("lnd", "active", True)
    assert ADMIN.encode() not in wallet.sealed_credentials


async def test_a_node_that_is_locked_is_connected_later(strom: Strom, node: LndService) -> None:
    await make_first_owner(strom)
    node.faults.is_locked = True
    assert "locked" in await connect_node(strom)
    node.faults.is_locked = False
    assert await connect_node(strom) == ""


async def test_files_that_are_not_there_yet_are_said(strom: Strom, files: Path) -> None:
    await make_first_owner(strom)
    (files / "admin.macaroon").unlink()
    with pytest.raises(FileNotFoundError):
        await connect_node(strom)


async def test_an_invoice_macaroon_is_not_kept(strom: Strom, files: Path) -> None:
    await make_first_owner(strom)
    (files / "admin.macaroon").write_bytes(bytes.fromhex(INVOICES))
    assert "could not refund" in await connect_node(strom)
    assert await strom.wallets.all((await the_tenant(strom)).id) == []


async def test_a_renewed_certificate_counts_for_charges_under_way_too(
    strom: Strom, node: LndService, files: Path
) -> None:
    await make_first_owner(strom)
    (files / "tls.cert").write_text(self_signed("before").pem + node.certificate.pem)
    await connect_node(strom)
    tenant = await the_tenant(strom)
    (before,) = await strom.wallets.all(tenant.id)

    (files / "tls.cert").write_text(node.certificate.pem)
    assert await connect_node(strom) == ""

    (after,) = await strom.wallets.all(tenant.id)
    assert (after.id, after.status) == (before.id, "active")
    assert after.sealed_credentials != before.sealed_credentials
    wallet = await strom.wallets.open(tenant.id, after.id)
    assert await wallet.spendable_msat() == node.network.balance_msat


async def test_a_certificate_that_the_node_does_not_show_is_not_kept(
    strom: Strom, files: Path
) -> None:
    await make_first_owner(strom)
    await connect_node(strom)
    tenant = await the_tenant(strom)
    before = await strom.wallets.all(tenant.id)
    (files / "tls.cert").write_text(self_signed("somebody else's").pem)
    assert "certificate is not the one" in await connect_node(strom)
    assert await strom.wallets.all(tenant.id) == before


async def test_another_macaroon_makes_another_connection(
    strom: Strom, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(MACAROONS, OURS_ALONE, MACAROONS[ADMIN])
    await make_first_owner(strom)
    await connect_node(strom)
    (files / "admin.macaroon").write_bytes(bytes.fromhex(OURS_ALONE))
    assert await connect_node(strom) == ""
    wallets = await strom.wallets.all((await the_tenant(strom)).id)
    assert [wallet.status for wallet in wallets] == ["active", "replaced"]


async def test_a_wallet_that_the_owner_chose_stays(strom: Strom, files: Path) -> None:
    await make_first_owner(strom)
    await connect_node(strom)
    tenant = await the_tenant(strom)
    (wallet,) = await strom.wallets.all(tenant.id)
    chosen = replace(wallet, kind="lnbits")
    await rows.wallets(strom.foundation.tables).replace(tenant.id, wallet, chosen)
    (files / "admin.macaroon").write_bytes(bytes.fromhex(INVOICES))
    assert await connect_node(strom) == ""


async def test_a_password_that_is_easy_to_guess_is_refused(strom: Strom) -> None:
    with pytest.raises(BadInput, match="10 characters"):
        await create_owner(strom, EMAIL, "Ada", "short")
