"""What who runs a Strom sees of a charge: one trace, lines that say whom about, numbers."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator

import httpx
import pytest

from tests.journeys.chargers import Charger
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner
from tests.journeys.serving import ServedStrom, assert_log_is_clean
from tests.journeys.traces import (
    all_came,
    assert_no_secret_is_told,
    assert_traced_from_the_button_to_the_refund,
    assert_traced_from_the_payment_to_the_charger,
)
from tests.journeys.waiting import until
from tests.support.collector import Collector, collecting
from tests.support.servers import HOST, free_port


@pytest.fixture(scope="module")
def collector() -> Iterator[Collector]:
    with collecting() as collector:
        yield collector


@pytest.fixture(scope="module")
def strom(
    collector: Collector, tmp_path_factory: pytest.TempPathFactory, tables: str
) -> Iterator[ServedStrom]:
    """It logs everything there is, and still no secret."""
    folder = tmp_path_factory.mktemp(f"traces-{secrets.token_hex(4)}-")
    settings = {
        "TRACES_ENDPOINT": collector.url,
        "LOG_LEVEL": "DEBUG",
        "METRICS_PORT": str(free_port()),
        "WALLET_WATCH_S": "1",
    }
    strom = ServedStrom(folder, tables, settings)
    strom.start()
    try:
        yield strom
    finally:
        strom.stop()
    assert_log_is_clean(strom)


async def numbers(strom: ServedStrom) -> list[str]:
    port = strom.settings["METRICS_PORT"]
    async with httpx.AsyncClient(trust_env=False) as client:
        return (await client.get(f"http://{HOST}:{port}/metrics")).text.splitlines()


async def test_a_charge_is_followed_from_the_payment_to_the_refund(
    strom: ServedStrom, collector: Collector, owner: Owner, charger: Charger, driver: Driver
) -> None:
    await driver.pays(charger.address, 5_000)
    charger.plugs_in()
    await charger.charges()
    charger.delivers(2_000)
    await driver.sees(phase="charging", energy_wh=2_000)
    await until(
        lambda: numbers(strom),
        lambda told: 'strom_sessions_open{phase="charging"} 1' in told,
        "the charge to be counted",
    )
    await driver.stops()
    await charger.has_stopped()
    await driver.takes_refund()
    strom.secrets.add(driver.token)

    await all_came(collector)
    paid = assert_traced_from_the_payment_to_the_charger(collector)
    assert_traced_from_the_button_to_the_refund(collector)
    assert_no_secret_is_told(collector, strom.secrets)

    refund = collector.named("perform PayRefund")[0].attributes
    session, tenant = refund["strom.session"], refund["strom.tenant"]
    lines = [json.loads(line) for line in strom.log.splitlines() if line.startswith("{")]
    of_session = [line for line in lines if line.get("session") == session]
    assert {"a session is charging", "a session is ended"} <= {
        each["message"] for each in of_session
    }
    assert all(line["tenant"] == tenant for line in of_session)
    assert any(line.get("trace") == paid.trace and line.get("request") for line in lines)

    told = await numbers(strom)
    for line in (
        'strom_refunds_total{outcome="paid"} 1',
        'strom_effects_total{effect="PayRefund",outcome="done"} 1',
        'strom_sessions_total{phase="charging"} 1',
        'strom_edge_connected{protocol="ocpp1.6"} 1',
        "strom_perform_queue 0",
    ):
        assert line in told
    assert any(line.startswith("strom_sweep_age_seconds ") for line in told)
