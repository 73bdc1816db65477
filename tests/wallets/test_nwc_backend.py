"""An NWC connection is tried before it is saved."""

import contextlib
from collections.abc import AsyncIterator

import pytest

from app.charging.errors import BadInput
from app.outbound import OutboundPolicy
from app.outbound.client import guarded_client
from app.storage.memory import MemoryTables
from app.wallets.backend import Parts, ProbeReport, WalletCredentials
from app.wallets.nwc_backend import CANNOT_REFUND, NO_BUDGET, NwcBackend
from tests.support.nwc_ledger import PLAIN, WalletLedger
from tests.support.nwc_network import Network
from tests.support.nwc_service import Habits, NwcService, a_relay
from tests.wallets.nwc_world import AT_HOME, WallClock
from tests.wallets.world import RealChance

BACKEND = NwcBackend()


def parts(policy: OutboundPolicy = AT_HOME) -> Parts:
    return Parts(guarded_client(policy), MemoryTables(), WallClock(), RealChance(), policy)


@contextlib.asynccontextmanager
async def a_service(
    habits: Habits | None = None, *, sats: int = 12, budget_msat: int | None = None
) -> AsyncIterator[NwcService]:
    ledger = WalletLedger(Network().node(sats * 1000), budget_msat=budget_msat)
    async with a_relay() as relay, NwcService(relay, ledger, habits) as service:
        yield service


async def probed(service: NwcService, policy: OutboundPolicy = AT_HOME) -> ProbeReport:
    credentials = BACKEND.check({"connection": service.uri})
    return await BACKEND.probe(parts(policy), "t1", credentials)


async def test_a_connection_that_may_do_everything_is_usable() -> None:
    async with a_service() as service:
        report = await probed(service)

    assert report.is_usable
    assert report.spendable_msat == 12_000
    assert report.smallest_unit_msat == 1000
    assert report.label == "Test node (127.0.0.1)"
    assert service.ledger.node.balance_msat == 12_000


async def test_a_connection_stays_usable_once_it_is_opened() -> None:
    async with a_service() as service:
        stored = BACKEND.check({"connection": service.uri}).to_bytes()
        wallet = BACKEND.open(parts(), "t1", WalletCredentials.from_bytes(stored))

        assert await wallet.spendable_msat() == 12_000
        assert wallet.capabilities.can_pay
        await wallet.close()


async def test_a_connection_that_only_receives_is_named() -> None:
    async with a_service(Habits(methods=PLAIN - {"pay_invoice"})) as service:
        report = await probed(service)

    assert report.can_receive
    assert not report.is_usable
    assert report.problems == (CANNOT_REFUND,)


@pytest.mark.parametrize("known_by", ["get_info", "trying"])
async def test_a_connection_that_only_receives_is_named_though_the_service_can_pay(
    known_by: str,
) -> None:
    """One announcement for all connections (nwcprovider)."""
    habits = Habits(restricted={"pay_invoice"})
    if known_by == "trying":
        habits.methods = PLAIN - {"get_info"}
    async with a_service(habits) as service:
        report = await probed(service)

    assert report.can_receive
    assert report.problems == (CANNOT_REFUND,)


@pytest.mark.parametrize("missing", ["make_invoice", "lookup_invoice", "get_balance"])
async def test_a_right_that_is_missing_is_named(missing: str) -> None:
    async with a_service(Habits(restricted={missing})) as service:
        report = await probed(service)

    assert not report.is_usable
    assert report.problems[0].startswith("This connection may not ")


async def test_a_budget_that_is_used_up_is_named() -> None:
    habits = Habits(methods=PLAIN | {"get_budget"})
    async with a_service(habits, budget_msat=0) as service:
        report = await probed(service)

    assert report.problems == (NO_BUDGET,)
    assert not report.is_usable


async def test_a_wallet_without_description_hashes_is_found_out() -> None:
    async with a_service() as service:
        service.ledger.knows_description_hash = False
        report = await probed(service)

    assert report.can_pay
    assert not report.can_receive
    assert "LNURL" in report.problems[0]
    assert not report.is_usable


async def test_a_removed_connection_is_named() -> None:
    async with a_service(Habits(errors={"get_info": [("UNAUTHORIZED", "gone")]})) as service:
        report = await probed(service)

    assert "removed" in report.problems[0]


async def test_a_relay_on_a_private_address_is_not_asked() -> None:
    async with a_service() as service:
        report = await probed(service, OutboundPolicy())

        assert report.problems == ("The relay is not reachable from the internet.",)
        assert service.requests == []


async def test_a_relay_nobody_answers_at_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.wallets.nwc_relays.CONNECT_S", 0.5)
    async with a_service() as service:
        uri = service.uri.replace(service.relay, "ws://127.0.0.1:9")
        credentials = BACKEND.check({"connection": uri})
        report = await BACKEND.probe(parts(), "t1", credentials)

    assert report.problems == ("The wallet's relay cannot be reached.",)


def test_what_is_entered_is_checked_and_shown_nowhere() -> None:
    with pytest.raises(BadInput) as caught:
        BACKEND.check({"connection": "lnbc1"})

    assert caught.value.field == "connection"
    assert [field.name for field in BACKEND.fields if field.is_secret] == ["connection"]
    secret = "71a8c14c1407c113601079c4302dab36460f0ccd0ad506f1f2dc73b5100e4f3c"
    uri = f"nostr+walletconnect://{'b8' * 32}?relay=wss://r.example&secret={secret}"
    assert secret not in repr(BACKEND.check({"connection": uri}))
