"""What an installation depends on fails: `strom doctor` names it, nobody can pay into what cannot
record it, charge points stay, and when it is over all goes on by itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import secrets
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from app.bootstrap.foundation import SystemClock
from app.charging.ports import Clock
from app.entrypoints.doctor.examining import examine_these
from app.entrypoints.doctor.findings import Finding
from app.settings import Settings, read_settings
from tests.journeys.chargers import BY_HAND, Charger
from tests.journeys.checks import assert_balances, assert_ledger, assert_refund_offered
from tests.journeys.conftest import Arrives
from tests.journeys.drivers import Driver, lnurlp
from tests.journeys.owners import Owner
from tests.journeys.serving import ServedStrom, assert_log_is_clean
from tests.journeys.test_bad_input import assert_is_error
from tests.journeys.wallet_line import WalletLine
from tests.support import servers
from tests.support.table_line import State, TableLine, table_line
from tests.support.wrong_clock import WrongClock

SMALL = "6m"
JSON = {"accept": "application/json"}


@pytest.fixture(scope="module")
def disk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small disk of its own, where root may mount one."""
    folder = tmp_path_factory.mktemp("disk")
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SMALL}", "tmpfs", str(folder)],
            capture_output=True,
        ).returncode
    )
    try:
        yield folder
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture(scope="module")
def table(disk: Path) -> Iterator[TableLine]:
    """The table on that disk, and the line to it."""
    try:
        server = servers.launch_dynamodb_local(disk, keep=True)
    except servers.MissingPartError as reason:
        pytest.skip(str(reason))
    with contextlib.closing(_Stopping(server)), table_line(server.url) as line:
        yield line


class _Stopping:
    def __init__(self, server: servers.Server) -> None:
        self.close = server.stop


@pytest.fixture(scope="module")
def tables(table: TableLine) -> str:
    """Where this file's Strom finds its table."""
    return table.url


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """By how many seconds the clock of Strom's machine is ahead."""
    file = tmp_path_factory.mktemp("clock") / "ahead"
    file.write_text("0")
    return file


@pytest.fixture(scope="module")
def strom(
    tmp_path_factory: pytest.TempPathFactory, tables: str, clock: Path
) -> Iterator[ServedStrom]:
    """With a clock that may be wrong."""
    folder = tmp_path_factory.mktemp(f"bad-days-{secrets.token_hex(4)}-")
    command = (sys.executable, "-m", "tests.support.wrong_clock", str(clock), "serve")
    strom = ServedStrom(folder, tables, {}, command=command)
    strom.start()
    try:
        yield strom
    finally:
        strom.stop()
    assert_log_is_clean(strom)


@pytest.fixture
async def other(owner: Owner) -> AsyncIterator[Charger]:
    """Another charge point of the same owner."""
    async with await owner.adds_charger(settings=BY_HAND) as charger:
        yield charger


@contextlib.contextmanager
def full(disk: Path, table: TableLine) -> Iterator[None]:
    """Until the last byte; where no disk could be mounted, the table says what it says then."""
    if not os.path.ismount(disk):
        with being(table, "full"):
            yield
        return
    ballast = os.open(disk / "ballast", os.O_CREAT | os.O_WRONLY)
    try:
        with contextlib.suppress(OSError):
            while True:
                os.write(ballast, bytes(4096))
        yield
    finally:
        os.close(ballast)
        (disk / "ballast").unlink()


@contextlib.contextmanager
def being(table: TableLine, state: State) -> Iterator[None]:
    table.state = state
    try:
        yield
    finally:
        table.state = "up"


@pytest.mark.parametrize("trouble", ["read-only", "full"])
async def test_a_table_that_takes_nothing(
    trouble: State,
    disk: Path,
    table: TableLine,
    strom: ServedStrom,
    owner: Owner,
    charger: Charger,
    other: Charger,
    arrives: Arrives,
) -> None:
    charging, waiting, late = await arrives(), await arrives(), await arrives()
    await charging.pays(charger.address, 4_000)
    charger.plugs_in()
    await charger.charges()
    invoice = await waiting.asks_for_invoice(other.address, 1_000)
    offer = await late.gets(lnurlp(other.address))
    connections = connects_of(charger)

    with full(disk, table) if trouble == "full" else being(table, trouble):
        [told] = await problems(strom, "table")
        assert "Nobody can pay" in told.seen

        sold = await owner.invoices()
        assert "try again" in assert_is_error(await late.gets(offer["callback"], amount=10**6))
        assert await owner.invoices() == sold, "no invoice that nobody would ask about"
        if trouble == "read-only":  # what is in doubt is tried again for seconds
            stopped = await charging.browser.post(f"{charging.page}/stop", headers=JSON)
            assert stopped.status_code == 503, stopped.text
            assert "try again" in stopped.json()["error"].lower()

        await waiting.pays_invoice(invoice)  # it was handed out before; nothing can stop it
        charger.delivers(1_000)
        charger.unplugs()
        await asyncio.sleep(1)
        assert connects_of(charger) == connections, "who is connected stays"

    await charger.has_stopped()
    await assert_refund_offered(charging, sats=3_500)
    await charging.takes_refund()
    await assert_ledger(owner, charging, paid=4_000_000, charged=500_000, refunded=3_500_000)
    await other.was_told_to_start()
    other.plugs_in()
    await other.charges()
    other.delivers(2_000)
    await other.has_stopped()
    await assert_balances({charging: -500, waiting: -1_000, late: 0, owner: 1_500})
    assert not await problems(strom, "table")


async def test_a_wallet_that_has_vanished(
    line: WalletLine, owner: Owner, charger: Charger, arrives: Arrives, strom: ServedStrom
) -> None:
    driver, late = await arrives(), await arrives()
    charger.refuses_starts()
    await driver.pays(charger.address, 700)
    await assert_refund_offered(driver, sats=700)
    claim = await driver.gets(driver.withdraw_url)
    mine = await driver.makes_invoice(700)

    line.state, line.failure = "fails", (404, b'{"detail": "Wallet not found."}')
    [told] = await problems(strom, "wallets")
    assert "Wallet not found" in told.seen
    assert "Ada's garage" in told.seen
    assert "Garage" in told.seen
    assert "wallet" in await late.is_refused(charger.address, 100)
    assert (await driver.gets(claim["callback"], k1=claim["k1"], pr=mine))["status"] == "OK"

    line.comes_up()
    await driver.sees(refund_state="paid")
    await assert_balances({driver: 0, late: 0, owner: 0})
    assert not await problems(strom, "wallets")


@pytest.fixture(params=[10, -10])
def minutes(request: pytest.FixtureRequest, clock: Path) -> Iterator[int]:
    """So far is the clock ahead from here on, before anybody comes."""
    clock.write_text(str(request.param * 60))
    yield request.param
    clock.write_text("0")


async def test_a_clock_that_is_ten_minutes_off(
    minutes: int,
    clock: Path,
    strom: ServedStrom,
    owner: Owner,
    charger: Charger,
    driver: Driver,
) -> None:
    [told] = await problems(strom, "clock", WrongClock(clock))
    assert "10 minutes" in told.seen
    assert ("ahead of" if minutes > 0 else "behind") in told.seen
    await driver.pays(charger.address, 4_000)
    charger.plugs_in()
    await charger.charges()
    charger.delivers(1_000)
    await driver.sees(energy_wh=1_000)

    clock.write_text("0")
    charger.delivers(1_000)
    await driver.sees(energy_wh=2_000)
    await driver.stops()
    await charger.has_stopped()
    await assert_refund_offered(driver, sats=3_000)
    await driver.takes_refund()
    await assert_ledger(owner, driver, paid=4_000_000, charged=1_000_000, refunded=3_000_000)
    charger.unplugs()
    await charger.is_free()
    assert not await problems(strom, "clock")


async def test_a_key_that_was_lost(
    strom: ServedStrom, owner: Owner, charger: Charger, driver: Driver
) -> None:
    key = Path(strom.environment["STROM_DATA_DIR"]) / "master.key"
    away = key.rename(key.with_name("away"))
    [told] = await problems(strom, "keys")
    assert f"{key} is missing" in told.seen
    charger.refuses_starts()
    await driver.pays(charger.address, 300)  # what runs has it in memory
    await assert_refund_offered(driver, sats=300)

    await strom.killed()
    with pytest.raises(RuntimeError, match=r"strom: STROM_DATA_DIR: .*master\.key is missing"):
        await strom.started_again()
    assert not key.exists()
    away.rename(key)
    await strom.started_again()
    await charger.is_free()
    await driver.takes_refund()
    assert not await problems(strom, "keys")


def connects_of(charger: Charger) -> int:
    return charger.device.journal.count("sent", "BootNotification")


async def problems(strom: ServedStrom, check: str, clock: Clock | None = None) -> list[Finding]:
    """What `strom doctor` finds of one thing, in another process than Strom's."""
    found = await examine_these(settings_of(strom), clock=clock or SystemClock())
    return [each for each in found if each.check == check and each.state == "problem"]


def settings_of(strom: ServedStrom) -> Settings:
    told = {name.removeprefix("STROM_").lower(): v for name, v in strom.environment.items()}
    return read_settings(**{**told, "fixed_rates": json.loads(told["fixed_rates"])})
