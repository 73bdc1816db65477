"""Refunds and books as their owner sees and resolves them, on pages and by program."""

from __future__ import annotations

from datetime import timedelta

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from app.portal.months import months, span
from app.records.books import CheckedBooks, Difference
from app.records.refunds import RefundLine
from app.records.views import Actor
from tests.portal.conftest import Browser
from tests.portal.test_api import Program, problem, program
from tests.support.money import movement
from tests.support.portal import Fixture

HASH = "ab" * 32
MARCH = "2026-03"


@pytest.fixture
async def adas(portal: Fixture, client: TestClient[Litestar], ada: Actor) -> Program:
    return await program(portal, client, ada)


@pytest.fixture
async def bobs(portal: Fixture, client: TestClient[Litestar], bob: Actor) -> Program:
    return await program(portal, client, bob)


def owes(portal: Fixture, tenant: str) -> None:
    """One refund of each kind."""
    now = portal.house.clock.now()
    portal.refunds.waiting[tenant] = [
        RefundLine(
            "s1", "cp1", 1, "stuck", 4_000_000, now, None, HASH, "Nobody can tell <b>it</b>."
        ),
        RefundLine("s2", "cp1", 2, "owed", 7_000_000, now, now + timedelta(days=90)),
        RefundLine("s3", "cp1", 1, "in_flight", 5_000, now, None, "cd" * 32),
    ]
    portal.refunds.ended[tenant] = [
        RefundLine("s4", "cp1", 1, "paid", 1_000, now, None, "ef" * 32),
        RefundLine("s5", "cp1", 1, "forfeited", 2_000, now),
    ]


async def test_every_refund_is_listed_with_where_it_stands(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    owes(portal, ada.tenant.id)
    browser.signs_in()
    browser.opens("/refunds")
    for said in ("4\u202f000\u202fsat", "stuck", "claimable", "in flight", "paid", "forfeited"):
        assert said in browser.text
    assert HASH in browser.text
    assert "<b>it</b>" not in browser.page
    assert "2026-05-30" in browser.text, "when it ends"
    assert "pay it twice" in browser.text, "the warning stands before the button"
    browser.opens("/refunds?start=more")
    assert "forfeited" not in browser.text


async def test_where_nothing_is_owed_it_says_so(browser: Browser, ada: Actor) -> None:
    browser.signs_in()
    browser.opens("/refunds")
    assert "Nothing is owed to drivers" in browser.text


@pytest.mark.parametrize(
    ("outcome", "told"), [("paid", "was paid"), ("failed", "driver can claim it again")]
)
async def test_the_owner_resolves_what_is_stuck(
    portal: Fixture, browser: Browser, ada: Actor, outcome: str, told: str
) -> None:
    owes(portal, ada.tenant.id)
    browser.signs_in()
    browser.opens("/refunds")
    browser.sends("/refunds/s1/resolve", payment_hash=HASH, outcome=outcome)
    assert told in browser.text
    assert portal.refunds.words == [("s1", HASH, outcome, f"owner {ada.user.id}")]


async def test_what_cannot_be_resolved_is_said(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    owes(portal, ada.tenant.id)
    browser.signs_in()
    browser.opens("/refunds")
    browser.sends("/refunds/s3/resolve", payment_hash="cd" * 32, outcome="failed")
    assert "not in doubt" in browser.text
    browser.sends("/refunds/s1/resolve", payment_hash=HASH, outcome="perhaps")
    assert "whether it was paid or failed" in browser.text
    assert portal.refunds.words == []


async def test_a_refund_is_looked_up_at_once(portal: Fixture, browser: Browser, ada: Actor) -> None:
    owes(portal, ada.tenant.id)
    browser.signs_in()
    browser.opens("/refunds")
    browser.sends("/refunds/s3/look-up")
    assert "cannot say yet" in browser.text
    portal.refunds.wallet_says = "paid"
    browser.sends("/refunds/s3/look-up")
    assert "was paid" in browser.text
    browser.sends("/refunds/s2/look-up")
    assert "no refund of this charge is under way" in browser.text.lower()


async def test_a_suspended_owner_only_looks(portal: Fixture, browser: Browser, ada: Actor) -> None:
    owes(portal, ada.tenant.id)
    browser.signs_in()
    browser.opens("/refunds")
    await portal.house.tenancy.provider.set_status(ada.tenant.id, "suspended")
    answer = browser.sends("/refunds/s1/resolve", payment_hash=HASH, outcome="failed")
    assert answer.status_code == 403
    assert portal.refunds.words == []


async def test_programs_do_the_same(portal: Fixture, adas: Program, ada: Actor) -> None:
    owes(portal, ada.tenant.id)
    listed = adas.gets("/refunds")
    assert [line["state"] for line in listed] == ["stuck", "owed", "in_flight"]
    assert adas.asks("POST", "/refunds/s3/look-up").json() == {"outcome": "in_flight"}
    word = {"payment_hash": HASH, "outcome": "failed"}
    assert adas.asks("POST", "/refunds/s1/resolve", word).json() == {"outcome": "failed"}
    [(_, _, _, by)] = portal.refunds.words
    assert by.startswith("API key ")
    problem(
        adas.asks("POST", "/refunds/s3/resolve", {**word, "payment_hash": "cd" * 32}),
        409,
    )
    problem(adas.asks("POST", "/refunds/s1/resolve", {**word, "outcome": "perhaps"}), 400)
    problem(adas.asks("POST", "/refunds/s1/resolve", {**word, "payment_hash": "x"}), 400)


async def test_another_owners_refunds_and_books_are_not_there(
    portal: Fixture, adas: Program, bobs: Program, bob: Actor
) -> None:
    owes(portal, bob.tenant.id)
    portal.books.kept[bob.tenant.id] = [movement()]
    assert adas.gets("/refunds") == []
    problem(adas.asks("POST", "/refunds/s3/look-up"), 404)
    word = {"payment_hash": HASH, "outcome": "failed"}
    problem(adas.asks("POST", "/refunds/s1/resolve", word), 404)
    assert adas.gets(f"/books/{MARCH}") == []
    assert len(bobs.gets(f"/books/{MARCH}")) == 1


async def test_a_months_movements_are_downloaded(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    portal.books.kept[ada.tenant.id] = [movement(), movement("2026-04-01T00:00:00+00:00")]
    browser.signs_in()
    browser.opens("/books")
    assert MARCH in browser.text
    csv = browser.client.get(f"/books/{MARCH}/csv")
    assert csv.text == "2026-03-01T12:00:00+00:00,2000000\r\n"
    assert csv.headers["content-type"] == "text/csv; charset=utf-8"
    assert csv.headers["content-disposition"] == f'attachment; filename="strom-{MARCH}.csv"'
    [line] = browser.client.get(f"/books/{MARCH}/json").json()
    assert (line["value"], line["currency"]) == ("2.00", "EUR")
    assert browser.client.get(f"/books/{MARCH}/items.csv").text == "s1,2.00\r\n"


@pytest.mark.parametrize("month", ["2026-13", "2026-3", "1926-03", "march", "2026-03-01"])
async def test_a_month_that_is_none_is_not_there(
    browser: Browser, adas: Program, month: str
) -> None:
    browser.signs_in()
    assert browser.client.get(f"/books/{month}/csv").status_code == 404
    problem(adas.asks("GET", f"/books/{month}"), 404)


async def test_programs_read_the_books(portal: Fixture, adas: Program, ada: Actor) -> None:
    portal.books.kept[ada.tenant.id] = [movement()]
    [line] = adas.gets(f"/books/{MARCH}")
    assert (line["amount_msat"], line["debit"]) == (2_000_000, "paid")
    csv = adas.asks("GET", f"/books/{MARCH}/csv")
    assert csv.headers["content-type"].startswith("text/csv")
    assert adas.asks("GET", f"/books/{MARCH}/items.csv").text == "s1,2.00\r\n"


async def test_the_books_are_checked(
    portal: Fixture, browser: Browser, adas: Program, ada: Actor
) -> None:
    browser.signs_in()
    browser.opens("/books/check")
    assert "Everything agrees" in browser.text
    assert adas.gets("/books/check")["agrees"] is True
    differs = (Difference("s1", "payment aa: the wallet does not call it settled"),)
    portal.books.found = CheckedBooks(sessions=1, not_asked=2, differences=differs)
    browser.opens("/books/check")
    assert "does not call it settled" in browser.text
    assert "2 payments could not be asked about" in browser.text
    told = adas.gets("/books/check")
    assert (told["agrees"], told["differences"][0]["session_id"]) == (False, "s1")


async def test_a_check_that_takes_too_long_says_so(
    portal: Fixture, browser: Browser, adas: Program
) -> None:
    portal.books.slow = True
    browser.signs_in()
    assert browser.opens("/books/check").status_code == 503
    assert "took too long" in browser.text
    problem(adas.asks("GET", "/books/check"), 503)


async def test_the_owner_chooses_when_to_be_reminded(
    portal: Fixture, browser: Browser, ada: Actor
) -> None:
    browser.signs_in()
    browser.opens("/settings")
    form = {
        "name": "Ada",
        "contact_email": "ada@example.org",
        "currency": "EUR",
        "language": "en",
        "refund_expiry_days": "90",
        "silent_limit_hours": "24",
    }
    browser.sends("/settings", **form, refund_reminder_days="30")
    assert (await portal.services.owner_settings.get(ada.tenant.id)).refund_reminder_days == 30
    browser.sends("/settings", **form, refund_reminder_days="400")
    assert "0 to 365 days" in browser.text


def test_months_go_from_the_first_to_this_one() -> None:
    since, _ = span("2025-11")
    assert months(since + timedelta(days=20), span("2026-02")[0]) == [
        "2026-02",
        "2026-01",
        "2025-12",
        "2025-11",
    ]
    assert span("2025-12")[1] == span("2026-01")[0]
