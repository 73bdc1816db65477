from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal

import pytest

from app.charge_points.addresses import derived_name
from app.charge_points.digests import sha256
from app.charge_points.locations import Locations
from app.charge_points.registry import ChargerRegistry
from app.charging.errors import BadInput, Conflict, NotFound, StorageUncertain
from app.charging.ports import Operation
from app.records.charge_points import ChargePoint
from app.records.directory import ADDRESS, CHARGER_PATH, Entry
from app.records.drafts import ChargePointChange, ChargePointDraft, LocationDraft, TariffDraft
from app.storage.memory import Faults
from app.tariffs.owned import OwnedTariffs
from tests.support.tenancy import House

A, B = "aaaaaaaaaaaa", "bbbbbbbbbbbb"
PLACE = LocationDraft(
    "Garage",
    "Hauptstr. 1",
    "Berlin",
    "10115",
    "DE",
    Decimal("52.52"),
    Decimal("13.405"),
    "Europe/Berlin",
    "EUR",
)


class Garage:
    """Two tenants, each with a place and a price, in one Strom."""

    def __init__(self) -> None:
        self.house = House()
        self.busy = False
        self.keeping: list[tuple[str, bool]] = []
        house = self.house
        self.locations = Locations(house.tables, house.chance)
        self.tariffs = OwnedTariffs(house.tables, house.clock, house.chance)
        self.chargers = ChargerRegistry(
            house.tables,
            house.directory,
            house.clock,
            house.chance,
            "strom.example",
            self._in_use,
            self._keep_list,
        )

    async def _keep_list(self, tenant: str, charge_point: ChargePoint) -> None:
        self.keeping.append((charge_point.id, charge_point.local_list))

    async def _in_use(self, tenant: str, charge_point_id: str) -> bool:
        return self.busy

    async def draft(self, tenant: str = A, **more: object) -> ChargePointDraft:
        location = await self.locations.add(tenant, PLACE)
        tariff = await self.tariffs.add(tenant, TariffDraft("day", "EUR", Decimal("0.45")))
        draft = ChargePointDraft("Garage links", location.id, tariff.id)
        return replace(draft, **more)  # type: ignore[arg-type]  # the tests name real fields

    async def holder(self, name: str) -> Entry | None:
        return await self.house.directory.find(ADDRESS, f"{name}@strom.example")


@pytest.fixture
def garage() -> Garage:
    return Garage()


async def test_a_charge_point_gets_path_password_and_addresses(garage: Garage) -> None:
    issued = await garage.chargers.add(A, await garage.draft(connectors=2))
    charge_point = issued.charge_point
    assert charge_point.name == "garage-links"
    assert [plug.name for plug in charge_point.connectors] == ["garage-links-1", "garage-links-2"]
    assert re.fullmatch(r"[0-9a-f]{40}", issued.password)
    assert charge_point.password_sha256 == sha256(issued.password)
    assert issued.password not in repr(garage.house.tables.rows())
    assert await garage.holder("garage-links") == Entry(A, f"{charge_point.id}/0", True)
    assert await garage.holder("garage-links-2") == Entry(A, f"{charge_point.id}/2", True)
    by_path = await garage.house.directory.find(CHARGER_PATH, charge_point.path)
    assert by_path == Entry(A, charge_point.id, True)


async def test_a_chosen_name_is_one_owners_alone(garage: Garage) -> None:
    await garage.chargers.add(A, await garage.draft(address_name="Otto.1"))
    with pytest.raises(Conflict) as refusal:
        await garage.chargers.add(B, await garage.draft(B, address_name="otto.1"))
    assert refusal.value.field == "address_name"
    assert await garage.chargers.all(B) == []


async def test_a_taken_plug_name_gives_back_what_was_reserved(garage: Garage) -> None:
    await garage.chargers.add(A, await garage.draft(address_name="otto-1"))
    with pytest.raises(Conflict):
        await garage.chargers.add(B, await garage.draft(B, address_name="otto"))
    free = await garage.chargers.add(A, await garage.draft(address_name="otto-2"))
    assert free.charge_point.name == "otto-2"
    assert await garage.holder("otto") is None


async def test_a_derived_name_makes_way(garage: Garage) -> None:
    first = await garage.chargers.add(A, await garage.draft())
    second = await garage.chargers.add(B, await garage.draft(B))
    assert first.charge_point.name == "garage-links"
    assert re.fullmatch(r"garage-links-[a-z2-7]{4}", second.charge_point.name)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("Straße 7 – Außen", "strasse-7-aussen"),
        ("Crème Brûlée", "creme-brulee"),
        ("充電", ""),
        ("Refund", ""),
        ("x" * 60, "x" * 40),
    ],
)
def test_names_from_labels(label: str, name: str) -> None:
    assert derived_name(label) == name


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("label", {"label": " "}),
        ("address_name", {"address_name": "a b"}),
        ("address_name", {"address_name": "-a"}),
        ("address_name", {"address_name": "x" * 41}),
        ("address_name", {"address_name": "Refunds"}),
        ("location_id", {"location_id": "elsewhere"}),
        ("tariff_id", {"tariff_id": ""}),
        ("connectors", {"connectors": 0}),
        ("connectors", {"connectors": 17}),
        ("max_power_w", {"max_power_w": 11}),
    ],
)
async def test_what_cannot_be_is_named(
    garage: Garage, field: str, change: dict[str, object]
) -> None:
    with pytest.raises(BadInput) as refusal:
        await garage.chargers.add(A, await garage.draft(A, **change))
    assert refusal.value.field == field


async def test_places_and_prices_of_another_are_not_there(garage: Garage) -> None:
    others = await garage.draft(B)
    with pytest.raises(BadInput):
        await garage.chargers.add(A, others)
    issued = await garage.chargers.add(B, others)
    for attempt in (
        garage.chargers.get(A, issued.charge_point.id),
        garage.chargers.renew_password(A, issued.charge_point.id),
        garage.chargers.remove(A, issued.charge_point.id),
    ):
        with pytest.raises(NotFound):
            await attempt


async def test_a_password_can_be_renewed(garage: Garage) -> None:
    issued = await garage.chargers.add(A, await garage.draft())
    renewed = await garage.chargers.renew_password(A, issued.charge_point.id)
    assert renewed.password != issued.password
    kept = await garage.chargers.get(A, issued.charge_point.id)
    assert kept.password_sha256 == sha256(renewed.password)


async def test_names_are_taken_again_after_a_crash_before_they_were_confirmed(
    garage: Garage,
) -> None:
    draft = await garage.draft()

    def die(operations: Sequence[Operation]) -> None:
        if any(operation.key.sk.startswith("CP#") for operation in operations):
            raise StorageUncertain("killed")

    garage.house.tables.faults = Faults(after_write=die)
    with pytest.raises(StorageUncertain):
        await garage.chargers.add(A, draft)
    garage.house.tables.faults = Faults()
    await garage.house.clock.sleep(3600)
    assert await garage.holder("garage-links") is None
    (charge_point,) = await garage.chargers.all(A)
    await garage.chargers.get(A, charge_point.id)
    assert await garage.holder("garage-links-1") == Entry(A, f"{charge_point.id}/1", True)


async def test_a_removed_charge_point_frees_its_names_but_never_mid_charge(garage: Garage) -> None:
    issued = await garage.chargers.add(A, await garage.draft())
    garage.busy = True
    with pytest.raises(Conflict):
        await garage.chargers.remove(A, issued.charge_point.id)
    garage.busy = False
    await garage.chargers.remove(A, issued.charge_point.id)
    again = await garage.chargers.add(B, await garage.draft(B, address_name="garage-links"))
    assert again.charge_point.name == "garage-links"


async def test_place_and_price_in_use_stay(garage: Garage) -> None:
    draft = await garage.draft()
    issued = await garage.chargers.add(A, draft)
    with pytest.raises(Conflict, match="Garage links"):
        await garage.locations.remove(A, draft.location_id)
    with pytest.raises(Conflict, match="Garage links"):
        await garage.tariffs.remove(A, draft.tariff_id)
    other = await garage.draft()
    change = ChargePointChange("Garage rechts", other.location_id, other.tariff_id)
    changed = await garage.chargers.change(A, issued.charge_point.id, change)
    assert (changed.label, changed.name) == ("Garage rechts", "garage-links")
    await garage.locations.remove(A, draft.location_id)
    await garage.tariffs.remove(A, draft.tariff_id)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("name", {"name": ""}),
        ("country", {"country": "DEU"}),
        ("latitude", {"latitude": Decimal(91)}),
        ("latitude", {"latitude": Decimal("NaN")}),
        ("latitude", {"latitude": Decimal(0), "longitude": Decimal(0)}),
        ("longitude", {"longitude": Decimal("-180.1")}),
        ("longitude", {"longitude": Decimal("Infinity")}),
        ("time_zone", {"time_zone": "Berlin"}),
        ("time_zone", {"time_zone": ""}),
        ("time_zone", {"time_zone": "../etc/passwd"}),
        ("time_zone", {"time_zone": "Europe"}),
        ("time_zone", {"time_zone": "x" * 5000}),
        ("currency", {"currency": "SAT"}),
    ],
)
async def test_no_such_place(garage: Garage, field: str, change: dict[str, object]) -> None:
    with pytest.raises(BadInput) as refusal:
        await garage.locations.add(A, replace(PLACE, **change))  # type: ignore[arg-type]  # as above
    assert refusal.value.field == field


async def test_a_place_changes_and_goes(garage: Garage) -> None:
    location = await garage.locations.add(A, PLACE)
    moved = replace(PLACE, latitude=Decimal("-33.8688197"), country="au")
    changed = await garage.locations.change(A, location.id, moved)
    assert (changed.latitude, changed.country) == (Decimal("-33.868820"), "AU")
    with pytest.raises(NotFound):
        await garage.locations.change(B, location.id, moved)
    await garage.locations.remove(A, location.id)
    assert await garage.locations.all(A) == []


async def test_a_charge_point_that_is_to_keep_the_list_or_not_is_told_once(garage: Garage) -> None:
    draft = await garage.draft()
    issued = await garage.chargers.add(A, draft)
    plain = ChargePointChange("Garage", draft.location_id, draft.tariff_id)
    keeping = replace(plain, local_list=True, free_vend=True)
    changed = await garage.chargers.change(A, issued.charge_point.id, keeping)
    assert (changed.local_list, changed.free_vend) == (True, True)
    await garage.chargers.change(A, changed.id, keeping)
    assert garage.keeping == [(changed.id, True)]
    for _ in range(2):
        await garage.chargers.change(A, changed.id, plain)
    assert garage.keeping == [(changed.id, True), (changed.id, False)], "and left without it once"
