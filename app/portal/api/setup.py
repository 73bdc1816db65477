"""The API's handlers for what an owner sets up: account, locations, wallets."""

from dataclasses import asdict

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, JSONBody

from app.portal.api import schemas
from app.portal.api.auth import Caller
from app.portal.api.translate import probe_out, wallet_out
from app.portal.people import Services
from app.records.charge_points import Location
from app.records.drafts import LocationDraft, SettingsDraft
from app.records.owners import Tenant


class TenantApi(Controller):
    """The account."""

    path = "/tenant"
    tags = ["Account"]  # noqa: RUF012 - Litestar's own attribute

    @get("/", summary="The account and its settings")
    async def show(self, services: Services, caller: Caller) -> schemas.TenantOut:
        """The account whose key this is."""
        return _tenant(await services.owner_settings.get(caller.tenant.id))

    @put("/", summary="Change the settings")
    async def change(
        self, services: Services, caller: Caller, data: JSONBody[schemas.TenantIn]
    ) -> schemas.TenantOut:
        """Put these in the place of the present settings."""
        draft = msgspec.convert(msgspec.structs.asdict(data), SettingsDraft)
        return _tenant(await services.owner_settings.change(caller.tenant.id, draft))


class LocationApi(Controller):
    """Locations."""

    path = "/locations"
    tags = ["Locations"]  # noqa: RUF012 - Litestar's own attribute

    @get("/", summary="Every location")
    async def show(self, services: Services, caller: Caller) -> list[schemas.LocationOut]:
        """By name."""
        return [_location(each) for each in await services.locations.all(caller.tenant.id)]

    @post("/", summary="Add a location")
    async def add(
        self, services: Services, caller: Caller, data: JSONBody[schemas.LocationIn]
    ) -> schemas.LocationOut:
        """A new place."""
        return _location(await services.locations.add(caller.tenant.id, _location_draft(data)))

    @get("/{location_id:str}", summary="One location")
    async def one(
        self, services: Services, caller: Caller, location_id: FromPath[str]
    ) -> schemas.LocationOut:
        """By its id."""
        return _location(await services.locations.get(caller.tenant.id, location_id))

    @put("/{location_id:str}", summary="Change a location")
    async def change(
        self,
        services: Services,
        caller: Caller,
        location_id: FromPath[str],
        data: JSONBody[schemas.LocationIn],
    ) -> schemas.LocationOut:
        """Put this in the place of what is there."""
        draft = _location_draft(data)
        return _location(await services.locations.change(caller.tenant.id, location_id, draft))

    @delete("/{location_id:str}", summary="Remove a location")
    async def remove(self, services: Services, caller: Caller, location_id: FromPath[str]) -> None:
        """Refused while a charge point stands there."""
        await services.locations.remove(caller.tenant.id, location_id)


class WalletApi(Controller):
    """Wallets."""

    path = "/wallets"
    tags = ["Wallets"]  # noqa: RUF012 - Litestar's own attribute

    @get("/", summary="Every wallet")
    async def show(self, services: Services, caller: Caller) -> list[schemas.WalletOut]:
        """The active one first."""
        return [wallet_out(each) for each in await services.wallets.all(caller.tenant.id)]

    @post("/", summary="Connect a wallet")
    async def connect(
        self, services: Services, caller: Caller, data: JSONBody[schemas.WalletIn]
    ) -> schemas.WalletOut:
        """It is tried first; it takes the place of the active one."""
        return wallet_out(await services.wallets.connect(caller.tenant, data.kind, data.fields))

    @post("/probe", summary="Try a wallet", status_code=200)
    async def probe(
        self,
        services: Services,
        caller: Caller,
        data: JSONBody[schemas.WalletIn],
    ) -> schemas.WalletProbeOut:
        """What connecting it would show; nothing is kept, no money moves."""
        return probe_out(await services.wallets.probe(caller.tenant, data.kind, data.fields))

    @post("/{wallet_id:str}/refresh", summary="Ask a wallet what it holds", status_code=200)
    async def refresh(
        self, services: Services, caller: Caller, wallet_id: FromPath[str]
    ) -> schemas.WalletOut:
        """As it is now: what it can pay out, and what is wrong with it."""
        return wallet_out(await services.wallets.refresh(caller.tenant.id, wallet_id))


def _tenant(tenant: Tenant) -> schemas.TenantOut:
    return msgspec.convert(asdict(tenant), schemas.TenantOut)


def _location(location: Location) -> schemas.LocationOut:
    return schemas.LocationOut(**asdict(location))


def _location_draft(data: JSONBody[schemas.LocationIn]) -> LocationDraft:
    return LocationDraft(**msgspec.structs.asdict(data))
