"""An owner connects a wallet; another takes its place; what was open stays open."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest

from app.charging.errors import BadInput, Conflict, NotFound
from app.charging.ports import IncomingOpen, InvoiceRequest
from app.envelope import KeyFileEnvelope
from app.outbound import OutboundPolicy
from app.outbound.client import guarded_client
from app.records.owners import Tenant
from app.storage.memory import MemoryTables
from app.wallets.backend import Parts
from app.wallets.connections import BACKENDS, WalletOpener
from app.wallets.connector import KEPT_AFTER, WalletConnector
from app.wallets.lnbits_backend import CANNOT_REFUND
from tests.support.lnbits import LnbitsNode, LnbitsWalletKeys
from tests.wallets.world import RealChance, SetClock


class Owner:
    """One tenant and what it owes to drivers."""

    def __init__(self, folder: Path, mode: Literal["live", "sandbox"]) -> None:
        self.tables, self.clock, self.owed_msat = MemoryTables(), SetClock(), 0
        policy = OutboundPolicy(allow_private_hosts=True)
        parts = Parts(guarded_client(policy), self.tables, self.clock, RealChance(), policy)
        self.wallets = WalletConnector(
            self.tables,
            WalletOpener(parts, KeyFileEnvelope(folder / "key")),
            self.clock,
            RealChance(),
            self._owed,
            BACKENDS,
        )
        self.tenant = Tenant(
            "abcdefabcdef", "Garage", "active", mode, "o@strom.example", self.clock.now()
        )

    async def connects(self, node: LnbitsNode, keys: LnbitsWalletKeys, key: str = "") -> str:
        self.clock.at += timedelta(minutes=1)
        fields = {"url": node.base_url, "admin_key": key or keys.adminkey}
        return (await self.wallets.connect(self.tenant, "lnbits", fields)).id

    async def _owed(self, tenant: str) -> int:
        return self.owed_msat


@pytest.fixture
def owner(tmp_path: Path) -> Owner:
    return Owner(tmp_path, "live")


@pytest.fixture
def newcomer(tmp_path: Path) -> Owner:
    return Owner(tmp_path, "sandbox")


async def test_a_newcomer_has_the_sandbox_wallet_and_no_other(newcomer: Owner) -> None:
    assert [kind.kind for kind in newcomer.wallets.kinds(newcomer.tenant)] == ["sandbox"]

    connection = await newcomer.wallets.connect(newcomer.tenant, "sandbox", {})

    assert (await newcomer.wallets.active(newcomer.tenant.id)) == connection
    with pytest.raises(BadInput):
        await newcomer.wallets.connect(
            newcomer.tenant, "lnbits", {"url": "https://x.example", "admin_key": "f" * 32}
        )


async def test_an_owner_who_is_live_has_no_sandbox_wallet(owner: Owner) -> None:
    kinds = [kind.kind for kind in owner.wallets.kinds(owner.tenant)]
    assert "lnbits" in kinds
    assert "sandbox" not in kinds
    with pytest.raises(BadInput):
        await owner.wallets.connect(owner.tenant, "sandbox", {})
    with pytest.raises(NotFound):
        await owner.wallets.active(owner.tenant.id)


async def test_a_key_that_cannot_refund_is_not_kept(owner: Owner, lnbits: LnbitsNode) -> None:
    keys = await lnbits.create_wallet("Garage")

    with pytest.raises(BadInput) as caught:
        await owner.connects(lnbits, keys, key=keys.inkey)

    assert caught.value.message == CANNOT_REFUND
    assert await owner.wallets.all(owner.tenant.id) == []


async def test_trying_keeps_nothing(owner: Owner, lnbits: LnbitsNode) -> None:
    keys = await lnbits.create_wallet("Garage", sats=5)
    fields = {"url": lnbits.base_url, "admin_key": keys.adminkey}

    probe = await owner.wallets.probe(owner.tenant, "lnbits", fields)

    assert probe.problems == ()
    assert probe.spendable_msat == 5000
    assert owner.tables.rows() == []


async def test_no_key_lies_readable_in_the_table(owner: Owner, lnbits: LnbitsNode) -> None:
    keys = await lnbits.create_wallet("Garage")
    await owner.connects(lnbits, keys)

    assert keys.adminkey not in repr(owner.tables.rows())


async def test_a_replaced_wallet_still_answers_for_its_invoices(
    owner: Owner, lnbits: LnbitsNode
) -> None:
    tenant = owner.tenant.id
    old = await owner.connects(lnbits, await lnbits.create_wallet("old"))
    invoice = await (await owner.wallets.open(tenant, old)).create_invoice(
        InvoiceRequest(5000, 600, memo="charge")
    )

    new = await owner.connects(lnbits, await lnbits.create_wallet("new"))

    assert (await owner.wallets.active(tenant)).id == new
    assert [(c.id, c.status) for c in await owner.wallets.all(tenant)] == [
        (new, "active"),
        (old, "replaced"),
    ]
    wallet = await owner.wallets.open(tenant, old)
    assert await wallet.look_up_incoming(invoice.payment_hash) == IncomingOpen()


async def test_of_two_that_connect_at_once_one_is_told(owner: Owner, lnbits: LnbitsNode) -> None:
    keys = [await lnbits.create_wallet(f"w{n}") for n in range(3)]

    for _ in range(2):  # with none before, and with one to replace
        outcomes = await asyncio.gather(
            *(owner.connects(lnbits, one) for one in keys), return_exceptions=True
        )
        assert any(isinstance(outcome, str) for outcome in outcomes)
        refused = [outcome for outcome in outcomes if not isinstance(outcome, str)]
        assert all(isinstance(error, Conflict) for error in refused)
        connected = await owner.wallets.all(owner.tenant.id)
        assert [one.status for one in connected].count("active") == 1


async def test_a_balance_below_what_is_owed_is_said(owner: Owner, lnbits: LnbitsNode) -> None:
    keys = await lnbits.create_wallet("Garage", sats=100)
    wallet_id = await owner.connects(lnbits, keys)
    assert (await owner.wallets.refresh(owner.tenant.id, wallet_id)).last_problem == ""

    owner.owed_msat = 100_001
    await lnbits.fund(keys.id, -1)
    asked = await owner.wallets.refresh(owner.tenant.id, wallet_id)

    assert asked.last_spendable_msat == 99_000
    assert asked.last_problem.startswith("The wallet holds 99 sats, and 101 sats may have to")
    assert await owner.wallets.active(owner.tenant.id) == asked


async def test_a_replaced_wallet_is_forgotten_once_nothing_open_names_it(newcomer: Owner) -> None:
    wallets, tenant = newcomer.wallets, newcomer.tenant
    first = await wallets.connect(tenant, "sandbox", {})
    await wallets.connect(tenant, "sandbox", {})

    await wallets.retire(tenant.id, in_use=())
    assert [one.status for one in await wallets.all(tenant.id)] == ["active", "replaced"]

    newcomer.clock.at += KEPT_AFTER + timedelta(minutes=1)
    await wallets.retire(tenant.id, in_use={first.id})
    assert [one.status for one in await wallets.all(tenant.id)] == ["active", "replaced"]

    await wallets.retire(tenant.id, in_use=())
    active, retired = await wallets.all(tenant.id)
    assert (retired.status, retired.sealed_credentials) == ("retired", b"")
    assert active.sealed_credentials


async def test_trouble_with_the_wallet_is_told_apart(newcomer: Owner) -> None:
    connection = await newcomer.wallets.connect(newcomer.tenant, "sandbox", {})
    fine = await newcomer.wallets.refresh(newcomer.tenant.id, connection.id)
    newcomer.owed_msat = 1_000_000
    low = await newcomer.wallets.refresh(newcomer.tenant.id, connection.id)
    assert (fine.last_trouble, low.last_trouble) == ("", "low")
    with pytest.raises(NotFound):
        await newcomer.wallets.refresh("another00001", connection.id)
