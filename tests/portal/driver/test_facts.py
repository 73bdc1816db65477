"""Facts of a session, read from its rows."""

from __future__ import annotations

import pytest

from app.charging.decision import Decision
from app.charging.errors import NotFound
from app.charging.session import Limits, Quote, Session
from app.portal.driver.facts import StoredFacts
from app.records import rows
from app.records.sessions import Sessions, Stored
from app.records.signed_readings import SignedReadings, SignedValue
from app.storage.memory import MemoryTables
from app.tokens import SESSION, Signer
from tests.portal.driver import samples

SIGNER = Signer(b"k" * 32)
TOKEN = SIGNER.token(SESSION, samples.TENANT, samples.SESSION_ID)


@pytest.fixture
async def facts() -> StoredFacts:
    tables = MemoryTables()
    offer = samples.offer(mode="sandbox")
    await rows.tenants(tables).add(samples.TENANT, offer.tenant)
    await rows.charge_points(tables).add(samples.TENANT, offer.charge_point)
    await rows.locations(tables).add(samples.TENANT, offer.location)
    assert offer.rate is not None
    quote = Quote(offer.tariff, offer.rate, "w1", 1000, Limits(), samples.NOW)
    session = Session(samples.SESSION_ID, "c1", 1, quote)
    sessions, opened = Sessions(tables), (samples.TENANT, Stored(session, 0), Decision(session))
    operations = sessions.beforehand(*opened) + sessions.writing(*opened, [])
    await tables.tenant(samples.TENANT).write(operations)
    return StoredFacts(tables, SIGNER)


async def test_facts_come_from_quote_tenant_and_place(facts: StoredFacts) -> None:
    found = await facts.of(TOKEN)
    assert (found.tenant, found.is_sandbox) == (samples.TENANT, True)
    assert (found.tariff.currency, found.rate.msat_per_unit) == ("EUR", samples.RATE)
    assert (found.time_zone, found.address_name) == ("Europe/Berlin", "garage-1")


async def test_a_place_that_is_gone_leaves_the_facts(facts: StoredFacts) -> None:
    await rows.charge_points(facts.tables).remove(samples.TENANT, "c1")
    found = await facts.of(TOKEN)
    assert (found.time_zone, found.address_name) == ("UTC", "")


@pytest.mark.parametrize("token", [f"{TOKEN}x", SIGNER.token(SESSION, samples.TENANT, "nothing")])
async def test_a_foreign_or_unpaid_token_has_no_facts(facts: StoredFacts, token: str) -> None:
    with pytest.raises(NotFound):
        await facts.of(token)


async def test_what_the_meter_signed_comes_word_for_word(facts: StoredFacts) -> None:
    value = SignedValue(samples.NOW, 'OCMF|{"FV":"1.0"}|{"SD":"ab"}', "Transaction.End")
    kept = SignedReadings(facts.tables)
    await kept.add(samples.TENANT, samples.SESSION_ID, [value, value])
    assert (await facts.of(TOKEN)).signed == (value,)
