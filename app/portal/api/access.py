"""The API's handlers for how charge points show who they are, and for new ones that knock."""

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import Controller, delete, get, post, put
from litestar.params import FromPath, JSONBody
from msgspec import Meta, Struct

from app.portal.api import schemas
from app.portal.api.auth import Caller
from app.portal.api.translate import charge_point_out
from app.portal.people import Services
from app.portal.services import PortalServices
from app.records.certificates import ChargerCertificate
from app.records.charge_points import ChargePoint
from app.records.drafts import ChargePointDraft
from app.records.views import ChargerView

Profile = Annotated[int, Meta(ge=0, le=3, description="OCPP's security profile")]


class CertificateOut(Struct, frozen=True):
    """A certificate of a charge point. ``sent``, ``in_use``: it opens, until its end."""

    serial: str
    common_name: str
    sha256: str
    issued_at: datetime
    not_after: datetime
    state: Literal["sent", "in_use", "refused", "replaced", "revoked"]
    detail: str
    chain_pem: str


class AccessOut(Struct, frozen=True):
    """How a charge point shows who it is."""

    profile: int | None
    least_profile: int | None
    required_profile: int
    has_password: bool
    new_password_waits: bool
    previous_password_until: datetime | None
    open_until: datetime | None
    refused_at: datetime | None
    refused_profile: int
    certificate_sha256: str
    certificates: list[CertificateOut]


class AccessIn(Struct, frozen=True, forbid_unknown_fields=True):
    """By which profile it must come at least; null: the highest it came by so far."""

    least_profile: Profile | None


class DoorIn(Struct, frozen=True, forbid_unknown_fields=True):
    """Open it for new charge points, with another address each time, or shut it."""

    open: bool


class DoorOut(Struct, frozen=True):
    """Where new charge points knock; empty while the door is shut."""

    websocket_url: str


class NewcomerOut(Struct, frozen=True):
    """A charge point that knocked, and what it says of itself."""

    id: str
    identity: str
    state: Literal["waiting", "refused"]
    online: bool
    peer: str
    protocol: str
    profile: int
    vendor: str
    model: str
    serial: str
    firmware: str
    first_seen: datetime
    last_seen: datetime


class AccessApi(Controller):
    """Security profile, password, certificates."""

    path = "/charge-points/{charge_point_id:str}"
    tags = ["Charge points"]  # noqa: RUF012 - Litestar's own attribute

    @get("/access", summary="How it shows who it is")
    async def show(
        self, services: Services, caller: Caller, charge_point_id: FromPath[str]
    ) -> AccessOut:
        """Its security profile, password and certificates."""
        charger = await services.chargers.get(caller.tenant.id, charge_point_id)
        return await _access(services, caller.tenant.id, charger)

    @put("/access", summary="Require a security profile")
    async def require(
        self,
        services: Services,
        caller: Caller,
        charge_point_id: FromPath[str],
        data: JSONBody[AccessIn],
    ) -> AccessOut:
        """It counts when the charge point connects the next time."""
        charger = await services.chargers.get(caller.tenant.id, charge_point_id)
        changed = await services.access.require(caller.tenant.id, charger, data.least_profile)
        return await _access(services, caller.tenant.id, changed)

    @post("/password/rotate", summary="Give it a new password", status_code=202)
    async def rotate(
        self, services: Services, caller: Caller, charge_point_id: FromPath[str]
    ) -> AccessOut:
        """Sent to the charge point; the old one opens until it is taken, and a day longer."""
        charger = await services.chargers.get(caller.tenant.id, charge_point_id)
        await services.access.rotate(caller.tenant.id, charger)
        return await _access(services, caller.tenant.id, charger)

    @delete("/certificates/{serial:str}", summary="Revoke a certificate")
    async def revoke(
        self,
        services: Services,
        caller: Caller,
        charge_point_id: FromPath[str],
        serial: FromPath[str],
    ) -> None:
        """It opens nothing any more; who is in by it is put out."""
        await services.chargers.get(caller.tenant.id, charge_point_id)
        await services.certificates.revoke(caller.tenant.id, charge_point_id, serial)


class NewcomerApi(Controller):
    """Charge points that nobody has set up."""

    path = "/new-charge-points"
    tags = ["Charge points"]  # noqa: RUF012 - Litestar's own attribute

    @get("/", summary="New charge points that knock")
    async def show(self, services: Services, caller: Caller) -> list[NewcomerOut]:
        """Those that wait first, the newest first."""
        found = await services.newcomers.all(caller.tenant.id)
        return [msgspec.convert(asdict(each), NewcomerOut) for each in found]

    @get("/door", summary="Where they may knock")
    async def door(self, services: Services, caller: Caller) -> DoorOut:
        """The charge point's own name is appended."""
        return _door(services, await services.newcomers.door(caller.tenant.id))

    @put("/door", summary="Open or shut the door")
    async def set_door(self, services: Services, caller: Caller, data: JSONBody[DoorIn]) -> DoorOut:
        """Opening it anew ends the address before; who was accepted keeps it."""
        if not data.open:
            await services.newcomers.shut_door(caller.tenant.id)
            return DoorOut("")
        return _door(services, await services.newcomers.open_door(caller.tenant.id))

    @post("/{newcomer_id:str}/accept", summary="Accept one")
    async def accept(
        self,
        services: Services,
        caller: Caller,
        newcomer_id: FromPath[str],
        data: JSONBody[schemas.ChargePointIn],
    ) -> schemas.ChargePointOut:
        """It keeps its address, and is given a password of its own."""
        draft = ChargePointDraft(**msgspec.structs.asdict(data))
        charger = await services.newcomers.accept(caller.tenant.id, newcomer_id, draft)
        return charge_point_out(services, charger, ChargerView())

    @post("/{newcomer_id:str}/refuse", summary="Refuse one", status_code=204)
    async def refuse(self, services: Services, caller: Caller, newcomer_id: FromPath[str]) -> None:
        """It may not knock until it is forgotten."""
        await services.newcomers.refuse(caller.tenant.id, newcomer_id)

    @delete("/{newcomer_id:str}", summary="Forget one")
    async def forget(self, services: Services, caller: Caller, newcomer_id: FromPath[str]) -> None:
        """It may knock again."""
        await services.newcomers.forget(caller.tenant.id, newcomer_id)


async def _access(services: PortalServices, tenant: str, charger: ChargePoint) -> AccessOut:
    view = await services.access.of(tenant, charger)
    found = await services.certificates.all(tenant, charger.id)
    return AccessOut(**asdict(view), certificates=[_certificate(each) for each in found])


def _certificate(kept: ChargerCertificate) -> CertificateOut:
    return CertificateOut(
        serial=kept.serial,
        common_name=kept.common_name,
        sha256=kept.sha256,
        issued_at=kept.issued_at,
        not_after=kept.not_after,
        state=kept.state,
        detail=kept.detail,
        chain_pem=kept.chain_pem,
    )


def _door(services: PortalServices, code: str) -> DoorOut:
    return DoorOut(f"{services.settings.charger_ws_base_url}/{code}" if code else "")
