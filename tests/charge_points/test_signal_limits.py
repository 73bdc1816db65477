"""A charge's limit follows its tariff's signal, whichever process hears of the next reading."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal, cast

import pytest

from app import operations as op
from app.bootstrap.adapters import LimitAlerts
from app.edge_messages import CommandOutcome
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


async def hears(
    world: World, transaction: int, limit_a: int | None, wh: int, answer: Answer = "accepted"
) -> list[object]:
    """What the charge point is told when a reading comes a minute later, and has answered."""
    world.clock.pass_s(61)
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
    world, transaction = await charging_world()
    await world.received()
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
    world, transaction = await charging_world()
    await world.received()
    assert len(await hears(world, transaction, 10, 1100)) == 1
    world.restart()
    assert await hears(world, transaction, 10, 1200) == []
    world.restart()
    (gone,) = await hears(world, transaction, None, 1300)
    assert isinstance(gone, op.ClearChargingProfile)


@pytest.mark.parametrize("answer", ["", "accepted", "rejected"])
async def test_a_limit_that_nobody_answered_is_told_again(answer: Answer) -> None:
    world, transaction = await charging_world()
    await world.received()
    told = await hears(world, transaction, 10, 1100, answer)
    assert len(told) == 1
    again = await hears(world, transaction, 10, 1200)
    assert again == ([] if answer else told)


@dataclass
class Letters:
    """Stands for the owner's alerts."""

    sent: list[tuple[str, str]] = field(default_factory=list)

    async def alert(self, tenant: str, kind: str, text: str) -> bool:
        self.sent.append((kind, text))
        return True


async def test_the_owner_hears_that_a_limit_was_refused_and_not_of_one_they_set() -> None:
    world, transaction = await charging_world()
    await world.received()
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
    world, transaction = await charging_world()
    for second in range(1, 30):
        world.clock.pass_s(1)
        await world.say(read(transaction, world.at(), 1000 + second))
    assert world.roof.asked == 1
    await world.say(stopped(transaction, world.at(), 1100))
    world.clock.pass_s(61)
    await world.say(read(transaction, world.at(), 1200))
    assert world.roof.asked == 1


async def test_a_signal_that_hangs_keeps_no_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    world, transaction = await charging_world()
    await world.received()

    async def hangs(*_: object) -> int | None:
        raise TimeoutError

    monkeypatch.setattr(world.roof, "limit_a", hangs)
    assert await hears(world, transaction, 10, 1500) == []
    assert (await world.stored()).energy_wh == 500


async def test_both_versions_say_it_in_their_own_words() -> None:
    world = await connected_world()
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
