"""A whole charge at charge points by others: what was not used goes back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.interop import em_simulator, ocppsim
from tests.interop.charge_points import Device, Place
from tests.interop.conftest import missing
from tests.journeys.checks import assert_balances, assert_ledger, assert_refund_offered
from tests.journeys.conftest import Arrives
from tests.journeys.drivers import Driver
from tests.journeys.owners import Owner

SETTINGS = {"CALL_TIMEOUT_S": "1"}
Made = Callable[[Place, Path], Device]


def ocppsim_16(place: Place, folder: Path) -> Device:
    return _ocppsim(place, folder, "1.6")


def ocppsim_201(place: Place, folder: Path) -> Device:
    return _ocppsim(place, folder, "2.0.1")


def ocppsim_21(place: Place, folder: Path) -> Device:
    return _ocppsim(place, folder, "2.1")


def em_16(place: Place, folder: Path) -> Device:
    node = em_simulator.find_node()
    if node is None:
        pytest.skip(missing("em-simulator"))
    return em_simulator.EmSimulator(node, place, folder)


def _ocppsim(place: Place, folder: Path, version: ocppsim.Version) -> Device:
    if not ocppsim.PROGRAM.exists():
        pytest.skip(missing("ocppsim"))
    return ocppsim.Ocppsim(place, folder, version)


@pytest.mark.parametrize("made", [ocppsim_16, em_16, ocppsim_201, ocppsim_21])
async def test_what_was_not_used_goes_back(
    owner: Owner, driver: Driver, folder: Path, made: Made
) -> None:
    place = await Place.added_by(owner)
    async with made(place, folder) as device:
        await place.is_seen_as("Available")
        await driver.pays(place.address, 5_000)
        await driver.sees(phase="charging")
        await place.is_seen_as("Charging", "Preparing")  # 2.0.1's plugs are "Occupied" at most

        await device.delivers(400)
        await driver.sees(energy_wh=400, cost_msat=200_000)
        await driver.stops()
        await assert_refund_offered(driver, sats=4_800)
        await driver.takes_refund()

        await assert_balances({driver: -200, owner: 200})
        await assert_ledger(owner, driver, paid=5_000_000, charged=200_000, refunded=4_800_000)
        assert_nothing_was_refused(device.log)


def assert_nothing_was_refused(log: str) -> None:
    """Neither side had to tell the other that it does not understand."""
    frames = [json.loads(found) for found in re.findall(r"\[[234],\s*\".*\]", log)]
    assert [frame for frame in frames if frame[0] == 4] == []
    assert any(_is_start(frame) for frame in frames), log


def _is_start(frame: list[Any]) -> bool:
    return frame[0] == 2 and frame[2] in ("StartTransaction", "TransactionEvent")


@pytest.mark.parametrize("made", [ocppsim_16, ocppsim_201])
async def test_one_that_was_restarted_charges_again(
    owner: Owner, arrives: Arrives, folder: Path, made: Made
) -> None:
    """It counts its transactions anew: those of 2.0.1 bear a name that was there before."""
    place = await Place.added_by(owner)
    for energy_wh in (400, 600):
        driver = await arrives()
        async with made(place, folder) as device:
            await place.is_seen_as("Available")
            await driver.pays(place.address, 5_000)
            await driver.sees(phase="charging")
            await device.delivers(energy_wh)
            await driver.sees(energy_wh=energy_wh)
            await driver.stops()
            await driver.sees(phase="ended", energy_wh=energy_wh, refund_state="offered")
