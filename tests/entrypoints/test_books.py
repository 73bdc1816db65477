"""``strom audit`` and ``strom export``, as whoever keeps the books calls them."""

import csv
import io
import json
from pathlib import Path
from uuid import uuid4

import pytest

from app.bookkeeping.audit import Report
from app.bootstrap.composition import put_together
from app.bootstrap.local import local_foundation, local_tables
from app.charging.effects import PayRefund
from app.charging.errors import NotFound
from app.charging.events import PaymentSettled, RefundClaimed, RefundOutcome, StartRejected
from app.charging.ledger import Balances
from app.charging.ports import Put
from app.entrypoints.books import audit_tenant, compare_tables, export_tenant, told
from app.entrypoints.loops import LocalQueue
from app.entrypoints.provider import owners_here
from app.records.books import Difference
from app.records.keys import session_pk
from app.settings import Settings, read_settings
from tests.charging.sessions import NOON
from tests.flow.system import SESSION, opening


@pytest.fixture
def settings(ministack_endpoint: str, tmp_path: Path) -> Settings:
    return read_settings(
        dynamodb_endpoint=ministack_endpoint,
        table=f"books-{uuid4().hex[:12]}",
        data_dir=tmp_path,
    )


async def has_been_paid(settings: Settings) -> str:
    """A tenant with one payment in the ledger that its wallet knows nothing of."""
    async with local_foundation(settings, LocalQueue()) as base:
        strom = put_together(base)
        made = await strom.tenancy.sandboxes.create_sandbox_tenant(
            "ada@example.org", "Ada", "long enough a password"
        )
        paid = PaymentSettled(NOON, "aa" * 32, 2_000_000)
        await strom.flow.record(made.tenant.id, SESSION, [paid], opening=opening())
        return str(made.tenant.id)


async def test_a_tenant_nobody_knows_is_not_an_empty_one(settings: Settings) -> None:
    with pytest.raises(NotFound, match="no tenant 'nobody'"):
        await audit_tenant(settings, "nobody", ask_wallets=False)
    with pytest.raises(NotFound, match="no tenant 'nobody'"):
        await export_tenant(settings, "nobody", "csv")


async def test_the_books_are_checked_and_given_out(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    tenant = await has_been_paid(settings)

    assert await audit_tenant(settings, tenant, ask_wallets=False)

    assert "paid 2000000 + receivable 0" in capsys.readouterr().out
    rows = list(csv.DictReader(io.StringIO(await export_tenant(settings, tenant, "csv"))))
    assert [(row["amount_msat"], row["value"], row["currency"]) for row in rows] == [
        ("2000000", "2.00", "EUR")
    ]
    month = f"{NOON:%Y-%m}"
    assert len(json.loads(await export_tenant(settings, tenant, "json", month))) == 1
    assert json.loads(await export_tenant(settings, tenant, "json", "2031-01")) == []
    with pytest.raises(NotFound, match="2026-03"):
        await export_tenant(settings, tenant, "json", "March")


def test_what_was_not_asked_is_not_said_to_agree() -> None:
    assert told(Report()).endswith("\neverything agrees")
    text = told(Report(not_asked=2))
    assert "everything agrees" not in text
    assert "2 payments and refunds could not be" in text


def test_what_differs_is_named() -> None:
    report = Report(
        sessions=2,
        not_asked=1,
        totals=Balances(paid=5),
        differences=[Difference("s1", "odd"), Difference("", "odder")],
    )
    text = told(report)
    assert "1 could not be asked" in text
    assert "DIFFERS s1: odd\nDIFFERS chain of seals: odder\n2 differences" in text


async def test_a_restored_table_is_compared_with_the_one_before(settings: Settings) -> None:
    tenant = await has_been_paid(settings)
    async with local_foundation(settings, LocalQueue()) as base:
        refused = StartRejected(NOON, "Rejected")
        await put_together(base).flow.record(tenant, SESSION, [refused])
    restored = settings.changed(table=f"{settings.table}-restored")
    async with local_tables(settings) as old, local_tables(restored) as new:
        for row in (await old.whole().page(limit=500)).items:
            await new.whole().write([Put(row)])
    assert "knows every movement" in await compare_tables(restored, settings.table, tenant)

    async with local_foundation(settings, LocalQueue()) as base:  # and life went on
        flow = put_together(base).flow
        claimed = RefundClaimed(NOON, "bb" * 32, "lnbc1", 2_000_000, "k1")
        await flow.record(tenant, SESSION, [claimed])
        await flow.record(tenant, SESSION, [RefundOutcome(NOON, "bb" * 32, "paid")])
        paid = PaymentSettled(NOON, "cc" * 32, 1_000_000)
        await flow.record(tenant, "another", [paid], opening=opening())

    told = await compare_tables(restored, settings.table, tenant)
    head, *lines = told.splitlines()
    assert head == f"{settings.table} knows of 2 charges what {restored.table} does not:"
    assert set(lines) == {
        "another (no such charge here): 1000000 msat paid",
        f"{SESSION}: 2000000 msat refunded: WOULD BE OFFERED AGAIN",
    }
    assert "knows every movement" in await compare_tables(settings, restored.table, tenant)

    told = await compare_tables(restored, settings.table, tenant, write_refunds=True)
    assert f"{SESSION}: 2000000 msat refunded: written down here" in told
    async with local_foundation(restored, LocalQueue()) as base:
        strom = put_together(base)
        stored = await strom.flow.sessions.find(tenant, SESSION)
        assert stored is not None
        assert stored.session.claimable_msat == 0
        assert stored.session.balances.refunded == 2_000_000
        owed = await strom.flow.sessions.owed(tenant, session_pk(tenant, SESSION))
        assert not [one for one in owed if isinstance(one.effect, PayRefund)]
        ledger = await strom.flow.sessions.ledger(tenant, SESSION)
        assert ledger[-1].cause.endswith(f"said by the table {settings.table}")
    again = await compare_tables(restored, settings.table, tenant, write_refunds=True)
    assert "another (no such charge here)" in again  # of which nothing can be written
    with pytest.raises(NotFound):
        await compare_tables(restored, settings.table, "nobody")


async def test_owners_are_listed(settings: Settings) -> None:
    tenant = await has_been_paid(settings)
    assert await owners_here(settings) == [f"{tenant} active ada@example.org Ada"]
