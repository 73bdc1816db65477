"""The same journeys with the parts as on AWS: functions behind Mangum, signed requests from two
edges, SQS, KMS, a sweep that only hands over; one edge is killed while energy flows.

The sweep function is begun by EventBridge Scheduler, by the schedule that the stacks define
(`tests.support.cloud.schedules` says what stands between ministack and our function).
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator

import httpx
import pytest

from app.charging.errors import StorageUnavailable
from app.charging.ports import Key
from app.entrypoints.sweeping import AGAIN_AFTER_S
from app.storage.connection import Credentials, Endpoint
from app.storage.dynamo import DynamoTables
from app.storage.tenant_credentials import TenantCredentials
from tests.journeys.chargers import Charger
from tests.journeys.checks import assert_balances, assert_ledger, assert_refund_offered
from tests.journeys.drivers import Driver
from tests.journeys.holding_wallets import SATS, nwc
from tests.journeys.on_aws import TENANT_ROLE, StromOnAws, strom_on_aws
from tests.journeys.owners import Owner
from tests.journeys.serving import running
from tests.journeys.traces import (
    all_came,
    assert_no_secret_is_told,
    assert_traced_from_the_button_to_the_refund,
    assert_traced_from_the_payment_to_the_charger,
)
from tests.journeys.waiting import until
from tests.support.aws import REGION
from tests.support.cloud import tenant_keys
from tests.support.collector import Collector, collecting


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
def strom(
    collector: Collector, ministack_endpoint: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StromOnAws]:
    settings = {"WITHDRAW_WAIT_S": "3", "TRACES_ENDPOINT": collector.url}
    strom = strom_on_aws(ministack_endpoint, tmp_path_factory, settings)
    with running(strom):
        yield strom


async def charging(charger: Charger, driver: Driver, sats: int) -> None:
    await driver.pays(charger.address, sats)
    charger.plugs_in()
    await charger.charges()


async def test_what_was_not_used_goes_back_while_no_worker_runs(
    strom: StromOnAws, collector: Collector, owner: Owner, charger: Charger, driver: Driver
) -> None:
    """And while no wallet's ring is heard: what was paid is seen by who Scheduler sends."""
    strom.stop_worker()
    with strom.losing_hooks():
        await charging(charger, driver, 5_000)
    assert '"OldestOverdue"' in strom.log  # the sweep function's, and nobody else's
    strom.start_worker()
    charger.delivers(4_000)
    await driver.sees(phase="charging", energy_wh=4_000, cost_msat=2_000_000)
    await driver.stops()
    await charger.has_stopped()
    await assert_refund_offered(driver, sats=3_000)
    await driver.takes_refund()
    await assert_balances({driver: -2_000, owner: 2_000})
    await assert_ledger(owner, driver, paid=5_000_000, charged=2_000_000, refunded=3_000_000)
    told = await strom.runs("audit", driver.token.split(".")[0])
    assert "1 payments and 1 refunds asked of wallets" in told
    assert "everything agrees" in told
    assert not (strom.folder / "strom-data").exists()  # no key file is made where KMS is

    await all_came(collector)
    paid = assert_traced_from_the_payment_to_the_charger(collector)
    assert_traced_from_the_button_to_the_refund(collector)
    assert_no_secret_is_told(collector, strom.secrets | {driver.token})
    parts = {span.service for span in collector.spans if span.trace == paid.trace}
    assert parts == {"strom", "strom-edge"}  # functions, which Lambda names, and the edge


async def test_an_edge_is_killed_while_energy_flows(
    strom: StromOnAws, owner: Owner, charger: Charger, driver: Driver
) -> None:
    await charging(charger, driver, 5_000)
    charger.delivers(1_000)
    await driver.sees(energy_wh=1_000)

    first = strom.edge_of(charger.charge_point_id)
    strom.kill_edge(first)
    charger.delivers(2_000)
    await driver.sees(phase="charging", energy_wh=3_000)
    assert strom.edge_of(charger.charge_point_id) != first

    await driver.stops()
    await charger.has_stopped()
    await assert_refund_offered(driver, sats=3_500)
    await driver.takes_refund()
    await assert_ledger(owner, driver, paid=5_000_000, charged=1_500_000, refunded=3_500_000)


async def test_a_wallet_that_rings_nobody_is_asked_often_while_nobody_looks(
    strom: StromOnAws, owner: Owner, charger: Charger, driver: Driver
) -> None:
    """Nobody listens for payments on AWS, the driver's page is closed, no worker runs."""
    strom.stop_worker()
    async with nwc(owner) as wallet:
        charger.plugs_in()
        invoice = await driver.asks_for_invoice(charger.address, SATS)

        async def asked() -> int:
            return wallet.asked()

        await until(asked, lambda times: times >= 4, "the wallet to be asked four times")
        paid_at = time.monotonic()
        await wallet.pays(invoice.bolt11)
        await charger.was_told_to_start()
        assert time.monotonic() - paid_at < AGAIN_AFTER_S, "as long as the sweep waits"
        await charger.charges()
    strom.start_worker()


async def test_who_does_not_sign_is_not_answered(strom: StromOnAws) -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.post(f"{strom.internal_url}/internal/trust", json={})
    assert answer.status_code == 403


async def test_a_tenants_rows_are_asked_for_with_the_tenants_own_keys_alone(
    strom: StromOnAws, owner: Owner, charger: Charger, driver: Driver
) -> None:
    """lnurl and portal: with the session that STS gave for this tenant, and signed by it."""
    await charging(charger, driver, 1_000)
    await driver.sees(phase="charging")
    tenant = driver.token.split(".")[0]

    asked = [each for each in tenant_keys.read(strom.rows_asked) if each.rows_of == tenant]

    assert {each.surface for each in asked} == {"lnurl", "portal"}
    assert {each.session_of for each in asked} == {tenant}
    session = TenantCredentials(strom.sts, TENANT_ROLE).of("another")
    others = Credentials(str(session.access_key), str(session.secret_key), session.token)
    for keys in (Credentials(*tenant_keys.OWN), others):
        with pytest.raises(StorageUnavailable, match="AccessDenied"):
            await a_row_of(tenant, strom, keys)


async def a_row_of(tenant: str, strom: StromOnAws, keys: Credentials) -> None:
    """Ask for it as lnurl might, with other keys than the tenant's."""
    tables = DynamoTables(Endpoint(REGION, strom.rows_url("lnurl"), keys), strom.table)
    with contextlib.closing(tables):
        await tables.tenant(tenant).get(Key(f"T#{tenant}#", "A"))
