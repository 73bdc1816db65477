"""The *perform* function: what it takes from the queue, what it answers about wallets."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from app.bootstrap.foundation import Foundation
from app.bootstrap.perform import perform_alone
from app.charging.effects import AwaitPayment
from app.charging.errors import NotAllowed, NotFound, Unavailable
from app.charging.ports import IncomingOpen, IncomingSettled, InvoiceRequest, OutgoingUnknown
from app.entrypoints.lambdas.performing import answer, perform_all
from app.entrypoints.lambdas.starting import Started
from app.entrypoints.sweeping import HandedOver, sweep_once
from app.envelope import Envelope
from app.flow import Flow
from app.records import rows
from app.records.effects import EffectRef
from app.records.owners import Tenant
from app.settings import Settings
from app.wallets.answering import WalletAnswers
from app.wallets.connector import WalletConnector
from app.wallets.remote import RemoteWallet
from app.wallets.remote_connecting import RemoteOpener
from app.wallets.sandbox import SandboxPayer
from tests.support.on_aws import Installation

Begin = Callable[[Settings], Started]


@dataclass(frozen=True)
class Performing:
    """The function, started."""

    base: Foundation
    flow: Flow
    wallets: WalletConnector
    payer: SandboxPayer
    run: Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture
def started(installation: Installation, begin: Begin) -> Performing:
    started = begin(installation.settings)
    base, wallets = started.common.base, perform_alone(started.common)
    payer = SandboxPayer(base.tables, base.clock, base.chance)
    return Performing(base, started.common.flow, wallets, payer, started.run)


async def sandbox_owner(started: Performing, tenant_id: str) -> str:
    """A tenant with a sandbox wallet; returns the wallet's id."""
    base = started.base
    now = base.clock.now()
    tenant = Tenant(tenant_id, "A", "active", "sandbox", "a@example.org", now)
    await rows.tenants(base.tables).add(tenant_id, tenant)
    return (await started.wallets.connect(tenant, "sandbox", {})).id


class NeverOpens:
    """The envelope of a function whose role may not unwrap wallets' data keys."""

    async def seal(self, tenant: str, purpose: str, plaintext: bytes) -> bytes:
        raise AssertionError("not asked")

    async def open(self, tenant: str, purpose: str, sealed: bytes) -> bytes:
        raise AssertionError("a wallet was opened here")


def remote(started: Performing, envelope: Envelope) -> RemoteOpener:
    """The lnurl function's way to wallets; Lambda's Invoke is a call here."""

    async def asks(question: bytes) -> bytes:
        told = await answer(WalletAnswers(started.wallets), json.loads(question))
        return json.dumps(told).encode()

    return RemoteOpener(asks, envelope, None, {})  # type: ignore[arg-type]  # nothing is probed


def test_a_wallet_is_asked_by_who_cannot_open_it(started: Performing) -> None:
    async def play() -> None:
        wallet_id = await sandbox_owner(started, "remote1")
        wallet = await remote(started, NeverOpens()).open("remote1", wallet_id, b"sealed")
        assert isinstance(wallet, RemoteWallet)
        assert wallet.capabilities.is_sandbox
        assert (
            wallet.capabilities == (await started.wallets.open("remote1", wallet_id)).capabilities
        )

        invoice = await wallet.create_invoice(InvoiceRequest(21_000, 600, memo="a charge"))
        assert invoice.amount_msat == 21_000
        assert await wallet.look_up_incoming(invoice.payment_hash) == IncomingOpen()
        await started.payer.pay("remote1", invoice.bolt11)
        assert await wallet.look_up_incoming(invoice.payment_hash) == IncomingSettled(21_000)
        assert await wallet.spendable_msat() == 21_000
        assert isinstance(await wallet.look_up_outgoing("00" * 32), OutgoingUnknown)

    started.run(play())


def test_nothing_that_can_be_asked_pays(started: Performing) -> None:
    async def play() -> None:
        wallet_id = await sandbox_owner(started, "remote2")
        wallet = await remote(started, NeverOpens()).open("remote2", wallet_id, b"sealed")
        with pytest.raises(NotAllowed):
            await wallet.pay("lnbc1", amount_msat=1, fee_limit_msat=1)
        answers = WalletAnswers(started.wallets)
        for kind in ("pay", "settle_held", "cancel_held", "open", ""):
            forged = {"type": kind, "tenant": "remote2", "wallet_id": wallet_id, "bolt11": "lnbc1"}
            assert (await answer(answers, forged))["error"] == "BadInput"

    started.run(play())


def test_what_goes_wrong_there_is_raised_here(started: Performing) -> None:
    async def play() -> None:
        wallet_id = await sandbox_owner(started, "remote3")
        opener = remote(started, NeverOpens())
        with pytest.raises(NotFound):
            await opener.open("remote3", "nowallet", b"sealed")
        with pytest.raises(NotFound):
            await opener.open("remote1", wallet_id, b"another tenant's")

        async def breaks(_: bytes) -> bytes:
            return b'{"errorMessage": "Task timed out"'

        broken = RemoteOpener(breaks, NeverOpens(), None, {})  # type: ignore[arg-type]
        with pytest.raises(Unavailable):
            await broken.open("remote3", wallet_id, b"sealed")

    started.run(play())


async def owe_invoice(started: Performing, tenant: str) -> EffectRef:
    """A paid invoice that nobody has asked about yet."""
    wallet_id = await sandbox_owner(started, tenant)
    wallet = await started.wallets.open(tenant, wallet_id)
    invoice = await wallet.create_invoice(InvoiceRequest(21_000, 600, memo="a charge"))
    expired = started.base.clock.now() - timedelta(hours=3)
    effect = AwaitPayment("s1", wallet_id, invoice.payment_hash, 21_000, expired)
    await started.flow.owe(tenant, effect, None, 0)
    return (await started.flow.sessions.owed(tenant, f"T#{tenant}#S#s1"))[0].ref


def message(body: str, message_id: str = "m") -> dict[str, Any]:
    return {"messageId": message_id, "body": body, "eventSource": "aws:sqs"}


def test_what_is_owed_is_handed_over_by_the_sweep_and_performed_from_the_queue(
    started: Performing,
) -> None:
    async def play() -> None:
        ref = await owe_invoice(started, "swept1")
        handed: list[EffectRef] = []

        async def put(one: EffectRef) -> None:
            handed.append(one)

        hand_over = HandedOver(put, started.base.clock)
        first = await sweep_once(started.flow, hand_over)
        again = await sweep_once(started.flow, hand_over)
        assert handed == [ref]
        assert first.count >= 1
        assert again.oldest_s >= 0
        assert (await started.flow.sessions.owed_effect(ref)) is not None

        body = json.dumps({"tenant": ref.tenant, "pk": ref.pk, "sk": ref.sk})
        assert await perform_all(started.flow, [message(body)]) == {"batchItemFailures": []}
        assert (await started.flow.sessions.owed_effect(ref)) is None

    started.run(play())


def test_a_message_that_cannot_be_read_fails_alone(started: Performing) -> None:
    async def play() -> None:
        good = json.dumps({"tenant": "nobody", "pk": "T#nobody#S#1", "sk": "E#await.1"})
        bad = json.dumps({"tenant": "nobody", "pk": "T#other#S#1", "sk": "E#await.1"})
        done = await perform_all(started.flow, [message(good, "a"), message(bad, "b")])
        assert done == {"batchItemFailures": [{"itemIdentifier": "b"}]}

    started.run(play())


def test_two_deliveries_of_one_message_do_it_once(started: Performing) -> None:
    async def play() -> None:
        ref = await owe_invoice(started, "twice1")
        body = json.dumps({"tenant": ref.tenant, "pk": ref.pk, "sk": ref.sk})
        flow = started.flow
        counted: list[str] = []
        performer: Callable[..., Awaitable[Any]] = flow.performers[AwaitPayment]

        async def counting(*given: Any) -> Any:
            counted.append("once")
            return await performer(*given)

        flow.performers = {**flow.performers, AwaitPayment: counting}
        await perform_all(flow, [message(body, "a"), message(body, "b")])
        assert counted == ["once"]

    started.run(play())
