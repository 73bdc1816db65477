"""A charge's limit follows its tariff's signal, whichever process hears of the next reading."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, cast

import pytest

from app import operations as op
from app.bootstrap.adapters import LimitAlerts
from app.edge_messages import Booted, CommandOutcome
from app.notifications.alerts import OwnerAlerts
from app.ocpp_edge.v16 import set_charging_profile as v16
from app.ocpp_edge.v201 import charging_profiles as v201
from app.ocpp_edge.validation import Schemas, schema_folder
from app.records import rows
from tests.charge_points.world import (
    CP,
    World,
    charging_world,
    connected_world,
    read,
    started,
    stopped,
)
from tests.flow.system import SESSION, TENANT

Answer = Literal["", "accepted", "rejected"]


async def under_a_roof() -> tuple[World, int]:
    """Somebody charges by a tariff with a signal."""
    world, transaction = await charging_world()
    world.roof.ever = True
    await world.received()
    return world, transaction


async def hears(
    world: World,
    transaction: int,
    limit_a: int | None,
    wh: int,
    answer: Answer = "accepted",
    later_s: float = 61,
) -> list[object]:
    """What the charge point is told when a reading comes a minute later, and has answered."""
    world.clock.pass_s(later_s)
    await world.lease()
    world.roof.now_a = limit_a
    assert (await world.say(read(transaction, world.at(), wh))).saved
    told = [each for each in await world.commanded() if each.id.startswith("owner.")]
    for each in told:
        assert each.expires_at == world.at(60), "it would be another charge's later"
        if answer:
            await world.say(CommandOutcome(each.id, each.attempt, answer))
    return [each.operation for each in told]


def limit(told: object) -> Decimal:
    assert isinstance(told, op.SetChargingProfile)
    assert (told.connector, told.profile.purpose) == (1, "TxProfile")
    assert told.profile.schedule.unit == "A"
    (period,) = told.profile.schedule.periods
    return period.limit


async def test_the_limit_is_told_when_it_changes_and_taken_back() -> None:
    world, transaction = await under_a_roof()
    assert await hears(world, transaction, None, 1100) == []
    (told,) = await hears(world, transaction, 10, 1200)
    assert limit(told) == 10
    assert isinstance(told, op.SetChargingProfile)
    assert told.profile.transaction_id == transaction
    assert await hears(world, transaction, 10, 1300) == []
    (more,) = await hears(world, transaction, 16, 1400)
    assert limit(more) == 16
    (gone,) = await hears(world, transaction, None, 1500)
    assert gone == op.ClearChargingProfile(profile_id=told.profile.id)
    assert await hears(world, transaction, None, 1600) == []


async def test_another_process_knows_what_was_told() -> None:
    world, transaction = await under_a_roof()
    assert len(await hears(world, transaction, 10, 1100)) == 1
    world.restart()
    assert await hears(world, transaction, 10, 1200) == []
    world.restart()
    (gone,) = await hears(world, transaction, None, 1300)
    assert isinstance(gone, op.ClearChargingProfile)


async def test_readings_are_wanted_about_once_a_minute_also_when_nobody_looks() -> None:
    world, transaction = await under_a_roof()
    world.clock.pass_s(60)
    result = await world.say(read(transaction, world.at(), 1500, 3000))
    assert result.next_readings_in_s == 60
    world.roof.ever = False
    world.clock.pass_s(60)
    result = await world.say(read(transaction, world.at(), 1550, 3000))
    assert result.next_readings_in_s == world.settings.quiet_readings_s
    world.roof.ever = True
    world.clock.pass_s(3600)
    result = await world.say(read(transaction, world.at(), 10_990, 7000))
    assert result.next_readings_in_s == world.settings.watched_readings_s, "near the budget's end"


@pytest.mark.parametrize("answer", ["", "accepted"])
async def test_a_limit_that_nobody_answered_is_told_again(answer: Answer) -> None:
    world, transaction = await under_a_roof()
    told = await hears(world, transaction, 10, 1100, answer)
    assert len(told) == 1
    again = await hears(world, transaction, 10, 1200)
    assert again == ([] if answer else told)


async def test_a_limit_that_a_boot_may_have_lost_is_told_again_once() -> None:
    world, transaction = await under_a_roof()
    await world.say(Booted("Maker", "Box"))
    told = await hears(world, transaction, 10, 1100)
    assert len(told) == 1
    assert await hears(world, transaction, 10, 1200) == []
    await world.say(Booted("Maker", "Box"))
    world.restart()
    assert await hears(world, transaction, 10, 1300) == told
    assert await hears(world, transaction, 10, 1400) == []
    (gone,) = await hears(world, transaction, None, 1500)
    assert isinstance(gone, op.ClearChargingProfile)
    await world.say(Booted("Maker", "Box"))
    assert await hears(world, transaction, None, 1600) == [], "there is nothing to lose"


async def test_a_limit_that_was_refused_is_told_again_after_ever_longer_pauses() -> None:
    world, transaction = await under_a_roof()
    minutes: list[int] = []
    for minute in range(300):
        limit_a = 10 if minute % 2 else 8  # another limit is refused like this one
        if await hears(world, transaction, limit_a, 1100 + minute, "rejected", 60):
            minutes.append(minute)
    assert minutes == [0, 1, 3, 7, 15, 31, 63, 123, 183, 243]


async def test_a_limit_is_taken_back_also_from_one_that_has_refused_another() -> None:
    world, transaction = await under_a_roof()
    await hears(world, transaction, 10, 1100)
    for wh in (1200, 1300, 1400):
        await hears(world, transaction, 8, wh, "rejected")
    (gone,) = await hears(world, transaction, None, 1500, "rejected")
    assert isinstance(gone, op.ClearChargingProfile)
    assert await hears(world, transaction, None, 1600) == [], "it had none to clear"
    (told,) = await hears(world, transaction, 8, 1700)
    assert limit(told) == 8


async def test_one_that_takes_limits_again_is_told_the_next_at_once() -> None:
    world, transaction = await under_a_roof()
    for minute in range(20):
        await hears(world, transaction, 10, 1100 + minute, "rejected", 60)
    assert len(await hears(world, transaction, 10, 1200, "accepted", 3600)) == 1
    assert len(await hears(world, transaction, 8, 1300, "rejected")) == 1
    assert len(await hears(world, transaction, 8, 1400)) == 1


@dataclass
class Letters:
    """Stands for the owner's alerts."""

    sent: list[tuple[str, str]] = field(default_factory=list)

    async def alert(self, tenant: str, kind: str, text: str) -> bool:
        self.sent.append((kind, text))
        return True


async def test_the_owner_hears_that_a_limit_was_refused_and_not_of_one_they_set() -> None:
    world, transaction = await under_a_roof()
    letters = Letters()
    alerts = LimitAlerts(cast(OwnerAlerts, letters), rows.charge_points(world.tables))
    world.commands.followers[op.SetChargingProfile] = alerts.answered
    (told,) = await hears(world, transaction, 10, 1100, "accepted")
    assert letters.sent == []
    await hears(world, transaction, 8, 1200, "rejected")
    [(kind, text)] = letters.sent
    assert kind == "charger_limit"
    assert text.startswith("Box did not take the limit")
    assert isinstance(told, op.SetChargingProfile)
    given = await world.commands.give(TENANT, CP, told, by="ada@example.org")
    await world.say(CommandOutcome(given.id, 1, "rejected"))
    assert len(letters.sent) == 1


async def test_the_signal_is_asked_once_a_minute_and_not_after_the_end() -> None:
    world, transaction = await under_a_roof()
    for second in range(1, 30):
        world.clock.pass_s(1)
        await world.say(read(transaction, world.at(), 1000 + second))
    assert world.roof.asked == 1
    await world.say(stopped(transaction, world.at(), 1100))
    world.clock.pass_s(61)
    await world.say(read(transaction, world.at(), 1200))
    assert world.roof.asked == 1


async def test_a_signal_that_hangs_keeps_no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    world, transaction = await under_a_roof()

    async def hangs(*_: object) -> int | None:
        raise TimeoutError

    monkeypatch.setattr(world.roof, "limit_a", hangs)
    assert await hears(world, transaction, 10, 1500) == []
    assert (await world.stored()).energy_wh == 500


async def test_both_versions_say_it_in_their_own_words() -> None:
    world = await connected_world()
    world.roof.ever = True
    await world.pay()
    said = started(world.at(), SESSION, reference="tx-201", transaction_id=20_100)
    assert (await world.say(said)).transaction_id == 20_100
    await world.received()
    (told,) = await hears(world, 20_100, 10, 1200)
    assert isinstance(told, op.SetChargingProfile)
    newer = v201.set_profile(told).payload
    assert newer["chargingProfile"]["transactionId"] == "tx-201"
    older = v16.request(told).payload
    assert older["csChargingProfiles"]["transactionId"] == 20_100
    for version, payload in (("v16", older), ("v201", newer)):
        suffix = "Request" if version == "v201" else ""
        schemas = Schemas(schema_folder(version), Counter())
        assert schemas.is_valid(f"SetChargingProfile{suffix}", payload)
