"""A connector where a card of the owner's own backend charges is in use, and nobody pays for it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from app.charging.errors import Conflict
from app.edge_messages import UpstreamTransaction
from app.records import rows
from app.records.upstreams import UpstreamEnd, Upstreams
from tests.checkout.world import OWNER, Shop


async def runs(shop: Shop, *, foreign: bool = True) -> None:
    """Its own backend has begun one there, although the connector has not said so."""
    stations = rows.charge_points(shop.tables)
    station = await stations.get(OWNER, "cp1")
    await stations.replace(OWNER, station, replace(station, upstream="shared"))
    begun = UpstreamTransaction(7, 1, "04A2", 0, shop.clock.now(), foreign=foreign)
    await Upstreams(shop.tables).begin(OWNER, "cp1", begun)


async def test_nobody_pays_for_it(shop: Shop) -> None:
    await shop.says(1, "Preparing")
    shop.clock.at += timedelta(seconds=5)
    await runs(shop)
    found = (await shop.offer()).availability
    assert (found.code, found.can_pay) == ("in_use", False)
    with pytest.raises(Conflict, match="In use"):
        await shop.asks()


async def test_after_its_end_it_is_free(shop: Shop) -> None:
    await shop.says(1, "Preparing")
    await runs(shop)
    now = shop.clock.now()
    await Upstreams(shop.tables).ended(OWNER, "cp1", 7, UpstreamEnd(now, 100, "Local"))
    assert (await shop.offer()).availability.can_pay


async def test_an_end_that_was_lost_holds_no_connector_that_says_it_is_free(shop: Shop) -> None:
    await runs(shop)
    shop.clock.at += timedelta(hours=1)
    await shop.says(1, "Available")
    assert (await shop.offer()).availability.can_pay


async def test_one_of_ours_that_is_only_told_is_judged_by_its_session(shop: Shop) -> None:
    await shop.says(1, "Preparing")
    await runs(shop, foreign=False)
    assert (await shop.offer()).availability.can_pay
