"""The API's handlers for tariffs."""

from dataclasses import asdict
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, JSONBody

from app.charging.pricing import Tariff
from app.charging.pricing.curve import curve
from app.charging.pricing.example import Example, priced
from app.charging.pricing.itemised import Item
from app.charging.pricing.signals import SignalRule, SignalStep
from app.charging.pricing.spot import SpotRule
from app.charging.pricing.totals import UNIT
from app.portal.api import tariff_schemas as schemas
from app.portal.api.auth import Caller
from app.portal.people import Services
from app.portal.services import PortalServices
from app.records.drafts import TariffDraft
from app.records.fields import time_zone
from app.records.tariff_language import as_json, elements_from
from app.records.tariffs import OwnedTariff, TariffVersion

_FINE = Decimal("0.000001")
_WEEK = timedelta(days=7)


class TariffApi(Controller):
    """Tariffs."""

    path = "/tariffs"
    tags = ["Tariffs"]  # noqa: RUF012 - Litestar's own attribute

    @get("/", summary="Every tariff")
    async def show(self, services: Services, caller: Caller) -> list[schemas.TariffOut]:
        """Each with the version in force, by name."""
        return [_tariff(each) for each in await services.tariffs.all(caller.tenant.id)]

    @post("/", summary="Add a tariff")
    async def add(
        self, services: Services, caller: Caller, data: JSONBody[schemas.TariffIn]
    ) -> schemas.TariffOut:
        """A new price. One that cannot be priced is refused; `field` names the place."""
        return _tariff(await services.tariffs.add(caller.tenant.id, draft_of(data)))

    @put("/usual", summary="Choose the usual tariff")
    async def usual(
        self, services: Services, caller: Caller, data: JSONBody[schemas.UsualIn]
    ) -> schemas.UsualIn:
        """It prices every charge point and connector without a tariff of its own."""
        await services.tariffs.set_usual(caller.tenant.id, data.tariff_id)
        return data

    @post("/preview", summary="Try a tariff", status_code=200)
    async def preview(
        self, services: Services, caller: Caller, data: JSONBody[schemas.PreviewIn]
    ) -> schemas.PreviewOut:
        """A week of its prices and what an example would cost; nothing is kept."""
        version = await services.tariffs.checked(caller.tenant.id, draft_of(data.tariff))
        return await _preview(services, caller.tenant.id, version, data.example)

    @get("/{tariff_id:str}", summary="One tariff")
    async def one(
        self, services: Services, caller: Caller, tariff_id: FromPath[str]
    ) -> schemas.TariffOut:
        """With the version in force, else the next, else the draft."""
        return _tariff(await services.tariffs.get(caller.tenant.id, tariff_id))

    @put("/{tariff_id:str}", summary="Change a tariff")
    async def change(
        self,
        services: Services,
        caller: Caller,
        tariff_id: FromPath[str],
        data: JSONBody[schemas.TariffIn],
    ) -> schemas.TariffOut:
        """A new version, at once or from `starts_at` on; charges under way keep their price."""
        draft = draft_of(data)
        return _tariff(await services.tariffs.change(caller.tenant.id, tariff_id, draft))

    @delete("/{tariff_id:str}", summary="Remove a tariff")
    async def remove(self, services: Services, caller: Caller, tariff_id: FromPath[str]) -> None:
        """Refused while something is priced by it."""
        await services.tariffs.remove(caller.tenant.id, tariff_id)

    @post("/{tariff_id:str}/publish", summary="Publish the draft", status_code=200)
    async def publish(
        self,
        services: Services,
        caller: Caller,
        tariff_id: FromPath[str],
        data: JSONBody[schemas.StartIn],
    ) -> schemas.TariffOut:
        """It holds at once, or from `starts_at` on."""
        return _tariff(await services.tariffs.publish(caller.tenant.id, tariff_id, data.starts_at))

    @post("/{tariff_id:str}/preview", summary="Price an example", status_code=200)
    async def example(
        self,
        services: Services,
        caller: Caller,
        tariff_id: FromPath[str],
        data: JSONBody[schemas.ExampleIn],
    ) -> schemas.PreviewOut:
        """By the version that is shown for the tariff."""
        tariff = await services.tariffs.get(caller.tenant.id, tariff_id)
        return await _preview(services, caller.tenant.id, tariff.shown, data)

    @get("/{tariff_id:str}/versions", summary="Every version of a tariff")
    async def versions(
        self, services: Services, caller: Caller, tariff_id: FromPath[str]
    ) -> list[schemas.TariffVersionOut]:
        """The newest first, drafts included."""
        found = await services.tariffs.history(caller.tenant.id, tariff_id)
        return [schemas.TariffVersionOut(**_version(each)) for each in found]

    @get("/{tariff_id:str}/versions/{number:int}", summary="One version of a tariff")
    async def version(
        self, services: Services, caller: Caller, tariff_id: FromPath[str], number: FromPath[int]
    ) -> schemas.TariffVersionOut:
        """By its number."""
        found = await services.tariffs.version(caller.tenant.id, tariff_id, number)
        return schemas.TariffVersionOut(**_version(found))

    @delete("/{tariff_id:str}/versions/{number:int}", summary="Withdraw a version")
    async def withdraw(
        self, services: Services, caller: Caller, tariff_id: FromPath[str], number: FromPath[int]
    ) -> None:
        """Of the draft, or of one that has not begun."""
        await services.tariffs.withdraw(caller.tenant.id, tariff_id, number)


def draft_of(data: schemas.TariffIn) -> TariffDraft:
    """A draft of what was sent."""
    plain = msgspec.structs.asdict(data)
    raw = [_bare(msgspec.to_builtins(element)) for element in data.elements]
    elements = elements_from(raw) if raw else ()
    spot = None if data.spot is None else SpotRule(**msgspec.structs.asdict(data.spot))
    signal = None
    if data.signal is not None:
        steps = tuple(SignalStep(**msgspec.structs.asdict(step)) for step in data.signal.steps)
        signal = SignalRule(data.signal.source_id, steps, data.signal.holds_min)
    return TariffDraft(**{**plain, "elements": elements, "spot": spot, "signal": signal})


async def _preview(
    services: PortalServices, tenant: str, version: TariffVersion, asked: schemas.ExampleIn
) -> schemas.PreviewOut:
    zone = time_zone(asked.time_zone, field="example.time_zone")
    now = services.clock.now()
    tariff = await services.prices.as_of_now(tenant, version, zone)
    standing = timedelta(seconds=asked.standing_s)
    example = Example(asked.begins_at or now, asked.energy_wh, asked.power_w, standing)
    found = priced(tariff, example)
    return schemas.PreviewOut(
        currency=tariff.currency,
        week=_week(tariff, now, asked.power_w),
        items=[_item(each) for each in found.items],
        bound=_fine(found.bound.incl_vat),
        excl_vat=_fine(found.total.excl_vat),
        incl_vat=_fine(found.total.incl_vat),
    )


def _week(tariff: Tariff, begins: datetime, power_w: int) -> list[schemas.PriceStepOut]:
    steps = curve(tariff, begins, begins + _WEEK, power_w)
    return [schemas.PriceStepOut(step.begins, step.ends, step.price) for step in steps]


def _item(item: Item) -> schemas.ItemOut:
    return schemas.ItemOut(
        type=item.dimension,
        price=item.component.price,
        vat=item.component.vat,
        quantity=_fine(Fraction(item.quantity, UNIT[item.dimension])),
        incl_vat=_fine(item.amount.incl_vat),
        is_step=item.is_step,
    )


def _fine(value: Fraction) -> Decimal:
    exact = Decimal(value.numerator) / Decimal(value.denominator)
    return exact.quantize(_FINE, ROUND_HALF_EVEN)


def _tariff(tariff: OwnedTariff) -> schemas.TariffOut:
    return schemas.TariffOut(
        **_version(tariff.shown),
        id=tariff.id,
        state=tariff.state,
        planned=[
            schemas.PlannedOut(start.version, start.at) for start in tariff.head.upcoming(tariff.at)
        ],
        draft=tariff.head.draft,
    )


def _version(version: TariffVersion) -> dict[str, Any]:
    spot = version.spot
    return {
        "version": version.version,
        "name": version.name,
        "currency": version.currency,
        "price_per_kwh": version.price_per_kwh,
        "start_fee": version.start_fee,
        "elements": as_json(version.elements),
        "signal": msgspec.convert(version.signal, schemas.SignalIn | None, from_attributes=True),
        "spot": None if spot is None else schemas.SpotOut(**asdict(spot)),
        "tax_included": version.tax_included,
        "vat": version.vat,
        "min_price": version.min_price,
        "max_price": version.max_price,
        "grace_s": version.grace_s,
        "free": version.free,
        "created_at": version.created_at,
        "starts_at": version.starts_at,
    }


def _bare(value: Any) -> Any:
    """Without what is not set."""
    if isinstance(value, dict):
        return {key: _bare(inner) for key, inner in value.items() if inner not in (None, [])}
    return [_bare(each) for each in value] if isinstance(value, list) else value
