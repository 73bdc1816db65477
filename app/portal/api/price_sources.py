"""The API's handlers for price sources."""

from dataclasses import asdict

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, JSONBody

from app.portal.api import tariff_schemas as schemas
from app.portal.api.auth import Caller
from app.portal.people import Services
from app.records.spot_prices import PriceSeries
from app.records.spot_sources import KeptSpotSource, SpotSourceDraft


class PriceSourceApi(Controller):
    """Price sources."""

    path = "/price-sources"
    tags = ["Price sources"]  # noqa: RUF012 - Litestar's own attribute

    @get("/", summary="Every price source")
    async def show(self, services: Services, caller: Caller) -> list[schemas.PriceSourceOut]:
        """By name."""
        return [_source(each) for each in await services.price_sources.all(caller.tenant.id)]

    @post("/", summary="Add a price source")
    async def add(
        self, services: Services, caller: Caller, data: JSONBody[schemas.PriceSourceIn]
    ) -> schemas.PriceSourceOut:
        """It is not asked; try it first."""
        return _source(await services.price_sources.add(caller.tenant.id, _draft(data)))

    @post("/try", summary="Try a price source", status_code=200)
    async def try_out(
        self, services: Services, caller: Caller, data: JSONBody[schemas.PriceSourceIn]
    ) -> schemas.TriedOut:
        """Ask it for a day of prices; nothing is kept."""
        return _tried(await services.price_sources.try_out(caller.tenant.id, _draft(data)))

    @get("/{source_id:str}", summary="One price source")
    async def one(
        self, services: Services, caller: Caller, source_id: FromPath[str]
    ) -> schemas.PriceSourceOut:
        """By its id."""
        return _source(await services.price_sources.get(caller.tenant.id, source_id))

    @put("/{source_id:str}", summary="Change a price source")
    async def change(
        self,
        services: Services,
        caller: Caller,
        source_id: FromPath[str],
        data: JSONBody[schemas.PriceSourceIn],
    ) -> schemas.PriceSourceOut:
        """What it told before is forgotten."""
        draft = _draft(data)
        return _source(await services.price_sources.change(caller.tenant.id, source_id, draft))

    @delete("/{source_id:str}", summary="Remove a price source")
    async def remove(self, services: Services, caller: Caller, source_id: FromPath[str]) -> None:
        """Refused while a tariff follows it."""
        await services.price_sources.remove(caller.tenant.id, source_id)

    @get("/{source_id:str}/prices", summary="What a source last told")
    async def prices(
        self, services: Services, caller: Caller, source_id: FromPath[str]
    ) -> schemas.KnownPricesOut:
        """Without asking it."""
        known = await services.price_sources.known(caller.tenant.id, source_id)
        days = [known.days[day] for day in sorted(known.days)]
        return schemas.KnownPricesOut(
            slots=[step for day in days for step in _slots(day)],
            doubted=sorted(known.doubted),
            asked_at=known.asked_at,
            problem=known.problem,
            notes=list(dict.fromkeys(note for day in days for note in day.notes)),
        )


def _draft(data: schemas.PriceSourceIn) -> SpotSourceDraft:
    return msgspec.convert(
        msgspec.to_builtins(data, builtin_types=()), SpotSourceDraft, strict=False
    )


def _source(source: KeptSpotSource) -> schemas.PriceSourceOut:
    return schemas.PriceSourceOut(
        id=source.id,
        version=source.version,
        name=source.name,
        settings=msgspec.convert(asdict(source.settings), schemas.PriceSourceSettingsIn),
        secret_names=list(source.secret_names),
        created_at=source.created_at,
    )


def _tried(series: PriceSeries) -> schemas.TriedOut:
    return schemas.TriedOut(
        currency=series.currency,
        source=series.source,
        fetched_at=series.fetched_at,
        with_vat=series.with_vat,
        slots=_slots(series),
        notes=list(series.notes),
    )


def _slots(series: PriceSeries) -> list[schemas.PriceStepOut]:
    return [
        schemas.PriceStepOut(slot.begins, slot.ends, slot.price_per_kwh) for slot in series.slots
    ]
