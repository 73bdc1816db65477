"""A backup is taken in mid-charge, the machine is lost, and another one goes on from the backup."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.journeys.chargers import Charger
from tests.journeys.checks import assert_balances, assert_ledger, assert_refund_offered
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner
from tests.journeys.serving import STROM, ServedStrom
from tests.support.servers import bare_environment

PASSPHRASE = "a-long-journeys-passphrase"


@pytest.fixture
def backup(strom: ServedStrom) -> Path:
    strom.secrets.add(PASSPHRASE)
    return strom.folder / "strom.backup"


async def test_a_charge_goes_on_from_the_backup_and_its_refund_is_paid(
    strom: ServedStrom, owner: Owner, charger: Charger, driver: Driver, backup: Path
) -> None:
    await driver.pays(charger.address, 5_000)
    charger.plugs_in()
    await charger.charges()
    charger.delivers(1_000)
    await driver.sees(phase="charging", energy_wh=1_000)
    charge = (await driver.view())["id"]
    said = await run(strom, "backup", str(backup))
    assert "rows and the key files" in said

    await strom.killed()
    charger.delivers(1_000)
    await lose_everything(strom)
    said = await run(strom, "restore", str(backup))
    assert "1 charges were not settled" in said
    assert said.splitlines()[-1] == charge
    await strom.started_again()

    await driver.sees(phase="charging", energy_wh=2_000)
    await driver.stops()
    await charger.has_stopped()
    await assert_refund_offered(driver, sats=4_000)
    await driver.takes_refund()
    await assert_balances({driver: -1_000, owner: 1_000})
    await assert_ledger(owner, driver, paid=5_000_000, charged=1_000_000, refunded=4_000_000)
    audited = await run(strom, "migrate")
    assert "nothing to do" in audited


async def test_what_cannot_be_restored_is_said_in_one_line(
    strom: ServedStrom, owner: Owner, backup: Path
) -> None:
    await run(strom, "backup", str(backup))
    assert "is not empty" in await refused(strom, "restore", str(backup))
    other = replace(strom, tables=strom.tables, settings={**strom.settings, "TABLE": "another"})
    assert "not the passphrase" in await refused(other, "restore", str(backup), passphrase="x" * 12)
    assert "cannot be read" in await refused(other, "restore", str(backup) + ".not-there")


async def lose_everything(strom: ServedStrom) -> None:
    """Another machine: another table, no keys."""
    await asyncio.to_thread(shutil.rmtree, strom.folder / "data")
    strom.settings = {**strom.settings, "TABLE": f"{strom.folder.name}-again"}


async def run(strom: ServedStrom, *words: str, passphrase: str = PASSPHRASE) -> str:
    done = await _run(strom, words, passphrase)
    assert done.returncode == 0, done.stderr
    return done.stdout


async def refused(strom: ServedStrom, *words: str, passphrase: str = PASSPHRASE) -> str:
    done = await _run(strom, words, passphrase)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    return line


async def _run(
    strom: ServedStrom, words: tuple[str, ...], passphrase: str
) -> subprocess.CompletedProcess[str]:
    return await asyncio.to_thread(
        subprocess.run,
        [str(STROM), *words],
        env=bare_environment(**strom.environment),
        cwd=strom.folder,
        input=passphrase + "\n",
        capture_output=True,
        text=True,
        timeout=120,
    )
